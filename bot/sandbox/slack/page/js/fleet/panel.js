// The panel that plays with the fleet, where a CloudNexus stand-in stands behind this workspace.
// It reads while it is seen, and at once after each of its own deeds.

import { byId, el, replace } from "../dom.js";
import { icon } from "../icons.js";
import { BurstTask, ClusterTask, RegionTask } from "./events.js";
import { FaultsTask } from "./faults.js";
import { Overview } from "./overview.js";
import { ServerTask } from "./server.js";
import { Tail } from "./tail.js";

const EVERY = 2000; // milliseconds between readings

export class FleetPanel {
  constructor(workspace, drawers) {
    Object.assign(this, { workspace, drawers, built: false, shown: true, timer: null, reading: false, again: false });
    this.panel = byId("fleet");
    this.toggle = byId("fleet-toggle");
    this.toggle.addEventListener("click", () => this.flip());
    byId("fleet-close").addEventListener("click", () => this.hide());
    workspace.on("directory", () => this.fit());
    document.addEventListener("visibilitychange", () => this.seen && this.read());
    new ResizeObserver(() => this.seen && this.read()).observe(this.panel);
  }

  get there() {
    return this.workspace.directory?.hasFleet ?? false;
  }

  get seen() {
    return this.there && document.visibilityState === "visible" && this.panel.checkVisibility();
  }

  fit() {
    document.body.classList.toggle("has-fleet", this.there && this.shown);
    this.toggle.hidden = !this.there;
    this.panel.hidden = !this.there;
    this.draw();
    if (this.there && !this.built) this.build();
  }

  draw() {
    const open = this.drawers.narrow("fleet") ? this.drawers.current === "fleet" : this.shown;
    this.toggle.setAttribute("aria-expanded", String(open));
  }

  flip() {
    if (this.drawers.narrow("fleet")) {
      if (this.drawers.current === "fleet") this.drawers.close();
      else this.drawers.open("fleet");
    } else {
      this.shown = !this.shown;
    }
    this.fit();
  }

  hide() {
    if (this.drawers.narrow("fleet")) this.drawers.close();
    else this.shown = false;
    this.fit();
    this.toggle.focus();
  }

  build() {
    this.built = true;
    const { api } = this.workspace;
    const changed = () => this.read();
    this.overview = new Overview();
    this.tasks = [
      new BurstTask(api, changed),
      new ServerTask(api, changed),
      new RegionTask(api, changed),
      new ClusterTask(api, changed),
      new FaultsTask(api, changed),
    ];
    this.tail = new Tail(api);
    this.trouble = el("p", { class: "fleet-trouble", role: "status" });
    replace(
      byId("fleet-content"),
      this.trouble,
      this.overview.node,
      this.tasks.map((task) => task.node),
      this.tail.node,
    );
    api.fleetGet("rows", { kind: "server" }).then(({ rows }) => this.tail.know(rows), () => {});
    this.read();
  }

  /** One reading at a time; a wish for another during it is granted after it. */
  async read() {
    if (!this.built) return;
    this.again = true;
    if (this.reading) return;
    this.reading = true;
    clearTimeout(this.timer);
    while (this.again) {
      this.again = false;
      await this.readOnce();
    }
    this.reading = false;
    if (this.seen) this.timer = setTimeout(() => this.read(), EVERY);
  }

  async readOnce() {
    try {
      const state = await this.workspace.api.fleetGet("state");
      this.overview.draw(state);
      for (const task of this.tasks) task.draw?.(state);
      await this.tail.read();
      replace(this.trouble);
    } catch (error) {
      replace(this.trouble, icon("warning"), error.message);
    }
  }
}
