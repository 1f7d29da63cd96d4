// Block elements: which module draws which. Each element is a host <div> that shows its pending state.

import { el } from "../dom.js";
import { safeHref } from "../links.js";
import { plain, words } from "../text/inline.js";
import { checkboxes, radioButtons } from "./choices.js";
import { overflow } from "./overflow.js";
import { send } from "./pending.js";
import { multiSelect, select } from "./selects.js";
import { textInput, whenPicker } from "./inputs.js";

function button(item, context) {
  const href = item.url ? safeHref(item.url) : null;
  const style = item.style === "primary" || item.style === "danger" ? `button-${item.style}` : "";
  const label = el("span", { class: "button-label" }, plain(words(item.text), item.text?.emoji !== false));
  const attributes = {
    class: `button ${style}`.trim(),
    "data-testid": "action",
    "data-action-id": item.action_id,
    "aria-label": item.accessibility_label,
    on: { click: () => context.send(item.value) },
  };
  if (href) return el("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer" }, label);
  return el("button", { ...attributes, type: "button" }, label);
}

const KINDS = {
  button,
  overflow,
  checkboxes,
  radio_buttons: radioButtons,
  plain_text_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  number_input: textInput,
  datepicker: whenPicker,
  timepicker: whenPicker,
  datetimepicker: whenPicker,
  static_select: select,
  users_select: select,
  conversations_select: select,
  channels_select: select,
  multi_static_select: multiSelect,
  multi_users_select: multiSelect,
  multi_conversations_select: multiSelect,
  multi_channels_select: multiSelect,
};

/**
 * Draws one element. In an input block it only remembers its value, unless `dispatch`; elsewhere each choice
 * is sent. `labelledBy`, `describedBy`: ids of the block's label, hint and error.
 */
export function element(item, blockId, surface, { dispatch = true, labelledBy, describedBy, required } = {}) {
  const host = el("div", { class: `element element-${String(item?.type).replace(/[^a-z_]/g, "")}` });
  const kind = Object.hasOwn(KINDS, item?.type) ? KINDS[item.type] : null;
  if (kind === null) {
    host.append(el("span", { class: "unsupported" }, "unsupported element: ", el("code", {}, String(item?.type))));
    return host;
  }
  const context = {
    surface,
    directory: surface.directory,
    host,
    inInput: labelledBy !== undefined,
    dispatch,
    required,
    labels: labelledBy
      ? { "aria-labelledby": labelledBy, "aria-describedby": describedBy }
      : { "aria-label": words(item.placeholder) || item.action_id },
    field: (initial) => surface.field(blockId, item.action_id, initial),
    send: (value) => send(surface, host, item, blockId, value),
  };
  host.append(kind(item, context));
  return host;
}
