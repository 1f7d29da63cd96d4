// Completes what is being typed: a slash command of the app at the beginning, an @name anywhere.

import { el, freshId, replace } from "../dom.js";
import { avatar } from "../avatar.js";

const MOST = 8;

export class Completion {
  constructor({ workspace, input, id, host, onChange }) {
    Object.assign(this, { workspace, input, onChange });
    this.entries = [];
    this.active = 0;
    this.dismissed = null;
    this.title = el("div", { class: "completion-title" });
    this.list = el("div", { role: "listbox", id, "aria-label": "Suggestions" });
    this.node = el("div", { class: "completion", "data-testid": "completion" }, this.title, this.list);
    this.status = el("div", { class: "unseen", role: "status" });
    this.host = host;
    host.append(this.status);
    input.addEventListener("blur", () => this.close());
    input.addEventListener("click", () => this.update());
  }

  get open() {
    return this.node.isConnected;
  }

  /** What stands before the caret: a command, a name, or nothing to complete. */
  update() {
    const { value, selectionStart } = this.input;
    const typed = value.slice(0, selectionStart);
    const command = /^\/\S*$/.exec(value);
    const name = /(?:^|[\s(])@([\p{L}\p{N}_.-]*)$/u.exec(typed);
    const found = command ? this.commands(command[0]) : name ? this.people(name[1]) : null;
    const hint = found === null ? this.usage(value) : null;
    if (typed === this.dismissed || (!found?.entries.length && !hint)) {
      this.close();
      return;
    }
    this.dismissed = null;
    this.show(found ?? { title: hint, entries: [] });
  }

  commands(typed) {
    const entries = this.workspace.directory.commands
      .filter(({ command }) => command.startsWith(typed))
      .map((command) => ({
        from: 0,
        text: `${command.command} `,
        exact: command.command === typed,
        content: [
          avatar(this.workspace.directory.app.user, this.workspace.directory, "avatar-small"),
          el(
            "span",
            { class: "completion-lines" },
            el(
              "span",
              {},
              el("b", {}, command.command),
              " ",
              el("span", { class: "completion-hint" }, command.usage_hint ?? ""),
            ),
            command.description ? el("span", { class: "completion-description" }, command.description) : null,
          ),
        ],
      }));
    return { title: "Commands", entries };
  }

  /** While arguments are typed, the command's usage stays in sight. */
  usage(value) {
    const word = /^(\/\S+)\s/.exec(value)?.[1];
    const command = this.workspace.directory.commands.find((known) => known.command === word);
    return command?.usage_hint ? [el("b", {}, command.command), " ", command.usage_hint] : null;
  }

  people(typed) {
    const { directory } = this.workspace;
    const wanted = typed.toLowerCase();
    const people = [...directory.users.values()]
      .filter((user) => !user.deleted && user.id !== "USLACKBOT")
      .map((user) => ({
        handle: user.name,
        name: directory.userName(user.id),
        sign: avatar(user.id, directory, "avatar-small"),
        app: directory.isApp(user.id),
      }));
    const begins = (word) => word.toLowerCase().startsWith(wanted);
    const entries = people
      .filter(({ handle, name }) => begins(handle) || name.split(/\s+/).some(begins))
      .slice(0, MOST)
      .map(({ handle, name, sign, app }) => ({
        from: this.input.selectionStart - typed.length - 1,
        text: `@${handle} `,
        exact: false,
        content: [
          sign,
          el(
            "span",
            { class: "completion-main" },
            el("b", {}, name),
            app ? el("span", { class: "badge-app" }, "APP") : null,
          ),
          el("span", { class: "completion-detail" }, `@${handle}`),
        ],
      }));
    return { title: "People", entries };
  }

  show({ title, entries }) {
    this.entries = entries;
    this.active = 0;
    replace(this.title, title);
    const nodes = entries.map((entry, index) => {
      const choose = () => this.choose(index);
      entry.node = el(
        "div",
        {
          class: "completion-entry",
          role: "option",
          id: freshId("entry"),
          "data-testid": "completion-entry",
          on: { click: choose, mousedown: (event) => event.preventDefault() },
        },
        entry.content,
      );
      return entry.node;
    });
    replace(this.list, nodes);
    this.node.classList.toggle("is-hint", entries.length === 0);
    if (!this.open) this.host.append(this.node);
    this.input.setAttribute("aria-controls", this.list.id);
    replace(
      this.status,
      entries.length === 0 ? "" : entries.length === 1 ? "1 suggestion" : `${entries.length} suggestions`,
    );
    this.mark();
  }

  mark() {
    this.entries.forEach(({ node }, index) => {
      node.classList.toggle("is-active", index === this.active);
      node.setAttribute("aria-selected", index === this.active ? "true" : "false");
    });
    const node = this.entries[this.active]?.node;
    if (node) this.input.setAttribute("aria-activedescendant", node.id);
    else this.input.removeAttribute("aria-activedescendant");
    node?.scrollIntoView({ block: "nearest" });
  }

  /** True when the key was the list's, not the composer's. */
  pressed(event) {
    if (!this.open) return false;
    if (event.key === "Escape") {
      this.dismissed = this.input.value.slice(0, this.input.selectionStart);
      this.close();
    } else if (this.entries.length === 0) {
      return false;
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = (this.active + step + this.entries.length) % this.entries.length;
      this.mark();
    } else if (event.key === "Tab" && !event.shiftKey) {
      this.choose(this.active);
    } else if (event.key === "Enter" && !event.shiftKey && !this.entries[this.active].exact) {
      this.choose(this.active);
    } else {
      return false; // a command typed in full is sent by Enter
    }
    event.preventDefault();
    return true;
  }

  choose(index) {
    const { from, text } = this.entries[index];
    this.input.setRangeText(text, from, this.input.selectionStart, "end");
    this.close();
    this.input.focus();
    this.onChange();
  }

  close() {
    this.node.remove();
    this.entries = [];
    replace(this.status);
    this.input.removeAttribute("aria-controls");
    this.input.removeAttribute("aria-activedescendant");
  }
}
