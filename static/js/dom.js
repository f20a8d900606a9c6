// @ts-check
/**
 * Elements without markup strings: text is always a text node, so captured data can never become an
 * element. The only way this code base makes DOM.
 */

/**
 * @template {string} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} attributes a function listens to the event of that name; `true` sets it empty,
 *   `false` leaves it out
 * @param {Child[]} children
 * @returns {Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  fill(element, ...children);
  return /** @type {any} */ (element);
}

/** @param {Element} element @param {Child[]} children its new content; null, undefined, false and "" are left out */
export function fill(element, ...children) {
  element.replaceChildren(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
}

/** @param {string} name of a picture in `icons.css` */
export function icon(name) {
  return h("i", { class: "icon", "data-icon": name, "aria-hidden": "true" });
}

/** @param {string} tag @param {Record<string, string>} attributes @param {Node[]} children */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {EventTarget} target @param {string} name @param {any} [detail] an event that climbs to `main.js` */
export function tell(target, name, detail) {
  target.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

/** @param {Node} node @param {string} text write only what changed: an untouched text node costs no layout */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
