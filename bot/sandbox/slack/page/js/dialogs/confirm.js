// The confirm dialog that an element asks for before its click is sent.

import { el, freshId } from "../dom.js";
import { plain, textObject, words } from "../text/inline.js";

/** True when confirmed; Escape and the backdrop mean no. */
export function confirm(asked, directory) {
  return new Promise((resolve) => {
    const title = freshId("confirm");
    const opener = document.activeElement;
    const answer = (yes) => () => dialog.close(yes ? "yes" : "no");
    const risky = asked.style === "danger";
    const style = risky ? "button-danger" : "button-primary";
    const dialog = el(
      "dialog",
      { class: "dialog confirm", "aria-labelledby": title, "data-testid": "confirm" },
      el("h2", { class: "dialog-title", id: title }, plain(words(asked.title))),
      el("div", { class: "dialog-body text" }, textObject(asked.text, directory)),
      el(
        "div",
        { class: "dialog-foot" },
        el(
          "button",
          {
            type: "button",
            class: "button",
            "data-testid": "confirm-deny",
            autofocus: risky,
            on: { click: answer(false) },
          },
          plain(words(asked.deny) || "Cancel"),
        ),
        el(
          "button",
          {
            type: "button",
            class: `button ${style}`,
            "data-testid": "confirm-yes",
            autofocus: !risky,
            on: { click: answer(true) },
          },
          plain(words(asked.confirm) || "OK"),
        ),
      ),
    );
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close("no");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener?.isConnected) opener.focus();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
