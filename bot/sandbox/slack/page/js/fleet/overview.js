// The top of the fleet's panel: how many servers are how, and how much quota is left.

import { el, replace } from "../dom.js";
import { icon, statusSign } from "../icons.js";
import { ranked, untilWords } from "./words.js";

const NARROWEST = 1.5; // percent; a single failed server stays visible in the bar

export class Overview {
  constructor() {
    this.counts = el("div", { class: "overview-counts" });
    this.quota = el("div", { class: "overview-quota", "data-testid": "fleet-quota" });
    this.node = el("section", { class: "overview", "aria-label": "The fleet now" }, this.counts, this.quota);
  }

  draw(state) {
    const { servers, quota } = state;
    const statuses = ranked(servers.by_status);
    replace(
      this.counts,
      el(
        "div",
        { class: "overview-total" },
        el("b", { "data-testid": "fleet-total" }, servers.total.toLocaleString("en-US")),
        " servers",
      ),
      el("div", { class: "bar", "aria-hidden": "true" }, statuses.map((entry) => segment(entry, servers.total))),
      el(
        "ul",
        { class: "legend", "data-testid": "fleet-statuses" },
        statuses.map(({ status, count, kind }) =>
          el(
            "li",
            { "data-status": status },
            statusSign(kind),
            el("span", {}, status),
            el("b", {}, count.toLocaleString("en-US")),
          ),
        ),
      ),
    );
    this.drawQuota(quota, state.now);
  }

  drawQuota(quota, now) {
    const share = quota.limit > 0 ? quota.remaining / quota.limit : 0;
    const fill = el("span", { class: share < 0.1 ? "meter-fill is-low" : "meter-fill" });
    fill.style.width = `${Math.max(0, Math.min(100, share * 100))}%`;
    replace(
      this.quota,
      el(
        "div",
        { class: "quota-line" },
        icon("gauge"),
        el(
          "span",
          {},
          el("b", {}, quota.remaining.toLocaleString("en-US")),
          ` of ${quota.limit.toLocaleString("en-US")} requests left`,
        ),
        el("span", { class: "quota-reset" }, `resets in ${untilWords(quota.resets_at, now)}`),
      ),
      el("div", { class: "meter", "aria-hidden": "true" }, fill),
    );
  }
}

function segment({ count, kind }, total) {
  const node = el("span", { class: `bar-part is-${kind}` });
  node.style.flexGrow = String(Math.max(count, (total * NARROWEST) / 100));
  return node;
}
