// One message in a list: whose, when, its blocks, its reactions, the way into its thread.

import { el, replace, unseen } from "../dom.js";
import { avatar } from "../avatar.js";
import { drawBlocks } from "../blocks/index.js";
import { icon } from "../icons.js";
import { Surface } from "../surface.js";
import { clockTime, fullMoment, momentOf, shortMoment } from "../text/dates.js";
import { emoji } from "../text/emoji.js";
import { mrkdwn } from "../text/inline.js";
import { messageTools, react } from "./tools.js";

export class Row {
  constructor(workspace, { inThread }) {
    this.workspace = workspace;
    this.inThread = inThread;
    this.surface = null;
    this.shown = null;
    this.gutter = el("div", { class: "gutter" });
    this.private = el("div", { class: "private", hidden: true }, icon("eye"), "Only visible to you");
    this.head = el("div", { class: "head" });
    this.body = el("div", { class: "body" });
    this.foot = el("div", { class: "foot" });
    this.tools = el("div", { class: "tools" });
    this.node = el(
      "li",
      { class: "message", "data-testid": "message" },
      this.gutter,
      el("div", { class: "message-content" }, this.private, this.head, this.body, this.foot),
      this.tools,
    );
  }

  /** Draws what changed. `joined`: follows a message of the same person and bears no name. */
  update(message, joined, version) {
    const same = this.shown && this.shown.message === message && this.shown.version === version;
    if (same && this.shown.joined === joined) return;
    const { directory } = this.workspace;
    const moment = momentOf(message.ts);
    this.node.dataset.ts = message.ts;
    this.node.dataset.user = message.user ?? "";
    this.node.classList.toggle("is-joined", joined);
    this.node.classList.toggle("is-private", Boolean(message.ephemeral_to));
    this.private.hidden = !message.ephemeral_to;
    this.drawHead(message, moment, joined, directory);
    const key = JSON.stringify([message.text, message.blocks, message.edited, message.deleted, version]);
    if (key !== this.bodyKey) this.drawBody(message, directory);
    this.bodyKey = key;
    this.drawFoot(message, directory);
    replace(this.tools, messageTools(this, message));
    this.shown = { message, joined, version };
  }

  drawHead(message, moment, joined, directory) {
    const id = message.user ?? "";
    const name = directory.userName(id) ?? id;
    const time = (className) =>
      el("time", { class: className, datetime: moment.toISOString(), title: fullMoment(moment) }, clockTime(moment));
    replace(this.gutter, joined ? time("gutter-time") : avatar(id, directory));
    const author = el("span", { class: "author" }, name);
    if (joined) replace(this.head, unseen(`${name}, ${clockTime(moment)}`));
    else replace(
      this.head,
      author,
      directory.isApp(id) ? el("span", { class: "badge-app" }, "APP") : null,
      time("time"),
    );
    this.head.classList.toggle("unseen", joined);
  }

  drawBody(message, directory) {
    if (message.deleted) {
      replace(this.body, el("div", { class: "tombstone" }, icon("trash"), "This message was deleted."));
      return;
    }
    this.surface ??= new Surface({
      workspace: this.workspace,
      address: { channel: message.channel, ts: message.ts },
      kind: "message",
    });
    const content = message.blocks?.length
      ? drawBlocks(message.blocks, this.surface)
      : el("div", { class: "text" }, mrkdwn(message.text, directory));
    const edited = message.edited ? el("span", { class: "edited" }, "(edited)") : null;
    if (edited) endOf(content).append(" ", edited);
    replace(this.body, content);
  }

  drawFoot(message, directory) {
    const reactions = (message.reactions ?? []).map((reaction) => this.reaction(message, reaction, directory));
    replace(
      this.foot,
      reactions.length ? el("div", { class: "reactions" }, reactions) : null,
      this.threadLink(message, directory),
    );
  }

  reaction(message, { name, users, count }, directory) {
    const mine = users.includes(directory.me);
    const who = users.map((id) => directory.userName(id) ?? id).join(", ");
    return el(
      "button",
      {
        type: "button",
        class: mine ? "reaction is-mine" : "reaction",
        title: who,
        "aria-label": `${name.replaceAll("_", " ")}: ${who}`,
        "aria-pressed": String(mine),
        "data-testid": "reaction",
        "data-name": name,
        on: { click: () => react(this.workspace, message, name, mine) },
      },
      emoji(name),
      el("span", {}, count ?? users.length),
    );
  }

  threadLink(message, directory) {
    if (!message.reply_count || this.inThread) return null;
    const faces = (message.reply_users ?? []).slice(0, 4).map((id) => avatar(id, directory, "avatar-small"));
    const last = message.latest_reply ? `Last reply ${shortMoment(momentOf(message.latest_reply))}` : "View thread";
    return el(
      "button",
      {
        type: "button",
        class: "thread-link",
        "data-testid": "thread-open",
        on: { click: () => this.workspace.openThread(message.ts) },
      },
      faces,
      el("span", { class: "thread-count" }, message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`),
      el("span", { class: "thread-last" }, last),
    );
  }

}

/** Where '(edited)' goes: behind the last words, where a text is last. */
function endOf(content) {
  const texts = content.matches(".text") ? [content] : [...content.querySelectorAll(":scope > .block")];
  const last = texts.at(-1);
  return last?.matches(".text") ? last : (last?.querySelector(":scope > .section-main > .text:last-child") ?? content);
}
