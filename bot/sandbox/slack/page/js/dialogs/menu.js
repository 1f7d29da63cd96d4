// A menu of a few entries: arrows move, Enter picks, Escape leaves.

import { el } from "../dom.js";
import { safeHref } from "../links.js";
import { openPopover } from "./popover.js";

/** entries: {label: nodes, detail?, url?, …}; onPick(entry). */
export function openMenu({ anchor, entries, onPick }) {
  let popover = null;
  const items = entries.map((entry) => {
    const href = entry.url ? safeHref(entry.url) : null;
    const attributes = {
      class: "menu-item",
      role: "menuitem",
      tabindex: "-1",
      "data-testid": "menu-item",
      on: {
        click: () => {
          popover.close();
          onPick(entry);
        },
      },
    };
    const content = [
      el("span", {}, entry.label),
      entry.detail ? el("span", { class: "menu-detail" }, entry.detail) : null,
    ];
    if (href) return el("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer" }, content);
    return el("button", { ...attributes, type: "button" }, content);
  });
  const move = (event) => {
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Tab") popover.close();
    if (to === undefined) return;
    event.preventDefault();
    items[(to + items.length) % items.length].focus();
  };
  const menu = el("div", { class: "menu", role: "menu", "data-testid": "menu", on: { keydown: move } }, items);
  popover = openPopover({ anchor, content: menu });
  items[0]?.focus();
}
