// A list to choose from, with a filter: the panel of every select menu. Arrows move, Enter chooses, Escape leaves.

import { el, freshId, replace } from "../dom.js";
import { icon } from "../icons.js";
import { plain } from "../text/inline.js";
import { openPopover } from "./popover.js";

const FILTER_FROM = 8; // fewer options than that need no filter
const SHOWN = 200;

/**
 * groups: [{label, options: [{value, label, detail, sign?}]}]. `onDone(values)` gets the chosen ones: at once
 * for a single choice, when the panel closes for several (`multiple`, at most `most`).
 */
export function openPicker({ anchor, groups, selected, multiple, most = Infinity, onDone }) {
  const chosen = new Set(selected.filter((value) => value !== null));
  const id = freshId("picker");
  const total = groups.reduce((sum, group) => sum + group.options.length, 0);
  let shown = [];
  let active = 0;
  let picked = multiple;

  const list = el(
    "div",
    { class: "picker-list", role: "listbox", id, "aria-multiselectable": multiple ? "true" : null },
  );
  const filter = el("input", {
    class: "picker-filter",
    type: "text",
    role: "combobox",
    placeholder: "Filter",
    autocomplete: "off",
    "aria-label": "Filter",
    "aria-expanded": "true",
    "aria-controls": id,
    "data-testid": "picker-filter",
    on: { input: () => draw(0) },
  });
  if (total < FILTER_FROM) filter.classList.add("unseen");

  const mark = () => {
    shown.forEach(({ node }, index) => node.classList.toggle("is-active", index === active));
    const node = shown[active]?.node;
    if (node) filter.setAttribute("aria-activedescendant", node.id);
    else filter.removeAttribute("aria-activedescendant");
    node?.scrollIntoView({ block: "nearest" });
  };

  const optionNode = (option) =>
    el(
      "div",
      {
        class: "picker-option",
        role: "option",
        id: freshId("option"),
        "aria-selected": chosen.has(option.value) ? "true" : "false",
        "data-testid": "picker-option",
        "data-value": option.value,
        on: { click: () => choose(option), mousedown: (event) => event.preventDefault() },
      },
      el("span", { class: "picker-check" }, chosen.has(option.value) ? icon("check") : null),
      option.sign?.() ?? null,
      el("span", { class: "picker-label" }, plain(option.label)),
      option.detail ? el("span", { class: "picker-detail" }, option.detail) : null,
    );

  const draw = (at) => {
    const wanted = filter.value.trim().toLowerCase();
    shown = [];
    const nodes = groups.map((group) => {
      const options = group.options
        .filter((option) => `${option.label} ${option.detail}`.toLowerCase().includes(wanted))
        .slice(0, SHOWN)
        .map((option) => {
          const node = optionNode(option);
          shown.push({ option, node });
          return node;
        });
      if (!options.length) return null;
      return [group.label ? el("div", { class: "picker-group" }, plain(group.label)) : null, options];
    });
    replace(list, nodes, shown.length === 0 ? el("div", { class: "picker-empty" }, "No matches") : null);
    active = Math.max(0, Math.min(at, shown.length - 1));
    mark();
  };

  const choose = (option) => {
    if (!multiple) {
      chosen.clear();
      chosen.add(option.value);
      picked = true;
      popover.close();
      return;
    }
    if (chosen.has(option.value)) chosen.delete(option.value);
    else if (chosen.size < most) chosen.add(option.value);
    draw(active);
  };

  const keys = (event) => {
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 8, PageUp: active - 8 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      active = Math.max(0, Math.min(to, shown.length - 1));
      mark();
    } else if (event.key === "Enter" && shown[active]) {
      event.preventDefault();
      choose(shown[active].option);
    } else if (event.key === "Tab") {
      popover.close();
    }
  };

  const panel = el("div", { class: "picker", "data-testid": "picker", on: { keydown: keys } }, filter, list);
  const popover = openPopover({
    anchor,
    content: panel,
    onClose: () => {
      if (picked) onDone([...chosen]);
    },
  });
  const first = groups.flatMap((group) => group.options).findIndex((option) => chosen.has(option.value));
  draw(Math.max(0, first));
  popover.place();
  filter.focus();
}
