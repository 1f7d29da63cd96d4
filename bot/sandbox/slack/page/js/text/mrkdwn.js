// Reads Slack's mrkdwn into a tree of plain values. Pure: no DOM here, and nothing is looked up.
// A node is {t, …}: text, b, i, s, code, pre, quote, link, user, channel, group, broadcast, date, emoji.

import { SHORTCODE, emojiCharacter } from "./emoji.js";

const MARKS = { "*": "b", _: "i", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const ANGLE = /<([^<>\n]+)>/y;
const BARE_URL = /https?:\/\/[^\s<>|`]+/iy;
const BARE_BROADCAST = /@(here|channel|everyone)(?![\p{L}\p{N}_-])/iuy;
const BARE_CHANNEL = /#([a-z0-9][a-z0-9_-]*)/y;

export const unescape = (text) =>
  text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);

const textNode = (text) => ({ t: "text", text });

/** `verbatim`: bare URLs, #channels and @here stay plain, as Slack leaves them then. */
export function parseMrkdwn(text, { verbatim = false } = {}) {
  const nodes = [];
  let rest = 0;
  for (const fence of text.matchAll(/```\n?([\s\S]+?)\n?```/g)) {
    nodes.push(...quotes(text.slice(rest, fence.index).replace(/\n$/, ""), verbatim));
    nodes.push({ t: "pre", kids: literal(fence[1]) });
    rest = fence.index + fence[0].length;
    if (text[rest] === "\n") rest += 1;
  }
  nodes.push(...quotes(text.slice(rest), verbatim));
  return nodes;
}

/** Lines that begin with > (also escaped) are a quote; >>> quotes all that follows. */
function quotes(text, verbatim) {
  const nodes = [];
  let plain = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) nodes.push({ t: "quote", kids: inline(quoted.join("\n"), verbatim) });
    if (plain.length) nodes.push(...inline(plain.join("\n"), verbatim));
    plain = [];
    quoted = [];
  };
  const lines = text === "" ? [] : text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    if (/^(?:&gt;|>){3}/.test(lines[at])) {
      flush();
      quoted = [lines[at].replace(/^(?:&gt;|>){3} ?/, ""), ...lines.slice(at + 1)];
      break;
    }
    const match = /^(?:&gt;|>) ?(.*)$/.exec(lines[at]);
    if (match) {
      if (plain.length) flush();
      quoted.push(match[1]);
    } else {
      if (quoted.length) flush();
      plain.push(lines[at]);
    }
  }
  flush();
  return nodes;
}

/** Inside code only <…> means anything. */
function literal(text) {
  const nodes = [];
  let buffer = "";
  for (let at = 0; at < text.length; ) {
    const token = text[at] === "<" ? angleAt(text, at) : null;
    if (token === null) {
      buffer += text[at];
      at += 1;
      continue;
    }
    if (buffer) nodes.push(textNode(unescape(buffer)));
    buffer = "";
    nodes.push(token.node);
    at = token.end;
  }
  if (buffer) nodes.push(textNode(unescape(buffer)));
  return nodes;
}

function inline(text, verbatim) {
  const nodes = [];
  const hopeless = {}; // per mark: up to where no closing one exists, so that long texts stay linear
  let buffer = "";
  let at = 0;
  const take = (token) => {
    if (buffer) nodes.push(textNode(unescape(buffer)));
    buffer = "";
    nodes.push(token.node);
    at = token.end;
  };
  while (at < text.length) {
    const token =
      (text[at] === "<" && angleAt(text, at)) ||
      (text[at] === "`" && codeAt(text, at)) ||
      (text[at] === ":" && emojiAt(text, at)) ||
      (!verbatim && bareAt(text, at)) ||
      (text[at] in MARKS && markAt(text, at, verbatim, hopeless));
    if (token) {
      take(token);
    } else {
      buffer += text[at];
      at += 1;
    }
  }
  if (buffer) nodes.push(textNode(unescape(buffer)));
  return nodes;
}

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function angleAt(text, at) {
  const found = match(ANGLE, text, at);
  const node = found && angle(found[1]);
  return node ? { node, end: at + found[0].length } : null;
}

