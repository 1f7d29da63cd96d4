// The channel in the middle: its header, its messages, its beginning, its composer.

import { byId, el, replace } from "../dom.js";
import { avatar } from "../avatar.js";
import { icon } from "../icons.js";
import { isReply } from "../messages.js";
import { mrkdwn } from "../text/inline.js";
import { Composer } from "./composer.js";
import { MessageList } from "./list.js";

export class ChannelPane {
  constructor(workspace) {
    this.workspace = workspace;
    this.pane = byId("channel");
    this.list = new MessageList({
      workspace,
      scroller: byId("channel-scroll"),
      list: byId("messages"),
      source: () => (workspace.place && workspace.place !== "home" ? workspace.store.top(workspace.place) : []),
      intro: () => this.beginning(),
    });
    this.composer = new Composer({
      workspace,
      root: byId("composer-area"),
      testId: "composer",
      target: () => (workspace.place === "home" ? null : { channel: workspace.place, threadTs: null }),
    });
    workspace.on("place", ({ focus }) => this.moved(focus));
    workspace.on("messages", ({ channel, fresh }) => channel === workspace.place && this.changed(fresh));
    workspace.on("directory", () => this.refresh());
  }

  moved(focus) {
    const { place, directory } = this.workspace;
    this.pane.hidden = place === "home";
    if (place === "home") return;
    this.list.restart();
    this.drawHeader();
    this.list.sync();
    this.composer.moved(directory.placeName(place), focus);
  }

  refresh() {
    if (!this.workspace.place || this.workspace.place === "home") return;
    this.drawHeader();
    this.list.refresh();
  }

  changed(fresh) {
    this.list.later();
    if (!fresh || isReply(fresh)) return;
    if (fresh.user === this.workspace.me) this.list.atEnd = true;
    else this.announce(fresh);
  }

  /** A screen reader hears who wrote, and the beginning of it. */
  announce(message) {
    const name = this.workspace.directory.userName(message.user) ?? "";
    const region = byId("announcer");
    const words = el("p", {}, mrkdwn(message.text.slice(0, 400), this.workspace.directory)).textContent;
    region.append(el("p", {}, `${name}: ${words}`));
    while (region.children.length > 5) region.firstChild.remove();
  }

  drawHeader() {
    const { place, directory } = this.workspace;
    const channel = directory.channels.get(place);
    const topic = channel?.topic?.value ?? channel?.topic ?? "";
    const title = channel
      ? [icon(channel.is_private ? "lock" : "hash"), channel.name]
      : [avatar(directory.app.user, directory, "avatar-small"), directory.app.name];
    replace(byId("channel-title"), title);
    replace(byId("channel-topic"), typeof topic === "string" ? topic : "");
    replace(byId("channel-tabs"), channel ? null : appTabs(this.workspace, "messages"));
    byId("composer-area").hidden = Boolean(channel?.is_archived);
    byId("archived").hidden = !channel?.is_archived;
    replace(byId("channel-members"), channel?.members ? members(channel, directory) : null);
    document.title = `${channel ? "#" : ""}${directory.placeName(place)} · ${directory.team.name}`;
  }

  beginning() {
    const { place, directory } = this.workspace;
    const channel = directory.channels.get(place);
    const command = directory.commands[0]?.command;
    const hint = command
      ? [
        "Type ",
        el(
          "button",
          { type: "button", class: "try", on: { click: () => this.composer.begin(`${command} `) } },
          command,
        ),
        " to ask the app something.",
      ]
      : [];
    if (!channel) {
      return el(
        "div",
        { class: "beginning" },
        avatar(directory.app.user, directory, "avatar-large"),
        el("h2", {}, directory.app.name),
        el("p", {}, directory.app.description || "This is the very beginning of your messages with the app."),
        el("p", {}, hint),
      );
    }
    return el(
      "div",
      { class: "beginning" },
      el("span", { class: "beginning-sign" }, icon(channel.is_private ? "lock" : "hash")),
      el("h2", {}, `This is the very beginning of #${channel.name}`),
      el("p", {}, hint),
    );
  }
}

function members(channel, directory) {
  const faces = channel.members.slice(0, 3).map((id) => avatar(id, directory, "avatar-small"));
  const names = channel.members.map((id) => directory.userName(id) ?? id).join(", ");
  return el(
    "span",
    { class: "members", title: names, role: "img", "aria-label": `${channel.members.length} members: ${names}` },
    faces,
    el("span", {}, channel.members.length),
  );
}

/** Home and Messages, the two faces of the app. */
export function appTabs(workspace, current) {
  const { app } = workspace.directory;
  const tab = (name, label, place) =>
    el(
      "button",
      {
        type: "button",
        class: name === current ? "tab is-current" : "tab",
        "aria-current": name === current ? "page" : null,
        "data-testid": `tab-${name}`,
        on: { click: () => workspace.go(place, { focus: true }) },
      },
      label,
    );
  return el(
    "div",
    { class: "tabs" },
    app.home ? tab("home", "Home", "home") : null,
    tab("messages", "Messages", app.im),
  );
}
