// The newest lines of the CloudNexus stand-in's log, in words.

import { el, replace } from "../dom.js";
import { icon, statusSign } from "../icons.js";
import { lineWords } from "./words.js";

const KEPT = 40;
const BEYOND = 2 ** 50; // a sequence number that no log reaches: asks for the last one only

const SIGNS = { request: () => icon("server"), fault: () => icon("bolt"), quota: () => icon("gauge") };

export class Tail {
  constructor(api) {
    this.api = api;
    this.last = null;
    this.names = new Map();
    this.list = el(
      "ol",
      {
        class: "tail",
        "data-testid": "fleet-log",
        tabindex: "0",
        "aria-label": "Log of the CloudNexus stand-in, newest first",
      },
    );
    this.node = el(
      "section",
      { class: "task-card tail-card", "aria-label": "Log" },
      el("h3", {}, icon("list"), "What happens there"),
      this.list,
    );
  }

  async read() {
    if (this.last === null) this.last = Math.max(0, (await this.api.fleetGet("log", { after: BEYOND })).last - KEPT);
    const { lines, last } = await this.api.fleetGet("log", { after: this.last });
    if (last < this.last) {
      this.last = null; // the stand-in was started anew
      replace(this.list);
      return;
    }
    this.last = last;
    for (const line of lines) this.remember(line);
    const fresh = lines.slice(-KEPT).map((line) => this.row(line)).reverse();
    this.list.prepend(...fresh);
    while (this.list.children.length > KEPT) this.list.lastChild.remove();
    if (!this.list.children.length) replace(this.list, el("li", { class: "tail-empty" }, "Nothing yet."));
    else this.list.querySelector(".tail-empty")?.remove();
  }

  remember(line) {
    const name = line.new?.name ?? line.old?.name;
    if (typeof name === "string") this.names.set(line.id, name);
  }

  /** Names of rows, where the panel has learned them. */
  know(rows) {
    for (const row of rows) if (row.name) this.names.set(row.id, row.name);
  }

  row(line) {
    const { sign, who, what } = lineWords(line, (of) => this.names.get(of.id) ?? of.id);
    const at = new Date(line.at);
    const time = el("time", { datetime: line.at, title: line.at }, at.toLocaleTimeString("en-GB"));
    return el(
      "li",
      { "data-seq": line.seq },
      SIGNS[sign]?.() ?? statusSign(sign),
      el("span", { class: "tail-text" }, el("b", {}, who), " ", el("span", {}, what)),
      time,
    );
  }
}
