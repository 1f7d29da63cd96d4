// A list of messages, oldest first, that stays at its end while the reader is there. Long histories are shown
// from their newest part; older messages come in as the reader scrolls up.

import { el } from "../dom.js";
import { dividerText, momentOf, sameDay } from "../text/dates.js";
import { Row } from "./row.js";

const STEP = 200; // messages shown at first, and added at a time
const MOST_AT_END = 400; // shown while the reader stays at the end
const NEAR = 80; // pixels from the end that still count as being there
const JOIN_WITHIN = 5 * 60; // seconds between messages of one person that stand together

export class MessageList {
  /** `source()` gives the messages; `intro()` what stands above the very first; `afterFirst(n)`: a line below it. */
  constructor({ workspace, scroller, list, source, intro, afterFirst = null, inThread = false }) {
    Object.assign(this, { workspace, scroller, list, source, intro, afterFirst, inThread });
    this.rows = new Map();
    this.dividers = new Map();
    this.version = 0;
    this.frame = null;
    this.restart();
    scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(list);
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(scroller);
  }

  /** Another place: everything anew, at the end. */
  restart() {
    this.rows.clear();
    this.dividers.clear();
    this.list.replaceChildren();
    this.shown = STEP;
    this.atEnd = true;
    this.top = 0;
  }

  /** Names may have changed: every row is drawn again. */
  refresh() {
    this.version += 1;
    this.sync();
  }

  /** Draws at the next frame, once for however many changes. */
  later() {
    this.frame ??= setTimeout(() => this.sync(), 16);
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // Rows get their true height when they are drawn, after we have scrolled: only going up leaves the end.
    if (scrollHeight - scrollTop - clientHeight < NEAR) this.atEnd = true;
    else if (scrollTop < this.top) this.atEnd = false;
    this.top = scrollTop;
    if (scrollTop < 400 && this.shown < this.source().length) this.older();
  }

  older() {
    const { scroller } = this;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    this.shown += STEP;
    this.sync();
    scroller.scrollTop = scroller.scrollHeight - fromEnd;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.top = this.scroller.scrollTop;
  }

  sync() {
    clearTimeout(this.frame);
    this.frame = null;
    const all = this.source();
    if (this.atEnd && this.shown > MOST_AT_END) this.shown = STEP;
    const messages = all.slice(-this.shown);
    const wanted = [];
    if (messages.length === all.length) wanted.push(this.introNode());
    let before = null;
    messages.forEach((message, index) => {
      const moment = momentOf(message.ts);
      const newDay = before === null || !sameDay(momentOf(before.ts), moment);
      if (newDay && !this.inThread) wanted.push(...this.divider(moment));
      const row = this.row(message.ts);
      const apart = newDay || (this.inThread && index === 1);
      row.update(message, !apart && joins(before, message), this.version);
      wanted.push(row.node);
      if (index === 0 && this.afterFirst) {
        const replies = messages.slice(1).filter((reply) => !reply.ephemeral_to); // as Slack counts
        wanted.push(...this.afterFirst(replies.length));
      }
      before = message;
    });
    this.place(wanted.filter(Boolean));
    this.forget(new Set(messages.map((message) => message.ts)));
    if (this.atEnd) this.toEnd();
  }

  introNode() {
    const node = this.intro?.();
    return node ? el("li", { class: "intro" }, node) : null;
  }

  row(ts) {
    if (!this.rows.has(ts)) this.rows.set(ts, new Row(this.workspace, { inThread: this.inThread }));
    return this.rows.get(ts);
  }

  /** The line stays where the day begins; the day's name stays in sight while its messages are. */
  divider(moment) {
    const words = dividerText(moment);
    if (!this.dividers.has(words)) {
      const pill = el("li", { class: "day", "data-testid": "day" }, el("span", {}, words));
      this.dividers.set(words, [el("li", { class: "day-line", "aria-hidden": "true" }), pill]);
    }
    return this.dividers.get(words);
  }

  /** Puts the nodes in this order and moves none that already stands right, so that focus and scroll stay. */
  place(wanted) {
    const keep = new Set(wanted);
    for (const child of [...this.list.children]) if (!keep.has(child)) child.remove();
    let at = this.list.firstChild;
    for (const node of wanted) {
      if (node === at) at = at.nextSibling;
      else this.list.insertBefore(node, at);
    }
  }

  forget(known) {
    for (const ts of this.rows.keys()) if (!known.has(ts)) this.rows.delete(ts);
  }
}

function joins(before, message) {
  if (before === null || before.user !== message.user || before.deleted) return false;
  if (before.ephemeral_to || message.ephemeral_to || layout(before) || layout(message)) return false;
  return Number(message.ts) - Number(before.ts) < JOIN_WITHIN;
}

/** More than words: such a message always says whose it is. */
const layout = (message) => (message.blocks ?? []).some((block) => block.type !== "rich_text");
