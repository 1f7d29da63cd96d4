// Avatars made of initials and a colour that stays with the id; the app's is its mark.

import { el, svg } from "./dom.js";

const HUES = 10;
const MARK = [
  "M13.6 13.4H6.4a3 3 0 0 1-.5-5.96 4.2 4.2 0 0 1 8.15-.9 3.45 3.45 0 0 1-.45 6.86z",
  "M7.8 10.3l1.6 1.5 2.9-3",
];

function hue(id) {
  let sum = 7;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return sum % HUES;
}

function initials(name) {
  const parts = name.trim().split(/\s+/).filter((part) => /[\p{L}\p{N}]/u.test(part));
  const letters = (parts.length > 1 ? [parts[0], parts.at(-1)] : parts).map((part) => /[\p{L}\p{N}]/u.exec(part)[0]);
  return letters.join("").toUpperCase() || "?";
}

export function avatar(id, directory, size = "") {
  const className = `avatar ${size}`.trim();
  if (directory.isApp(id)) return el(
    "span",
    { class: `${className} avatar-app`, "aria-hidden": "true" },
    svg(MARK, "mark"),
  );
  if (id === "USLACKBOT") return el("span", { class: `${className} avatar-slackbot`, "aria-hidden": "true" }, "S");
  const name = directory.userName(id) ?? id;
  return el("span", { class: `${className} hue-${hue(id)}`, "aria-hidden": "true" }, initials(name));
}
