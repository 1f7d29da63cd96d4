// Which addresses become links, and how: http, https and mailto, in a new tab, telling nobody where from.

import { el } from "./dom.js";

const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);

/** The address to link to, or null where it must stay text. */
export function safeHref(address) {
  try {
    const url = new URL(address);
    return PROTOCOLS.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link, or only its label where the address may not be one. */
export function link(address, label, className = "") {
  const href = safeHref(address);
  if (href === null) return el("span", {}, label);
  return el("a", { href, class: className || null, target: "_blank", rel: "noopener noreferrer", title: href }, label);
}
