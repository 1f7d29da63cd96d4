// Turns the small pieces of texts into elements: mentions, links, dates, emoji, styles. Text stays text.

import { el } from "../dom.js";
import { link } from "../links.js";
import { formatDate, fullMoment } from "./dates.js";
import { SHORTCODE, emoji, emojiCharacter } from "./emoji.js";
import { parseMrkdwn } from "./mrkdwn.js";

const TAGS = { b: "b", i: "i", s: "s", code: "code", pre: "pre", quote: "blockquote" };

export function userMention(id, label, directory) {
  const name = directory.userName(id) ?? label ?? id;
  const mine = id === directory.me;
  return el("span", { class: mine ? "mention mention-me" : "mention", "data-user": id }, `@${name}`);
}

export function groupMention(id, label, directory) {
  const group = directory.groups.get(id);
  const mine = Boolean(group?.users?.includes(directory.me));
  const name = group?.handle ?? label?.replace(/^@/, "") ?? id;
  return el("span", { class: mine ? "mention mention-me" : "mention" }, `@${name}`);
}

export const broadcastMention = (range) => el("span", { class: "mention mention-me mention-all" }, `@${range}`);

/** A channel that the reader can open is a link to it; any other is a name. */
export function channelMention(id, label, directory) {
  const name = directory.channels.get(id)?.name ?? label;
  if (!directory.channels.has(id)) return el("span", { class: "mention" }, name ? `#${name}` : "#private-channel");
  return el("a", { class: "mention", href: `#/${directory.me}/${id}`, "data-goto": id }, `#${name}`);
}

export function dateText({ seconds, pattern, fallback, url }) {
  const words = formatDate(seconds, pattern);
  if (words === null) return document.createTextNode(fallback ?? "");
  const moment = new Date(Number(seconds) * 1000);
  const time = el("time", { datetime: moment.toISOString(), title: fullMoment(moment) }, words);
  return url ? link(url, time) : time;
}

function piece(node, directory) {
  switch (node.t) {
    case "text":
      return document.createTextNode(node.text);
    case "emoji":
      return emoji(node.name);
    case "user":
      return userMention(node.id, node.label, directory);
    case "group":
      return groupMention(node.id, node.label, directory);
    case "broadcast":
      return broadcastMention(node.range);
    case "channel":
      return channelMention(node.id, node.label, directory);
    case "channelName": {
      const channel = directory.channelNamed(node.name);
      return channel ? channelMention(channel.id, node.name, directory) : document.createTextNode(`#${node.name}`);
    }
    case "link":
      return link(node.url, node.label);
    case "date":
      return dateText(node);
    default:
      return el(TAGS[node.t], {}, node.kids.map((kid) => piece(kid, directory)));
  }
}

/** Nodes of a mrkdwn text. */
export function mrkdwn(text, directory, options = {}) {
  return parseMrkdwn(String(text ?? ""), options).map((node) => piece(node, directory));
}

/** Plain text in which :names: of emoji are emoji, unless `emojis` is false. */
export function plain(text, emojis = true) {
  const source = String(text ?? "");
  if (!emojis) return [document.createTextNode(source)];
  const nodes = [];
  let buffer = "";
  for (let at = 0; at < source.length; ) {
    SHORTCODE.lastIndex = at;
    const found = source[at] === ":" ? SHORTCODE.exec(source) : null;
    if (found && emojiCharacter(found[1]) !== null) {
      if (buffer) nodes.push(document.createTextNode(buffer));
      buffer = "";
      nodes.push(emoji(found[1]));
      at += found[0].length;
    } else {
      buffer += source[at];
      at += 1;
    }
  }
  if (buffer) nodes.push(document.createTextNode(buffer));
  return nodes;
}

/** Nodes of a text object, {type: plain_text|mrkdwn, text, emoji?, verbatim?}. */
export function textObject(object, directory) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, directory, { verbatim: Boolean(object.verbatim) });
  return plain(object.text, object.emoji !== false);
}

/** A text object's bare words, for labels and titles. */
export const words = (object) => String(object?.text ?? "");
