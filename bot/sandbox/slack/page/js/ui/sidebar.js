// The sidebar: the workspace's name, channels with what is unread in them, the app. On a phone it is a drawer.

import { byId, el, replace, unseen } from "../dom.js";
import { avatar } from "../avatar.js";
import { icon } from "../icons.js";

export class Sidebar {
  constructor(workspace, drawers) {
    this.workspace = workspace;
    this.drawers = drawers;
    workspace.on("directory place unread", () => this.draw());
  }

  draw() {
    const { directory } = this.workspace;
    const channels = directory.sortedChannels().map((channel) => {
      const sign = channel.is_archived ? "archive" : channel.is_private ? "lock" : "hash";
      const kind = channel.is_archived ? ", archived" : channel.is_private ? ", private" : "";
      return this.entry(channel.id, [icon(sign), el("span", { class: "entry-name" }, channel.name), unseen(kind)]);
    });
    replace(byId("workspace-name"), directory.team.name);
    replace(byId("channels"), channels);
    replace(byId("apps"), el("li", {}, this.app(directory)));
  }

  app(directory) {
    const { app } = directory;
    const here = this.workspace.place === "home" || this.workspace.place === app.im;
    const content = [avatar(app.user, directory, "avatar-small"), el("span", { class: "entry-name" }, app.name)];
    return this.button(app.home && !this.workspace.unread.has(app.im) ? "home" : app.im, here, content, "app", app.im);
  }

  entry(place, content) {
    return el("li", {}, this.button(place, this.workspace.place === place, content, `channel-${place}`, place));
  }

  button(place, here, content, testId, counted) {
    const unread = this.workspace.unread.get(counted);
    const open = () => {
      this.drawers.close();
      this.workspace.go(place, { focus: true });
    };
    return el(
      "button",
      {
        type: "button",
        class: `entry${here ? " is-current" : ""}${unread ? " is-unread" : ""}`,
        "aria-current": here ? "page" : null,
        "data-testid": testId,
        on: { click: open },
      },
      content,
      unread
        ? el(
          "span",
          { class: unread.urgent ? "unread is-urgent" : "unread", "data-testid": "unread" },
          unread.count > 99 ? "99+" : unread.count,
          unseen(" unread"),
        )
        : null,
    );
  }
}
