// The overflow menu: three dots that open one to five options, some of which are links.

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { openMenu } from "../dialogs/menu.js";
import { plain, words } from "../text/inline.js";

export function overflow(item, context) {
  const entries = (item.options ?? []).map((option) => ({
    label: plain(words(option.text)),
    detail: option.description ? words(option.description) : "",
    url: option.url,
    value: option.value,
  }));
  const open = () => openMenu({ anchor: button, entries, onPick: (entry) => context.send(entry.value) });
  const button = el(
    "button",
    {
      type: "button",
      class: "button button-icon",
      "data-testid": "action",
      "data-action-id": item.action_id,
      "aria-haspopup": "menu",
      "aria-label": "More actions",
      on: { click: open },
    },
    icon("more"),
  );
  return button;
}
