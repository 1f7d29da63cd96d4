// The blocks that only show: header, section, context, divider, image, alert.

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { safeHref } from "../links.js";
import { plain, textObject, words } from "../text/inline.js";
import { element as drawElement } from "./elements.js";

export const divider = () => el("hr");

export const header = (block) => el("h3", { class: "block-header" }, textObject({ ...block.text, type: "plain_text" }));

export function section(block, surface) {
  const { directory } = surface;
  const main = el("div", { class: "section-main" });
  if (block.text) main.append(el("div", { class: "text" }, textObject(block.text, directory)));
  if (block.fields) {
    const fields = block.fields.map((field) => el("div", { class: "field text" }, textObject(field, directory)));
    main.append(el("div", { class: "fields" }, fields));
  }
  const node = el("div", { class: "section" }, main);
  if (block.accessory) {
    const wide = !["button", "overflow", "image"].includes(block.accessory.type);
    const accessory = el("div", { class: wide ? "accessory accessory-wide" : "accessory" });
    accessory.append(
      block.accessory.type === "image"
        ? picture(block.accessory, "accessory-image")
        : drawElement(block.accessory, block.block_id, surface),
    );
    node.append(accessory);
  }
  return node;
}

export function context(block, surface) {
  const elements = (block.elements ?? []).map((item) =>
    item.type === "image"
      ? picture(item, "context-image")
      : el("span", { class: "text" }, textObject(item, surface.directory)),
  );
  return el("div", { class: "context" }, elements);
}

/** The page loads nothing from elsewhere: only its own and data: images appear, others become their alt text. */
function picture(item, className) {
  const alt = item.alt_text ?? "";
  const address = item.image_url ?? "";
  const own = address.startsWith("data:image/") || (safeHref(address) && new URL(address).origin === location.origin);
  if (own) return el("img", { class: className, src: address, alt, loading: "lazy" });
  return el(
    "span",
    { class: `${className} image-elsewhere`, role: "img", "aria-label": alt, title: address },
    icon("eye"),
    el("span", {}, alt),
  );
}

export function image(block) {
  return el(
    "figure",
    { class: "image-block" },
    block.title ? el("figcaption", {}, plain(words(block.title), block.title.emoji !== false)) : null,
    picture(block, "image-full"),
  );
}

const LEVELS = { info: "info", warning: "warning", error: "warning", success: "check", default: "info" };

export function alert(block, surface) {
  const level = Object.hasOwn(LEVELS, block.level) ? block.level : "default";
  const text = typeof block.text === "string" ? { type: "plain_text", text: block.text } : block.text;
  return el(
    "div",
    { class: `alert alert-${level}`, role: "note" },
    icon(LEVELS[level]),
    el("div", { class: "text" }, textObject(text, surface.directory)),
  );
}
