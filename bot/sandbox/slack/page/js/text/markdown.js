// The markdown block: standard Markdown's common part (not mrkdwn), shown as elements. Raw HTML stays text.

import { el } from "../dom.js";
import { link, safeHref } from "../links.js";
import { plain } from "./inline.js";

const RULE = /^ {0,3}([-*_])( *\1){2,} *$/;
const RULES = /^(?=.*\|)[ |:-]*-[ |:-]*$/; // below a table's head
const ITEM = /^( *)([-*+]|\d+[.)]) +(.*)$/;

export function markdown(text) {
  return el("div", { class: "markdown" }, blocks(String(text ?? "").split("\n")));
}

function blocks(lines) {
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    const [node, next] = blockAt(lines, at);
    if (node) nodes.push(node);
    at = next;
  }
  return nodes;
}

function blockAt(lines, at) {
  const line = lines[at];
  if (line.trim() === "") return [null, at + 1];
  const fence = /^ {0,3}(```+|~~~+)/.exec(line);
  if (fence) return fenced(lines, at, fence[1]);
  const heading = /^ {0,3}(#{1,6}) +(.*?) *#* *$/.exec(line);
  if (heading) return [el(`h${Math.min(6, heading[1].length + 2)}`, {}, inline(heading[2])), at + 1];
  if (RULE.test(line)) return [el("hr"), at + 1];
  if (/^ {0,3}>/.test(line)) return quote(lines, at);
  if (ITEM.test(line)) return list(lines, at);
  if (line.includes("|") && RULES.test(lines[at + 1] ?? "")) return table(lines, at);
  return paragraph(lines, at);
}

function until(lines, at, stops) {
  let end = at;
  while (end < lines.length && !stops(lines[end], end)) end += 1;
  return end;
}

function fenced(lines, at, fence) {
  const end = until(lines, at + 1, (line) => line.trim().startsWith(fence));
  return [el("pre", {}, lines.slice(at + 1, end).join("\n")), end + 1];
}

function quote(lines, at) {
  const end = until(lines, at, (line) => !/^ {0,3}>/.test(line));
  return [el("blockquote", {}, blocks(lines.slice(at, end).map((line) => line.replace(/^ {0,3}> ?/, "")))), end];
}

const starts = (line) =>
  line.trim() === "" || /^ {0,3}(#{1,6} |>|```|~~~)/.test(line) || ITEM.test(line) || RULE.test(line);

function paragraph(lines, at) {
  const end = Math.max(at + 1, until(lines, at + 1, starts));
  const parts = lines.slice(at, end).flatMap((line, index) => {
    const broken = index > 0 && /( {2}|\\)$/.test(lines[at + index - 1]);
    return [index === 0 ? "" : broken ? el("br") : "\n", ...inline(line.replace(/\\$/, "").trim())];
  });
  return [el("p", {}, parts), end];
}

/** Items of one depth; what is indented below an item belongs to it. */
function list(lines, at) {
  const [, indent, mark] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(mark);
  const node = el(ordered ? "ol" : "ul");
  if (ordered) node.start = Number.parseInt(mark, 10);
  let next = at;
  while (next < lines.length) {
    const item = ITEM.exec(lines[next]);
    if (!item || item[1].length > indent.length + 1 || item[1].length < indent.length) break;
    if (/\d/.test(item[2]) !== ordered) break;
    const deeper = (line) => line.trim() !== "" && /^ */.exec(line)[0].length <= indent.length;
    const end = until(lines, next + 1, deeper);
    const below = lines.slice(next + 1, end).map((line) => line.slice(indent.length + 2));
    node.append(itemOf(item[3], below));
    next = end;
  }
  return [node, next];
}

function itemOf(text, below) {
  const task = /^\[([ xX])\] +(.*)$/.exec(text);
  if (!task) return el("li", {}, inline(text), blocks(below));
  const box = el("input", { type: "checkbox", disabled: true, checked: task[1] !== " ", "aria-label": task[2] });
  return el("li", { class: "task" }, box, inline(task[2]), blocks(below));
}

function table(lines, at) {
  const bare = (line) => line.trim().replace(/^\||\|$/g, "");
  const cells = (line) => bare(line).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  const side = (rule) => (/^:.*:$/.test(rule) ? "center" : rule.endsWith(":") ? "right" : "left");
  const aligned = cells(lines[at + 1]).map(side);
  const cellOf = (tag) => (cell, index) => el(tag, { class: `align-${aligned[index] ?? "left"}` }, inline(cell));
  const row = (line, tag) => el("tr", {}, cells(line).map(cellOf(tag)));
  const end = until(lines, at + 2, (line) => !line.includes("|") || line.trim() === "");
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  const head = el("thead", {}, row(lines[at], "th"));
  return [el("div", { class: "table-scroll" }, el("table", { class: "data" }, head, el("tbody", {}, body))), end];
}

const INLINE = [
  [/(`+)(.+?)\1(?!`)/y, (found) => el("code", {}, found[2].trim())],
  [/!?\[([^\]\n]*)\]\(([^()\s]+)(?: +"[^"]*")?\)/y, (found) => link(found[2], inline(found[1]))],
  [/<(https?:[^<>\s]+|mailto:[^<>\s]+)>/y, (found) => link(found[1], found[1])],
  [/https?:\/\/[^\s<>]*[^\s<>.,;:!?)]/y, (found) => link(found[0], found[0])],
  [/(\*\*|__)(?=\S)(.+?\S|\S)\1/y, (found) => el("b", {}, inline(found[2]))],
  [/~~(?=\S)(.+?)~~/y, (found) => el("s", {}, inline(found[1]))],
  [/(\*|_)(?=[^\s*_])(.+?[^\s*_]|[^\s*_])\1(?![\p{L}\p{N}])/uy, (found) => el("i", {}, inline(found[2]))],
];

function inline(text) {
  const nodes = [];
  let buffer = "";
  let at = 0;
  const flush = () => {
    if (buffer) nodes.push(...plain(buffer));
    buffer = "";
  };
  const matchHere = () => {
    for (const [pattern, make] of INLINE) {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      const inWord = at > 0 && /[\p{L}\p{N}]/u.test(text[at - 1]) && /^[_h]/.test(text[at]);
      const refused = found?.[0].startsWith("[") && safeHref(found[2]) === null;
      if (found && !inWord && !refused) return [found, make];
    }
    return null;
  };
  while (at < text.length) {
    if (text[at] === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      buffer += text[at + 1];
      at += 2;
      continue;
    }
    const hit = /[`![<*_~h]/.test(text[at]) ? matchHere() : null;
    if (hit) {
      flush();
      nodes.push(hit[1](hit[0]));
      at += hit[0][0].length;
    } else {
      buffer += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}
