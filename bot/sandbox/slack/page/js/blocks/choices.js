// Checkboxes and radio buttons, with the descriptions that their options may bear.

import { el, freshId } from "../dom.js";
import { textObject } from "../text/inline.js";

function choice(type, option, checked, name, directory, onChange) {
  const box = el("input", { type, name, value: option.value, checked, on: { change: onChange } });
  return el(
    "label",
    { class: "choice" },
    box,
    el(
      "span",
      { class: "choice-text" },
      el("span", {}, textObject(option.text, directory)),
      option.description ? el(
        "span",
        { class: "choice-description" },
        textObject(option.description, directory),
      ) : null,
    ),
  );
}

function group(item, { labels, inInput }, role, children) {
  const own = inInput ? labels : { "aria-label": item.action_id };
  return el("div", { class: "choices", role, "data-action-id": item.action_id, ...own }, children);
}

export function checkboxes(item, context) {
  const field = context.field((item.initial_options ?? []).map((option) => option.value));
  const changed = async (event) => {
    const before = field.value;
    const { value, checked } = event.target;
    field.value = checked ? [...before, value] : before.filter((other) => other !== value);
    if (context.dispatch && !(await context.send(field.value)) && item.confirm) {
      field.value = before;
      event.target.checked = !checked;
    }
  };
  const options = item.options.map((option) =>
    choice("checkbox", option, field.value.includes(option.value), null, context.directory, changed),
  );
  return group(item, context, "group", options);
}

export function radioButtons(item, context) {
  const field = context.field(item.initial_option?.value ?? null);
  const name = freshId("radio");
  const changed = (event) => {
    field.value = event.target.value;
    if (context.dispatch) context.send(field.value);
  };
  const options = item.options.map((option) =>
    choice("radio", option, field.value === option.value, name, context.directory, changed),
  );
  return group(item, context, "radiogroup", options);
}
