// A light panel on the top layer beside its anchor: the browser closes it on Escape and on a click elsewhere.

import { el } from "../dom.js";

const GAP = 4;
const MARGIN = 8;

/** Shows `content` beside `anchor`; `onClose` runs once, however it closes. Returns {close, node}. */
export function openPopover({ anchor, content, className = "", onClose = () => {}, returnFocus = true }) {
  const node = el("div", { class: `popover ${className}`.trim(), popover: "auto" }, content);
  // inside an open dialog the panel must be its descendant, else the dialog makes it inert
  (anchor.closest("dialog") ?? document.body).append(node);
  const place = () => position(node, anchor);
  node.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    removeEventListener("resize", place);
    removeEventListener("scroll", place, true);
    const hadFocus = node.contains(document.activeElement) || document.activeElement === document.body;
    node.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (returnFocus && hadFocus && anchor.isConnected) anchor.focus();
    onClose();
  });
  node.showPopover();
  anchor.setAttribute("aria-expanded", "true");
  place();
  addEventListener("resize", place);
  addEventListener("scroll", place, true);
  return { node, place, close: () => node.isConnected && node.hidePopover() };
}

/** Below the anchor, or above it where there is more room; toward the page's middle; never off the screen. */
function position(node, anchor) {
  const at = anchor.getBoundingClientRect();
  const below = innerHeight - at.bottom - GAP - MARGIN;
  const above = at.top - GAP - MARGIN;
  node.style.minWidth = `${Math.min(at.width, innerWidth - 2 * MARGIN)}px`;
  node.style.maxHeight = `${Math.max(160, Math.max(below, above))}px`;
  const size = node.getBoundingClientRect();
  const up = size.height > below && above > below;
  const top = up ? at.top - GAP - size.height : at.bottom + GAP;
  const toLeft = at.left + at.width / 2 > innerWidth / 2;
  const left = Math.min(toLeft ? at.right - size.width : at.left, innerWidth - MARGIN - size.width);
  node.style.top = `${Math.max(MARGIN, top)}px`;
  node.style.left = `${Math.max(MARGIN, left)}px`;
}
