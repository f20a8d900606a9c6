// @ts-check
/**
 * Elements without markup strings: text is always a text node, so captured data can never become an
 * element. The only way this code base makes DOM.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `null`, `undefined` and `false` leave it out, `true` sets it empty,
 *   a function listens to the event of that name
 * @param {Child[]} children what is null or false is left out
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter(isShown).map((child) => (typeof child === "number" ? String(child) : child)));
  return element;
}

/** @param {Child} child @returns {child is Node | string | number} */
function isShown(child) {
  return child !== null && child !== undefined && child !== false;
}

/** @param {string} tag @param {Record<string, string>} attributes @param {Node[]} children */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {EventTarget} target @param {string} name @param {any} [detail] an event that climbs to `main.js` */
export function tell(target, name, detail = null) {
  target.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

/** @param {Node} node @param {string} text write only what changed: an untouched text node costs no layout */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
