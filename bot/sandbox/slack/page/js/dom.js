// Makes elements. Text always becomes a text node; nothing in this page parses markup.

const FORBIDDEN = /^(on|style$|srcdoc$|formaction$)/i;
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "indeterminate", "selected"]);
const SVG = "http://www.w3.org/2000/svg";

/** el("button", {class: "x", on: {click}, "data-testid": "y"}, "text", node, null) */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    } else if (FORBIDDEN.test(name)) {
      throw new Error(`the attribute ${name} is never set from here`);
    } else if (PROPERTIES.has(name)) {
      node[name] = value;
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  append(node, children);
  return node;
}

/** Appends nodes and strings, flattens lists, leaves out null, undefined and false. */
export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

/** One <svg> of strokes on a 20 x 20 grid; the look is the CSS's. */
export function svg(paths, className = "icon") {
  const root = document.createElementNS(SVG, "svg");
  root.setAttribute("viewBox", "0 0 20 20");
  root.setAttribute("class", className);
  root.setAttribute("aria-hidden", "true");
  root.setAttribute("focusable", "false");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    root.append(path);
  }
  return root;
}

export const byId = (id) => document.getElementById(id);

let counter = 0;
/** An id for aria-labelledby and its like, unique in this page. */
export const freshId = (stem) => `${stem}-${(counter += 1)}`;

/** Text only for screen readers. */
export const unseen = (text) => el("span", { class: "unseen" }, text);
