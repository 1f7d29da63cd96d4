// The bar on top: who one acts as, whether the page is live, and the banner while it is not.

import { byId, el, freshId, replace } from "../dom.js";
import { avatar } from "../avatar.js";

export class Topbar {
  constructor(workspace) {
    this.workspace = workspace;
    this.timer = null;
    this.wasLive = false;
    byId("retry").addEventListener("click", () => workspace.socket?.retryNow());
    workspace.on("directory", () => this.drawPeople());
    workspace.on("connection", () => this.drawConnection());
  }

  drawPeople() {
    const { workspace } = this;
    const { directory } = workspace;
    const key = JSON.stringify([
      directory.me,
      directory.people().map((user) => [user.id, directory.userName(user.id), directory.userTitle(user.id)]),
    ]);
    if (key === this.peopleKey) return;
    this.peopleKey = key;
    const group = byId("act-as-people");
    const hadFocus = group.contains(document.activeElement);
    const name = freshId("act-as");
    const people = directory.people().map((user) => {
      const full = directory.userName(user.id);
      const title = directory.userTitle(user.id);
      const mine = user.id === directory.me;
      const choose = () => workspace.start({
        user: user.id,
        place: workspace.place,
        thread: workspace.thread,
      }).catch((error) => workspace.toast(error.message));
      return el(
        "label",
        {
          class: mine ? "person is-current" : "person",
          title: title ? `${full} · ${title}` : full,
          "data-testid": `act-as-${user.id}`,
        },
        el("input", { type: "radio", name, value: user.id, checked: mine, class: "unseen", on: { change: choose } }),
        avatar(user.id, directory, "avatar-small"),
        el(
          "span",
          { class: "person-name" },
          full.split(/\s+/)[0] || full,
          title ? el("span", { class: "person-title" }, ` ${title}`) : null,
        ),
      );
    });
    replace(group, people);
    if (hadFocus) group.querySelector("input:checked")?.focus();
  }

  drawConnection() {
    const { connection } = this.workspace;
    clearTimeout(this.timer);
    const live = connection.state === "live";
    byId("live").classList.toggle("is-live", live);
    replace(byId("live-text"), live ? "Live" : "Offline");
    byId("banner").hidden = live;
    if (live) return;
    const seconds = Math.max(0, Math.ceil((connection.until - Date.now()) / 1000));
    const next = seconds > 0 ? `Next try in ${seconds} s.` : "Trying again…";
    replace(byId("banner-text"), `The connection to the stand-in is lost. ${next}`);
    this.timer = setTimeout(() => this.drawConnection(), 500);
  }
}
