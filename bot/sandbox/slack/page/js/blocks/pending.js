// What an element shows while the app has not acknowledged its click: a spinner, and afterwards a warning
// sign when it never did.

import { el, unseen } from "../dom.js";
import { icon } from "../icons.js";
import { confirm } from "../dialogs/confirm.js";

const REASONS = {
  operation_timeout: "The app did not respond in time.",
  dispatch_failed: "The app could not be reached.",
};

/** Asks for confirmation where the element wants it, sends, and shows on `host` how that goes. True: acknowledged. */
export async function send(surface, host, element, blockId, value) {
  if (host.classList.contains("is-pending")) return false;
  if (element.confirm && !(await confirm(element.confirm, surface.directory))) return false;
  host.classList.remove("is-failed");
  host.querySelector(".failed-sign")?.remove();
  host.classList.add("is-pending");
  host.setAttribute("aria-busy", "true");
  const answer = await surface.act({ actionId: element.action_id, blockId, value });
  host.classList.remove("is-pending");
  host.removeAttribute("aria-busy");
  if (!answer.ok) fail(host, answer.error);
  return Boolean(answer.ok);
}

function fail(host, error) {
  const reason = REASONS[error] ?? `That did not work: ${error}`;
  host.classList.add("is-failed");
  host.append(
    el(
      "span",
      { class: "failed-sign", role: "img", title: reason, "aria-label": reason, "data-testid": "failed-sign" },
      icon("warning"),
    ),
    unseen(reason),
  );
}
