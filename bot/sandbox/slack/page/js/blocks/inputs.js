// Typed inputs: one line, many lines, number, e-mail, address, date, time.

import { el } from "../dom.js";
import { words } from "../text/inline.js";

const TYPES = { number_input: "text", email_text_input: "email", url_text_input: "url" };

export function textInput(item, context) {
  const field = context.field(item.initial_value ?? "");
  const triggers = item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const attributes = {
    class: "text-input",
    "data-action-id": item.action_id,
    placeholder: words(item.placeholder) || null,
    maxlength: item.max_length,
    minlength: item.min_length,
    "aria-required": context.required ? "true" : null,
    inputmode: item.type === "number_input" ? (item.is_decimal_allowed ? "decimal" : "numeric") : null,
    autofocus: item.focus_on_load || null,
    ...context.labels,
    value: field.value ?? "",
    on: {
      input: (event) => {
        field.value = event.target.value;
        if (context.dispatch && triggers.includes("on_character_entered")) context.send(field.value);
      },
      keydown: (event) => {
        const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
        if (enter && context.dispatch && triggers.includes("on_enter_pressed")) {
          event.preventDefault();
          context.send(field.value);
        }
      },
    },
  };
  if (item.multiline) return el("textarea", { ...attributes, rows: 4 });
  return el("input", { ...attributes, type: TYPES[item.type] ?? "text", autocomplete: "off" });
}

const WHEN = {
  datepicker: {
    type: "date",
    initial: (item) => item.initial_date ?? "",
    read: (text) => text,
    write: (value) => value,
  },
  timepicker: {
    type: "time",
    initial: (item) => item.initial_time ?? "",
    read: (text) => text,
    write: (value) => value,
  },
  datetimepicker: {
    type: "datetime-local",
    initial: (item) => item.initial_date_time ?? null,
    read: (text) => (text === "" ? null : Math.floor(new Date(text).getTime() / 1000)),
    write: (value) => (value === null ? "" : localInput(new Date(value * 1000))),
  },
};

/** What <input type="datetime-local"> wants: local time without an offset. */
function localInput(date) {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

export function whenPicker(item, context) {
  const { type, initial, read, write } = WHEN[item.type];
  const field = context.field(initial(item));
  return el("input", {
    class: "text-input when-input",
    type,
    "data-action-id": item.action_id,
    "aria-required": context.required ? "true" : null,
    ...context.labels,
    value: write(field.value) ?? "",
    on: {
      change: (event) => {
        field.value = read(event.target.value);
        if (context.dispatch && field.value) context.send(field.value);
      },
    },
  });
}
