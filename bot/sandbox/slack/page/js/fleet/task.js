// A card of the fleet's panel: a title, its controls, and a line that says what they did.

import { el, replace } from "../dom.js";
import { icon } from "../icons.js";

/** `sign`: an icon's name. The card's `run(button, work)` shows what `work()` resolves to. */
export class Task {
  constructor({ title, sign, name }) {
    this.body = el("div", { class: "task-body" });
    this.result = el("output", { class: "task-result", "data-testid": `fleet-result-${name}`, "aria-live": "polite" });
    this.node = el(
      "section",
      { class: "task-card", "data-testid": `fleet-${name}`, "aria-label": title },
      el("h3", {}, icon(sign), title),
      this.body,
      this.result,
    );
  }

  button(label, work, { style = "", testId, enabled = true } = {}) {
    const button = el(
      "button",
      {
        type: "button",
        class: `button ${style}`.trim(),
        "data-testid": testId,
        disabled: !enabled,
        on: { click: () => this.run(button, work) },
      },
      el("span", { class: "button-label" }, label),
    );
    return button;
  }

  async run(button, work) {
    if (button.classList.contains("is-pending")) return;
    button.classList.add("is-pending");
    button.setAttribute("aria-busy", "true");
    try {
      this.say(await work());
    } catch (error) {
      this.say(error.message, true);
    } finally {
      button.classList.remove("is-pending");
      button.removeAttribute("aria-busy");
    }
  }

  say(text, failed = false) {
    this.result.classList.toggle("is-failed", failed);
    replace(this.result, text ? icon(failed ? "warning" : "check") : null, text ? el("span", {}, text) : null);
  }
}

/** A labelled native select whose options change without losing the choice. */
export class Choice {
  constructor({ label, testId, onChange = () => {} }) {
    this.select = el(
      "select",
      { class: "native", "data-testid": testId, "aria-label": label, on: { change: onChange } },
    );
    this.key = null;
  }

  get value() {
    return this.select.value;
  }

  /** options: [[value, label]] */
  offer(options) {
    const key = JSON.stringify(options);
    if (key === this.key) return;
    this.key = key;
    const before = this.select.value;
    replace(this.select, options.map(([value, label]) => el("option", { value }, label)));
    if (options.some(([value]) => value === before)) this.select.value = before;
  }
}

export function number({ label, testId, value, least = 1, most }) {
  return el(
    "input",
    {
      class: "text-input number",
      type: "number",
      min: least,
      max: most,
      step: 1,
      value,
      "aria-label": label,
      "data-testid": testId,
    },
  );
}

/** What stands in a number input, or an error that says what would be right. */
export function wholeNumber(input, name) {
  const value = Number(input.value);
  if (!Number.isInteger(value) || value < Number(input.min)) {
    throw new Error(`${name}: a whole number from ${input.min} on, please.`);
  }
  return value;
}
