// The table block: first row as header, alignment and wrapping by column_settings, scrolled sideways where narrow.

import { el } from "../dom.js";
import { richText } from "../text/richtext.js";

const ALIGN = new Set(["left", "center", "right"]);

function content(cell, surface) {
  switch (cell?.type) {
    case "rich_text":
      return richText(cell, surface.directory);
    case "raw_number":
      return cell.text ?? String(cell.value ?? "");
    case "raw_text":
      return cell.text ?? "";
    default:
      return el("span", { class: "unsupported-inline" }, `[${cell?.type ?? "empty"}]`);
  }
}

export function table(block, surface) {
  const rows = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const classes = (index) => {
    const column = settings[index] ?? {};
    const align = ALIGN.has(column.align) ? column.align : "left";
    return `align-${align}${column.is_wrapped ? " wrapped" : ""}`;
  };
  const row = (cells, tag) =>
    el(
      "tr",
      {},
      cells.map((cell, index) =>
        el(
          tag,
          { class: classes(index), scope: tag === "th" ? "col" : null },
          el("div", { class: "cell" }, content(cell, surface)),
        ),
      ),
    );
  const [head, ...body] = rows;
  return el(
    "div",
    { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table", "data-testid": "table" },
    el(
      "table",
      { class: "data" },
      head ? el("thead", {}, row(head, "th")) : null,
      el("tbody", {}, body.map((cells) => row(cells, "td"))),
    ),
  );
}
