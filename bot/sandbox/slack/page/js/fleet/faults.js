// Play with the API itself: errors, slow and lost answers, for some requests or until stopped.

import { el, replace } from "../dom.js";
import { icon } from "../icons.js";
import { Choice, Task, number, wholeNumber } from "./task.js";
import { faultWords } from "./words.js";

// Without `seconds` a client that waits until the reset would be blind for the rest of the hour's window.
const KINDS = {
  rate_limited: { label: "answer 429", fault: { kind: "rate_limited", seconds: 30 } },
  error: { label: "answer 500", fault: { kind: "status", status: 500 } },
  slow: { label: "answer 5 s late", fault: { kind: "slow", seconds: 5 } },
  lost: { label: "lose its answers", fault: { kind: "lost" } },
};

export class FaultsTask extends Task {
  constructor(api, changed) {
    super({ title: "The API", sign: "bolt", name: "faults" });
    Object.assign(this, { api, changed, key: null });
    this.kind = new Choice({ label: "What the API does", testId: "fleet-fault-kind" });
    this.kind.offer(Object.entries(KINDS).map(([name, { label }]) => [name, label]));
    this.times = number({ label: "For how many requests", testId: "fleet-fault-times", value: 3 });
    this.often = new Choice({ label: "How often", testId: "fleet-fault-often", onChange: () => this.fit() });
    this.often.offer([["times", "requests"], ["always", "until stopped"]]);
    this.list = el("ul", { class: "faults", "data-testid": "fleet-fault-list" });
    this.body.append(
      el("div", { class: "task-line" }, el("span", { class: "task-word" }, "Let it"), this.kind.select),
      el(
        "div",
        { class: "task-line" },
        el("span", { class: "task-word" }, "for"),
        this.times,
        this.often.select,
        this.button("Begin", () => this.begin(), { style: "button-danger-quiet", testId: "fleet-fault-go" }),
      ),
      this.list,
    );
  }

  fit() {
    this.times.hidden = this.often.value === "always";
  }

  async begin() {
    const { fault } = KINDS[this.kind.value];
    const times = this.often.value === "always" ? null : wholeNumber(this.times, "How many requests");
    await this.api.fleet("faults", { ...fault, times });
    this.changed();
    return `From now on: ${faultWords({ ...fault, times })}.`;
  }

  draw(state) {
    const key = JSON.stringify(state.faults);
    if (key === this.key) return;
    this.key = key;
    const rows = state.faults.map((fault) => {
      const stop = async () => {
        await this.api.fleetDelete(`faults/${encodeURIComponent(fault.id)}`);
        this.changed();
        return `Over: ${faultWords(fault)}.`;
      };
      return el(
        "li",
        { "data-fault": fault.id },
        icon("bolt"),
        el("span", {}, faultWords({ ...fault, times: fault.left ?? fault.times })),
        this.button("Stop", stop, { style: "button-small", testId: "fleet-fault-stop" }),
      );
    });
    replace(this.list, rows);
  }
}