function angle(body) {
  const bar = body.indexOf("|");
  const head = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? null : unescape(body.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(head)) return { t: "user", id: head.slice(1), label };
  if (/^#[CGD][A-Z0-9]+$/.test(head)) return { t: "channel", id: head.slice(1), label };
  if (/^!(here|channel|everyone)$/.test(head)) return { t: "broadcast", range: head.slice(1) };
  if (head.startsWith("!subteam^")) return { t: "group", id: head.slice(9), label };
  if (head.startsWith("!date^")) {
    const [, seconds, pattern = "", url = null] = head.split("^");
    return { t: "date", seconds, pattern: unescape(pattern), url: url && unescape(url), fallback: label ?? "" };
  }
  if (head.startsWith("!")) return label === null ? null : textNode(label);
  if (/^(https?|mailto):/i.test(head)) return { t: "link", url: unescape(head), label: label || unescape(head) };
  return null; // nothing that Slack knows, or an address that may not be a link: stays as it is written
}

function codeAt(text, at) {
  const found = match(/`([^`\n]+)`/y, text, at);
  return found ? { node: { t: "code", kids: literal(found[1]) }, end: at + found[0].length } : null;
}

function emojiAt(text, at) {
  const found = match(SHORTCODE, text, at);
  if (!found || emojiCharacter(found[1]) === null) return null;
  return { node: { t: "emoji", name: found[1] }, end: at + found[0].length };
}

function bareAt(text, at) {
  if (at > 0 && (WORD.test(text[at - 1]) || "_@#&/".includes(text[at - 1]))) return null;
  if (text[at] === "h" || text[at] === "H") {
    const found = match(BARE_URL, text, at);
    if (!found) return null;
    const url = found[0].replace(/(?:&gt;|&lt;)[\s\S]*$/, "").replace(/[.,;:!?'")\]*_~]+$/, "");
    return { node: { t: "link", url: unescape(url), label: unescape(url) }, end: at + url.length };
  }
  if (text[at] === "@") {
    const found = match(BARE_BROADCAST, text, at);
    return found && { node: { t: "broadcast", range: found[1].toLowerCase() }, end: at + found[0].length };
  }
  if (text[at] === "#") {
    const found = match(BARE_CHANNEL, text, at);
    return found && { node: { t: "channelName", name: found[1] }, end: at + found[0].length };
  }
  return null;
}

/** *bold*, _italic_, ~strike~: not inside a word, not over a line's end, not around nothing. */
function markAt(text, at, verbatim, hopeless) {
  const mark = text[at];
  if (at > 0 && WORD.test(text[at - 1])) return null;
  if (at + 1 >= text.length || /\s/.test(text[at + 1]) || text[at + 1] === mark) return null;
  if (hopeless[mark] > at) return null;
  const end = closing(text, at + 1, mark);
  if (end.found) {
    const kids = inline(text.slice(at + 1, end.at), verbatim);
    return { node: { t: MARKS[mark], kids }, end: end.at + 1 };
  }
  hopeless[mark] = end.at;
  return null;
}

function closing(text, from, mark) {
  let at = from;
  while (at < text.length && text[at] !== "\n") {
    const skip = (text[at] === "<" && match(ANGLE, text, at)) || (text[at] === "`" && match(/`[^`\n]+`/y, text, at));
    if (skip) {
      at += skip[0].length;
      continue;
    }
    const inside = at > from && !/\s/.test(text[at - 1]);
    const outside = at + 1 >= text.length || !WORD.test(text[at + 1]);
    if (text[at] === mark && inside && outside) return { found: true, at };
    at += 1;
  }
  return { found: false, at };
}
