// Play with one server: find it, then fail, recover, stop or remove it; or add one.

import { el, freshId, replace } from "../dom.js";
import { icon, statusSign } from "../icons.js";
import { Task } from "./task.js";
import { classOf } from "./words.js";

const SHOWN = 7;

export class ServerTask extends Task {
  constructor(api, changed) {
    super({ title: "One server", sign: "server", name: "server" });
    Object.assign(this, { api, changed, rows: [], chosen: null, active: 0, found: [] });
    const list = freshId("servers");
    this.input = el("input", {
      class: "text-input",
      type: "search",
      role: "combobox",
      placeholder: "Find by name, id, region or status",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Find a server",
      "aria-expanded": "false",
      "aria-controls": list,
      "data-testid": "fleet-search",
      on: {
        focus: () => this.read(),
        input: () => this.find(),
        keydown: (event) => this.pressed(event),
        blur: () => this.fold(),
      },
    });
    this.list = el("div", { class: "found", role: "listbox", id: list, "aria-label": "Servers", hidden: true });
    this.card = el("div", { class: "server-card", hidden: true, "data-testid": "fleet-server-card" });
    this.body.append(
      el("div", { class: "find" }, icon("search"), this.input, this.list),
      this.card,
      this.button([icon("plus"), "Add a server"], () => this.add(), { style: "button-quiet", testId: "fleet-add" }),
    );
  }

  async read() {
    try {
      this.rows = (await this.api.fleetGet("rows", { kind: "server" })).rows;
      this.find();
    } catch (error) {
      this.say(error.message, true);
    }
  }

  find() {
    const wanted = this.input.value.trim().toLowerCase().split(/\s+/);
    const fits = (row) => {
      const text = `${row.name} ${row.id} ${row.region} ${row.status}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    };
    this.found = this.rows.filter(fits).slice(0, SHOWN);
    this.active = 0;
    const nodes = this.found.map((row) =>
      el(
        "div",
        {
          class: "found-row",
          role: "option",
          id: freshId("server"),
          "data-testid": "fleet-found",
          on: { mousedown: (event) => event.preventDefault(), click: () => this.choose(row) },
        },
        statusSign(classOf(row.status)),
        el("span", { class: "found-name" }, row.name),
        el("span", { class: "found-where" }, `${row.status} · ${row.region}`),
      ),
    );
    replace(this.list, nodes.length ? nodes : el("div", { class: "picker-empty" }, "No server matches"));
    this.list.hidden = document.activeElement !== this.input;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.mark();
  }

  mark() {
    [...this.list.querySelectorAll(".found-row")].forEach((node, index) => {
      node.classList.toggle("is-active", index === this.active);
      node.setAttribute("aria-selected", String(index === this.active));
      if (index === this.active) this.input.setAttribute("aria-activedescendant", node.id);
    });
  }

  pressed(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = Math.max(0, Math.min(this.found.length - 1, this.active + step));
      this.mark();
    } else if (event.key === "Enter" && this.found[this.active]) {
      event.preventDefault();
      this.choose(this.found[this.active]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.fold();
    }
  }

  fold() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  choose(row) {
    this.chosen = row;
    this.input.value = row.name;
    this.fold();
    this.drawCard();
    this.card.querySelector("button")?.focus();
  }

  drawCard() {
    const row = this.chosen;
    this.card.hidden = row === null;
    if (row === null) return;
    const spec = row.spec ?? {};
    const to = (label, status, style = "") =>
      this.button(
        label,
        () => this.turn(status),
        { style, testId: `fleet-${label.toLowerCase()}`, enabled: row.status !== status },
      );
    replace(
      this.card,
      el(
        "div",
        { class: "server-name" },
        statusSign(classOf(row.status)),
        el("b", {}, row.name),
        el("span", { "data-testid": "fleet-server-status" }, row.status),
      ),
      el("div", { class: "server-facts" }, `${row.id} · ${row.region} · ${spec.vcpus} vCPU · ${spec.ram_gb} GB`),
      el(
        "div",
        { class: "task-buttons" },
        to("Fail", "error", "button-danger-quiet"),
        to("Recover", "running"),
        to("Stop", "stopped"),
        this.button("Remove", () => this.remove(), { testId: "fleet-remove" }),
      ),
    );
  }

  async turn(status) {
    const row = this.chosen;
    const { line } = await this.api.fleet("set", { id: row.id, field: "status", value: status });
    this.chosen = { ...row, status };
    this.drawCard();
    this.changed();
    return line === null ? `${row.name} was ${status} already.` : `${row.name}: ${line.old} → ${line.new}`;
  }

  async remove() {
    const row = this.chosen;
    await this.api.fleet("remove", { id: row.id });
    this.chosen = null;
    this.input.value = "";
    this.drawCard();
    this.changed();
    return `${row.name} is gone.`;
  }

  async add() {
    const { id } = await this.api.fleet("add", { kind: "server" });
    const { rows } = await this.api.fleetGet("rows", { kind: "server" });
    this.rows = rows;
    const row = rows.find((other) => other.id === id);
    if (row) this.chosen = row;
    this.drawCard();
    if (row) this.input.value = row.name;
    this.changed();
    return `Added ${row?.name ?? id}, ${row?.status ?? ""} in ${row?.region ?? "?"}.`;
  }
}
