// Select menus: one of many, or several of many, out of given options, people or channels.

import { el, replace } from "../dom.js";
import { icon } from "../icons.js";
import { avatar } from "../avatar.js";
import { openPicker } from "../dialogs/picker.js";
import { plain, words } from "../text/inline.js";

const given = (option) => ({
  value: option.value,
  label: words(option.text),
  detail: option.description ? words(option.description) : "",
});

/** The choices of an element, as groups of {value, label, detail, sign?}. */
function groupsOf(item, directory) {
  if (item.option_groups) {
    return item.option_groups.map((group) => ({ label: words(group.label), options: group.options.map(given) }));
  }
  if (item.type.endsWith("users_select")) {
    const people = [...directory.users.values()].filter((user) => !user.deleted && user.id !== "USLACKBOT");
    const options = people.map((user) => ({
      value: user.id,
      label: directory.userName(user.id),
      detail: `@${user.name}`,
      sign: () => avatar(user.id, directory, "avatar-small"),
    }));
    return [{ label: "", options }];
  }
  if (item.type.endsWith("channels_select") || item.type.endsWith("conversations_select")) {
    const options = directory.sortedChannels().map((channel) => ({
      value: channel.id,
      label: channel.name,
      detail: "",
      sign: () => icon(channel.is_private ? "lock" : "hash"),
    }));
    return [{ label: "", options }];
  }
  return [{ label: "", options: (item.options ?? []).map(given) }];
}

function initialOne(item) {
  return item.initial_option?.value ?? item.initial_user ?? item.initial_conversation ?? item.initial_channel ?? null;
}

function initialMany(item) {
  const options = item.initial_options?.map((option) => option.value);
  return options ?? item.initial_users ?? item.initial_conversations ?? item.initial_channels ?? [];
}

function opener(item, context, draw, open) {
  const label = el("span", { class: "select-label" });
  const button = el(
    "button",
    {
      type: "button",
      class: "select",
      "data-testid": "action",
      "data-action-id": item.action_id,
      "aria-haspopup": "listbox",
      ...context.labels,
      on: { click: () => open(button) },
    },
    label,
    icon("down"),
  );
  const show = () => {
    const chosen = draw();
    replace(label, chosen.length ? chosen : words(item.placeholder) || "Select an option");
    label.classList.toggle("is-placeholder", chosen.length === 0);
    const said = chosen.length ? label.textContent : "nothing selected";
    if (context.inInput) button.setAttribute("aria-description", said);
    else button.setAttribute("aria-label", `${words(item.placeholder) || item.action_id}: ${said}`);
  };
  show();
  return { button, show };
}

const find = (groups, value) => groups.flatMap((group) => group.options).find((option) => option.value === value);

export function select(item, context) {
  const groups = groupsOf(item, context.directory);
  const field = context.field(initialOne(item));
  const draw = () => {
    const option = field.value === null ? null : find(groups, field.value);
    return option ? [option.sign?.(), ...plain(option.label)].filter(Boolean) : [];
  };
  const choose = async ([value]) => {
    const before = field.value;
    field.value = value;
    show();
    const sent = !context.dispatch || (await context.send(value));
    if (!sent && item.confirm) {
      field.value = before;
      show();
    }
  };
  const { button, show } = opener(item, context, draw, (anchor) =>
    openPicker({ anchor, groups, selected: [field.value], multiple: false, onDone: choose }),
  );
  return button;
}

export function multiSelect(item, context) {
  const groups = groupsOf(item, context.directory);
  const field = context.field(initialMany(item));
  const draw = () =>
    field.value
      .map((value) => find(groups, value))
      .filter(Boolean)
      .map((option) => el("span", { class: "token" }, option.sign?.(), plain(option.label)));
  const choose = (values) => {
    const changed = JSON.stringify(values) !== JSON.stringify(field.value);
    field.value = values;
    show();
    if (changed && context.dispatch) context.send(values);
  };
  const { button, show } = opener(item, context, draw, (anchor) =>
    openPicker({
      anchor,
      groups,
      selected: field.value,
      multiple: true,
      most: item.max_selected_items,
      onDone: choose,
    }),
  );
  return button;
}
