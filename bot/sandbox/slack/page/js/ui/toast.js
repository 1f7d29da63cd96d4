// A short word about something that did not work, at the bottom of the page.

import { byId, el } from "../dom.js";
import { icon } from "../icons.js";

const SHOWN_FOR = 6000;

export function toast(text) {
  const node = el(
    "div",
    { class: "toast", role: "alert", "data-testid": "toast" },
    icon("warning"),
    el("span", {}, text),
  );
  const region = byId("toasts");
  region.append(node);
  while (region.children.length > 3) region.firstChild.remove();
  setTimeout(() => node.remove(), SHOWN_FOR);
}
