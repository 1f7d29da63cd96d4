// The app's modal on top of the page: its blocks, its errors at their fields, submit and close.

import { byId, el, freshId, replace } from "../dom.js";
import { drawBlocks } from "../blocks/index.js";
import { setFieldError } from "../blocks/forms.js";
import { icon } from "../icons.js";
import { Surface } from "../surface.js";
import { plain, words } from "../text/inline.js";
import { missing } from "./validation.js";

const TROUBLE = {
  operation_timeout: "We had some trouble connecting. Try again?",
  dispatch_failed: "The app could not be reached. Try again?",
};

export class ModalHost {
  constructor(workspace) {
    this.workspace = workspace;
    this.surfaces = new Map(); // by view id: what was entered stays while a view lies below another
    this.dialog = null;
    this.view = null;
    workspace.on("view", () => this.show(workspace.view));
  }

  show(view) {
    if (view === null) {
      this.surfaces.clear();
      this.view = null;
      this.dialog?.close();
      return;
    }
    this.view = view;
    this.dialog ??= this.open();
    this.draw();
  }

  open() {
    const opener = document.activeElement;
    const title = freshId("modal");
    this.title = el("h2", { class: "dialog-title", id: title });
    this.body = el("div", { class: "dialog-body", tabindex: "-1" });
    this.trouble = el("div", { class: "dialog-trouble", role: "alert", hidden: true });
    this.foot = el("div", { class: "dialog-foot" });
    const form = el(
      "form",
      { class: "dialog-form", novalidate: true, on: { submit: (event) => this.submit(event) } },
      el(
        "div",
        { class: "dialog-head" },
        this.title,
        el(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": "Close",
            "data-testid": "modal-close",
            on: { click: () => this.leave({ clear: true }) }, // docs: the x exits the whole modal
          },
          icon("close"),
        ),
      ),
      this.body,
      this.trouble,
      this.foot,
    );
    const dialog = el("dialog", { class: "dialog modal", "aria-labelledby": title, "data-testid": "modal" }, form);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault(); // Escape closes the view, and the app says what lies below
      this.leave();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      this.dialog = null;
      if (this.view !== null) this.leave(); // a second Escape closes it without asking
      const back = opener?.isConnected && opener !== document.body ? opener : byId("composer");
      back?.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
  }

  draw() {
    const { view } = this;
    const known = this.surfaces.has(view.id);
    if (!known) {
      this.surfaces.set(
        view.id,
        new Surface({ workspace: this.workspace, address: { view_id: view.id }, kind: "modal" }),
      );
    }
    const focused = this.dialog.contains(document.activeElement) ? document.activeElement.dataset.actionId : undefined;
    this.dialog.dataset.viewId = view.id;
    replace(this.title, plain(words(view.title)));
    replace(this.body, drawBlocks(view.blocks ?? [], this.surfaces.get(view.id)));
    this.trouble.hidden = true;
    const inputs = (view.blocks ?? []).some((block) => block.type === "input");
    const submit = words(view.submit) || (inputs ? "Submit" : "");
    this.submitButton = submit
      ? el(
        "button",
        { type: "submit", class: "button button-primary", "data-testid": "modal-submit" },
        el("span", { class: "button-label" }, plain(submit)),
      )
      : null;
    replace(
      this.foot,
      el(
        "button",
        { type: "button", class: "button", "data-testid": "modal-cancel", on: { click: () => this.leave() } },
        plain(words(view.close) || (submit ? "Cancel" : "Close")),
      ),
      this.submitButton,
    );
    const again = focused ? this.body.querySelector(`[data-action-id="${CSS.escape(focused)}"]`) : null;
    const first = this.body.querySelector("[autofocus], input, textarea, button, select");
    (again ?? (known ? null : first) ?? (known ? null : this.body))?.focus({ preventScroll: known });
  }

  async leave({ clear = false } = {}) {
    const { view, workspace } = this;
    if (view === null) return;
    try {
      await workspace.api.act("close", { user: workspace.me, view_id: view.id, clear });
      if (!workspace.live && workspace.view?.id === view.id) this.show(null);
    } catch (error) {
      workspace.toast(error.message);
      this.show(null);
    }
  }

  async submit(event) {
    event.preventDefault();
    const { view, workspace } = this;
    if (this.submitButton === null || this.submitButton.classList.contains("is-pending")) return;
    const surface = this.surfaces.get(view.id);
    const found = missing(view.blocks ?? [], surface.values());
    if (this.errors(found)) return;
    const button = this.submitButton;
    button.classList.add("is-pending");
    button.setAttribute("aria-busy", "true");
    this.trouble.hidden = true;
    try {
      const answer = await workspace.api.act(
        "submit",
        { user: workspace.me, view_id: view.id, values: surface.values() },
      );
      if (this.view?.id === view.id && !this.errors(answer.errors ?? {}) && !answer.ok) this.say(answer.error);
    } catch (error) {
      this.say(error.message);
    } finally {
      button.classList.remove("is-pending");
      button.removeAttribute("aria-busy");
    }
  }

  say(error) {
    replace(this.trouble, icon("warning"), TROUBLE[error] ?? String(error ?? "That did not work."));
    this.trouble.hidden = false;
  }

  /** Shows errors at their fields and goes to the first; true when there are any. */
  errors(errors) {
    let first = null;
    for (const node of this.body.querySelectorAll('[data-block="input"]')) {
      const control = setFieldError(node, errors[node.dataset.blockId]);
      if (errors[node.dataset.blockId]) first ??= control;
    }
    first?.focus();
    return Object.keys(errors).length > 0;
  }
}
