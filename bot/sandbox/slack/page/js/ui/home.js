// The app's Home tab: the view that it published for this person.

import { byId, el, replace } from "../dom.js";
import { avatar } from "../avatar.js";
import { drawBlocks } from "../blocks/index.js";
import { Surface } from "../surface.js";
import { appTabs } from "./channel.js";

export class HomePane {
  constructor(workspace) {
    this.workspace = workspace;
    this.pane = byId("home");
    this.surface = null;
    workspace.on("place home directory", () => this.draw());
  }

  draw() {
    const { workspace } = this;
    const { place, home, directory } = workspace;
    this.pane.hidden = place !== "home";
    if (place !== "home") return;
    document.title = `${directory.app.name} · ${directory.team.name}`;
    replace(byId("home-title"), avatar(directory.app.user, directory, "avatar-small"), directory.app.name);
    replace(byId("home-tabs"), appTabs(workspace, "home"));
    replace(byId("home-content"), home ? this.blocks(home) : this.nothing());
  }

  blocks(home) {
    if (this.surface?.address.view_id !== home.id) {
      this.surface = new Surface({ workspace: this.workspace, address: { view_id: home.id }, kind: "home" });
    }
    return drawBlocks(home.blocks ?? [], this.surface);
  }

  nothing() {
    const { app } = this.workspace.directory;
    return el(
      "div",
      { class: "beginning" },
      avatar(app.user, this.workspace.directory, "avatar-large"),
      el("h2", {}, `${app.name} has nothing to show here yet`),
      el("p", {}, "As soon as the app publishes its Home, it appears on this page."),
    );
  }
}
