// Blocks to elements: which module draws which type, and a visible box for a type that none knows.

import { el } from "../dom.js";
import { markdown } from "../text/markdown.js";
import { richText } from "../text/richtext.js";
import { actions, input } from "./forms.js";
import { alert, context, divider, header, image, section } from "./layout.js";
import { table } from "./table.js";

const DRAWERS = {
  header,
  section,
  context,
  divider,
  image,
  alert,
  actions,
  input,
  table,
  rich_text: (block, surface) => richText(block, surface.directory),
  markdown: (block) => markdown(block.text),
};

const unsupported = (what, type) =>
  el(
    "div",
    { class: "unsupported", "data-testid": "unsupported" },
    `unsupported ${what}: `,
    el("code", {}, String(type)),
  );

/** All blocks of a surface, as one element. */
export function drawBlocks(blocks, surface) {
  surface.begin();
  const drawn = blocks.map((block) => {
    const draw = Object.hasOwn(DRAWERS, block.type) ? DRAWERS[block.type] : null;
    const node = draw ? draw(block, surface) : unsupported("block", block.type);
    node.classList.add("block");
    node.dataset.block = block.type;
    if (block.block_id) node.dataset.blockId = block.block_id;
    return node;
  });
  return el("div", { class: "blocks" }, drawn);
}
