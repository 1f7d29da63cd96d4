// What slides over the page where there is no room beside it: the sidebar, and the fleet's panel.
// The rest is inert meanwhile; Escape and a touch beside it close.

import { byId } from "../dom.js";

const NARROW = { sidebar: matchMedia("(max-width: 760px)"), fleet: matchMedia("(max-width: 1180px)") };

export class Drawers {
  constructor() {
    this.current = null;
    this.opener = null;
    byId("backdrop").addEventListener("click", () => this.close());
    byId("sidebar-open").addEventListener("click", () => this.open("sidebar"));
    byId("sidebar-close").addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => {
      const above = document.querySelector("dialog[open], :popover-open");
      if (event.key === "Escape" && this.current && !above) this.close();
    });
    for (const query of Object.values(NARROW)) query.addEventListener("change", () => this.close());
  }

  narrow(name) {
    return NARROW[name].matches;
  }

  open(name) {
    this.opener = document.activeElement;
    this.current = name;
    this.draw();
    byId(name).querySelector("button, input")?.focus();
  }

  close() {
    if (this.current === null) return;
    this.current = null;
    this.draw();
    if (this.opener?.isConnected) this.opener.focus();
  }

  draw() {
    for (const name of ["sidebar", "fleet"]) byId(name).classList.toggle("is-open", this.current === name);
    document.body.classList.toggle("has-drawer", this.current !== null);
    for (const id of ["topbar", "sidebar", "content", "fleet"]) {
      byId(id).inert = this.current !== null && id !== this.current;
    }
  }
}
