// Puts the page together: one workspace, the parts that show it, the fleet's panel beside it.

import { Api } from "./api.js";
import { byId, replace } from "./dom.js";
import { FleetPanel } from "./fleet/panel.js";
import { readRoute } from "./route.js";
import { ChannelPane } from "./ui/channel.js";
import { Drawers } from "./ui/drawers.js";
import { HomePane } from "./ui/home.js";
import { ModalHost } from "./ui/modal.js";
import { Sidebar } from "./ui/sidebar.js";
import { ThreadPane } from "./ui/thread.js";
import { toast } from "./ui/toast.js";
import { Topbar } from "./ui/topbar.js";
import { Workspace } from "./workspace.js";

const api = new Api();
const workspace = new Workspace(api, toast);
const drawers = new Drawers();

for (const Part of [Topbar, ChannelPane, ThreadPane, HomePane, ModalHost]) new Part(workspace);
new Sidebar(workspace, drawers);
new FleetPanel(workspace, drawers);

byId("skip").addEventListener("click", () => byId("composer").focus());

// a #channel in a text leads there without leaving the page
document.addEventListener("click", (event) => {
  const goto = event.target.closest?.("[data-goto]");
  if (!goto || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  workspace.go(goto.dataset.goto, { focus: true });
});

addEventListener("hashchange", () => start());

async function start() {
  try {
    await workspace.start(readRoute());
    document.body.dataset.ready = "true";
  } catch (error) {
    replace(byId("banner-text"), `The workspace could not be read: ${error.message}`);
    byId("banner").hidden = false;
    setTimeout(start, 2000);
  }
}

byId("retry").addEventListener("click", () => workspace.socket === null && start());
start();
