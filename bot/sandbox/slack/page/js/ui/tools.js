// What one can do with a message: react, reply in a thread, edit or delete one's own.

import { el, replace } from "../dom.js";
import { icon } from "../icons.js";
import { openMenu } from "../dialogs/menu.js";
import { openPopover } from "../dialogs/popover.js";
import { emoji } from "../text/emoji.js";
import { unescape } from "../text/mrkdwn.js";

const REACTIONS = ["white_check_mark", "eyes", "+1", "-1", "tada", "heart", "rotating_light", "question"];

/** The tools of one row; none on what only one reader sees or nobody can see any more. */
export function messageTools(row, message) {
  if (message.ephemeral_to || message.deleted) return [];
  const { workspace } = row;
  const tool = (name, label, testId, click) => {
    const button = el(
      "button",
      {
        type: "button",
        class: "tool",
        "data-testid": testId,
        title: label,
        "aria-label": label,
        on: { click: () => click(button) },
      },
      icon(name),
    );
    return button;
  };
  const mine = message.user === workspace.me;
  return [
    tool("smile", "Add a reaction", "react", (button) => pickReaction(workspace, message, button)),
    row.inThread ? null : tool(
      "thread",
      "Reply in thread",
      "reply",
      () => workspace.openThread(message.thread_ts ?? message.ts),
    ),
    mine ? tool("more", "More actions", "more", (button) => ownMenu(row, message, button)) : null,
  ];
}

async function act(workspace, what, body) {
  try {
    await workspace.api.act(what, { user: workspace.me, ...body });
    return true;
  } catch (error) {
    workspace.toast(error.message);
    return false;
  }
}

/** Adds a reaction, or takes back one's own. */
export function react(workspace, { channel, ts }, name, remove) {
  return act(workspace, "react", { channel, ts, name, ...(remove ? { remove: true } : {}) });
}

function pickReaction(workspace, message, anchor) {
  const own = (message.reactions ?? []).filter(({ users }) => users.includes(workspace.me));
  const mine = (name) => own.some((reaction) => reaction.name === name);
  const choices = REACTIONS.map((name) =>
    el(
      "button",
      {
        type: "button",
        class: "reaction-choice",
        "data-testid": "reaction-choice",
        "data-name": name,
        "aria-label": name.replaceAll("_", " "),
        on: {
          click: () => {
            popover.close();
            react(workspace, message, name, mine(name));
          },
        },
      },
      emoji(name),
    ),
  );
  const popover = openPopover({
    anchor,
    content: el("div", { class: "reaction-choices", role: "group", "aria-label": "Reactions" }, choices),
  });
  choices[0].focus();
}

function ownMenu(row, message, anchor) {
  const { channel, ts } = message;
  const entries = [
    { label: "Edit message", pick: () => edit(row, message) },
    { label: "Delete message", pick: () => act(row.workspace, "delete", { channel, ts }) },
  ];
  openMenu({ anchor, entries, onPick: (entry) => entry.pick() });
}

/** Replaces the words by a field until they are saved or left as they were. */
function edit(row, message) {
  const { channel, ts } = message;
  const before = [...row.body.childNodes];
  const done = () => replace(row.body, before);
  const save = async () => {
    const text = input.value.trim();
    if (text === "") return;
    if (text === said) done();
    else if (await act(row.workspace, "edit", { channel, ts, text })) input.disabled = true;
  };
  const said = typed(message.text, row.workspace.directory);
  const input = el("textarea", {
    class: "text-input",
    rows: Math.min(8, said.split("\n").length + 1),
    "aria-label": "Edit the message",
    "data-testid": "edit",
    value: said,
    on: {
      keydown: (event) => {
        if (event.isComposing) return;
        if (event.key === "Enter" && !event.shiftKey) {
          event.preventDefault();
          save();
        } else if (event.key === "Escape") {
          event.preventDefault();
          done();
        }
      },
    },
  });
  replace(
    row.body,
    el(
      "div",
      { class: "edit" },
      input,
      el(
        "div",
        { class: "actions" },
        el(
          "button",
          {
            type: "button",
            class: "button button-small button-primary",
            "data-testid": "edit-save",
            on: { click: save },
          },
          "Save",
        ),
        el("button", { type: "button", class: "button button-small", on: { click: done } }, "Cancel"),
      ),
    ),
  );
  input.focus();
}

/** A stored text as it was typed: names instead of references, nothing escaped. */
function typed(text, directory) {
  const reference = /<(@[UW][A-Z0-9]+|#C[A-Z0-9]+)(?:\|[^>]*)?>|<([^<>|]+)(?:\|[^>]*)?>/g;
  const back = text.replace(reference, (whole, name, address) => {
    if (address) return address;
    const id = name.slice(1);
    const known = (name.startsWith("@") ? directory.users : directory.channels).get(id)?.name;
    return known ? name[0] + known : whole;
  });
  return unescape(back);
}
