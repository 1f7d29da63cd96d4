// The rich_text block: sections, lists, quotes, preformatted text, and every element in them.

import { el, append } from "../dom.js";
import { link } from "../links.js";
import { emoji } from "./emoji.js";
import { broadcastMention, channelMention, dateText, groupMention, userMention } from "./inline.js";

const STYLES = [["code", "code"], ["bold", "b"], ["italic", "i"], ["strike", "s"], ["underline", "u"]];

function styled(node, style = {}) {
  let styledNode = node;
  for (const [name, tag] of STYLES) if (style?.[name]) styledNode = el(tag, {}, styledNode);
  if (style?.highlight || style?.client_highlight) styledNode = el("mark", {}, styledNode);
  return styledNode;
}

function bare(element, directory) {
  switch (element.type) {
    case "text":
      return document.createTextNode(element.text ?? "");
    case "link":
      return link(element.url, element.text || element.url);
    case "user":
      return userMention(element.user_id, null, directory);
    case "usergroup":
      return groupMention(element.usergroup_id, null, directory);
    case "channel":
      return channelMention(element.channel_id, null, directory);
    case "team":
      return document.createTextNode(element.team_id === directory.team.id ? directory.team.name : element.team_id);
    case "broadcast":
      return broadcastMention(element.range);
    case "emoji":
      return emoji(element.name, element.unicode);
    case "date":
      return dateText({
        seconds: element.timestamp,
        pattern: element.format,
        fallback: element.fallback,
        url: element.url,
      });
    case "color":
      return colour(element.value);
    default:
      return el("span", { class: "unsupported-inline" }, `[${element.type}]`);
  }
}

function colour(value) {
  const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
  if (/^#[0-9a-f]{3,8}$/i.test(value)) swatch.style.backgroundColor = value;
  return el("span", {}, swatch, value);
}

const pieces = (elements, directory) =>
  (elements ?? []).map((element) => styled(bare(element, directory), element.style));

const NUMBERING = ["numbered", "lettered", "roman"];
const BULLETS = ["disc", "ring", "block"];

/** A flat run of items with one indent; deeper ones follow as lists of their own. */
function list(element, directory) {
  const indent = Math.min(element.indent ?? 0, 8);
  const ordered = element.style === "ordered";
  const mark = (ordered ? NUMBERING : BULLETS)[indent % 3];
  const node = el(ordered ? "ol" : "ul", { class: `rt-list indent-${indent} mark-${mark}` });
  if (element.border) node.classList.add("rt-border");
  if (ordered && element.offset) node.start = element.offset + 1;
  return append(node, (element.elements ?? []).map((item) => el("li", {}, pieces(item.elements, directory))));
}

function part(element, directory) {
  switch (element.type) {
    case "rich_text_section":
      return el("div", { class: "rt-section" }, pieces(element.elements, directory));
    case "rich_text_list":
      return list(element, directory);
    case "rich_text_quote":
      return el("blockquote", {}, pieces(element.elements, directory));
    case "rich_text_preformatted":
      return el("pre", {}, pieces(element.elements, directory));
    default:
      return el("div", { class: "unsupported" }, `unsupported rich text: ${element.type}`);
  }
}

export function richText(block, directory) {
  return el("div", { class: "rich-text" }, (block.elements ?? []).map((element) => part(element, directory)));
}
