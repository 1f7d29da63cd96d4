// The thread in its side pane: the first message, how many replies, the replies, a composer of its own.

import { byId, el, replace } from "../dom.js";
import { Composer } from "./composer.js";
import { MessageList } from "./list.js";

export class ThreadPane {
  constructor(workspace) {
    this.workspace = workspace;
    this.pane = byId("thread");
    this.opener = null;
    this.list = new MessageList({
      workspace,
      scroller: byId("thread-scroll"),
      list: byId("thread-messages"),
      source: () => (workspace.thread ? workspace.store.thread(workspace.place, workspace.thread) : []),
      intro: null,
      afterFirst: (count) => [countLine(count)],
      inThread: true,
    });
    this.composer = new Composer({
      workspace,
      root: byId("thread-composer-area"),
      testId: "thread-composer",
      target: () => (workspace.thread ? { channel: workspace.place, threadTs: workspace.thread } : null),
    });
    byId("thread-close").addEventListener("click", () => workspace.closeThread());
    this.pane.addEventListener("keydown", (event) => {
      const others = event.defaultPrevented || event.target.closest("[popover]");
      if (event.key === "Escape" && !others) workspace.closeThread();
    });
    workspace.on("thread", ({ focus }) => this.moved(focus));
    workspace.on("messages", ({ channel, fresh }) => channel === workspace.place && this.changed(fresh));
    workspace.on("directory", () => workspace.thread && this.list.refresh());
  }

  moved(focus) {
    const { thread, place, directory } = this.workspace;
    const was = !this.pane.hidden;
    this.pane.hidden = thread === null;
    document.body.classList.toggle("has-thread", thread !== null);
    if (thread === null) {
      if (was && focus) this.focusBack();
      return;
    }
    if (!was) this.opener = document.activeElement;
    this.last = thread;
    replace(
      byId("thread-place"),
      directory.channels.has(place) ? `#${directory.placeName(place)}` : directory.placeName(place),
    );
    this.list.restart();
    this.list.sync();
    this.composer.moved(null, focus);
  }

  changed(fresh) {
    const { thread, me } = this.workspace;
    if (thread === null) return;
    if (fresh?.user === me && fresh.thread_ts === thread) this.list.atEnd = true;
    this.list.later();
  }

  /** To what opened it; a count that has changed since is another element. */
  focusBack() {
    const link = byId("messages").querySelector(`[data-ts="${CSS.escape(this.last)}"] .thread-link`);
    (this.opener?.isConnected ? this.opener : (link ?? byId("composer"))).focus();
  }
}

const countLine = (count) =>
  el(
    "li",
    { class: "thread-divider" },
    el("span", {}, count === 0 ? "No replies yet" : count === 1 ? "1 reply" : `${count} replies`),
  );
