// The blocks that take something in: actions, and input with its label, hint and error.

import { el, freshId } from "../dom.js";
import { plain, words } from "../text/inline.js";
import { element as drawElement } from "./elements.js";

export function actions(block, surface) {
  const elements = (block.elements ?? []).map((item) => drawElement(item, block.block_id, surface));
  return el("div", { class: "actions", role: "group", "aria-label": "Actions" }, elements);
}

export function input(block, surface) {
  const ids = { label: freshId("label"), hint: freshId("hint"), error: freshId("error") };
  const host = drawElement(block.element, block.block_id, surface, {
    dispatch: Boolean(block.dispatch_action),
    labelledBy: ids.label,
    describedBy: `${ids.hint} ${ids.error}`,
    required: !block.optional,
  });
  const node = el(
    "div",
    { class: "input", "data-testid": "field" },
    el(
      "div",
      { class: "input-label", id: ids.label },
      plain(words(block.label)),
      block.optional ? el("span", { class: "optional" }, " (optional)") : null,
    ),
    host,
    el("div", { class: "field-error", id: ids.error, "data-testid": "field-error", role: "alert", hidden: true }),
    block.hint ? el("div", { class: "hint", id: ids.hint }, plain(words(block.hint))) : null,
  );
  // a click on the label goes to the input, as <label for> would for a single native one
  node.firstChild.addEventListener("click", () => focusable(host)?.focus());
  return node;
}

const focusable = (node) => node.querySelector("input, textarea, select, button");

/** Shows or clears an error at a field; returns what should get the focus. */
export function setFieldError(node, text) {
  const error = node.querySelector(".field-error");
  error.textContent = text ?? "";
  error.hidden = !text;
  node.classList.toggle("has-error", Boolean(text));
  const control = focusable(node);
  if (text) control?.setAttribute("aria-invalid", "true");
  else control?.removeAttribute("aria-invalid");
  return control;
}
