// Where one types: grows with the text, Enter sends, Shift+Enter makes a line, '/' and '@' complete.

import { el, freshId, replace } from "../dom.js";
import { icon } from "../icons.js";
import { send } from "../outgoing.js";
import { Completion } from "./completion.js";

const TALLEST = 240; // pixels; beyond that the text scrolls

export class Composer {
  /** `target()`: {channel, threadTs}, or null where nothing can be written. */
  constructor({ workspace, root, testId, target }) {
    this.workspace = workspace;
    this.target = target;
    this.drafts = new Map();
    this.key = null;
    const list = freshId("completion");
    this.input = el("textarea", {
      class: "composer-input",
      id: testId,
      rows: 1,
      "data-testid": testId,
      "aria-autocomplete": "list",
      spellcheck: "false",
      autocomplete: "off",
      on: { input: () => this.typed(), keydown: (event) => this.pressed(event) },
    });
    this.button = el(
      "button",
      {
        type: "button",
        class: "send",
        "data-testid": testId === "composer" ? "send" : "thread-send",
        "aria-label": "Send",
        title: "Send",
        disabled: true,
        on: { click: () => this.send() },
      },
      icon("send"),
    );
    this.waiting = el(
      "div",
      {
        class: "composer-waiting",
        role: "status",
        "data-testid": testId === "composer" ? "waiting" : "thread-waiting",
      },
    );
    const insert = (text, label, sign) =>
      el(
        "button",
        {
          type: "button",
          class: "composer-tool",
          title: label,
          "aria-label": label,
          on: { click: () => this.insert(text) },
        },
        icon(sign),
      );
    replace(
      root,
      el(
        "div",
        { class: "composer" },
        this.input,
        el(
          "div",
          { class: "composer-bar" },
          insert("/", "Run a command", "slash"),
          insert("@", "Mention someone", "at"),
          el(
            "span",
            { class: "composer-keys", "aria-hidden": "true" },
            el("kbd", {}, "Enter"),
            " to send · ",
            el("kbd", {}, "Shift+Enter"),
            " for a new line",
          ),
          this.button,
        ),
      ),
      this.waiting,
    );
    this.completion = new Completion({
      workspace,
      input: this.input,
      id: list,
      host: root,
      onChange: () => this.typed(),
    });
    workspace.on("pending", () => this.drawWaiting());
  }

  /** Another channel or thread: its draft comes back. */
  moved(name, focus) {
    const target = this.target();
    const key = JSON.stringify([this.workspace.me, target]);
    if (this.key !== null) this.drafts.set(this.key, this.input.value);
    this.key = key;
    this.input.value = this.drafts.get(key) ?? "";
    const { directory } = this.workspace;
    const label = target?.threadTs ? "Reply…" : `Message ${directory.channels.has(target?.channel) ? "#" : ""}${name}`;
    this.input.placeholder = label;
    this.input.setAttribute("aria-label", label);
    this.completion.close();
    this.fit();
    this.drawWaiting();
    // on a phone the keyboard would jump up and hide what one came to read
    if (focus && matchMedia("(hover: hover)").matches) this.input.focus();
  }

  /** Replaces the draft and puts the caret behind it. */
  begin(text) {
    this.input.value = text;
    this.input.focus();
    this.input.setSelectionRange(text.length, text.length);
    this.typed();
  }

  insert(text) {
    const { input } = this;
    const before = input.value.slice(0, input.selectionStart);
    const spaced = text === "@" && before !== "" && !/\s$/.test(before) ? ` ${text}` : text;
    if (text === "/" && input.value.trim() === "") this.begin("/");
    else {
      input.focus();
      input.setRangeText(spaced, input.selectionStart, input.selectionEnd, "end");
      this.typed();
    }
  }

  typed() {
    this.fit();
    this.completion.update();
  }

  fit() {
    const { input } = this;
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, TALLEST)}px`;
    this.button.disabled = input.value.trim() === "";
  }

  pressed(event) {
    if (event.isComposing || this.completion.pressed(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.send();
    }
  }

  async send() {
    const text = this.input.value.trim();
    const target = this.target();
    if (text === "" || target === null) return;
    this.input.value = "";
    this.typed();
    this.input.focus();
    try {
      await send(this.workspace, { text, ...target });
    } catch (error) {
      if (this.input.value === "") this.input.value = text;
      this.fit();
      this.workspace.toast(error.message);
    }
  }

  drawWaiting() {
    const target = this.target();
    const commands = target ? this.workspace.pending.at(target.channel, target.threadTs) : [];
    const text = commands.length ? [
      el("span", { class: "spinner", "aria-hidden": "true" }),
      `${commands[0].text.slice(0, 80)} is waiting for the app…`,
    ] : null;
    replace(this.waiting, text);
  }
}
