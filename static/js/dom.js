// @ts-check
/**
 * Elements without markup strings: text is always a text node, so captured data can never become an
 * element. The only way this code base makes DOM.
 */

/**
 * @template {string} Tag
 * @param {Tag} tag the element's name, and its classes behind dots: `p.note`
 * @param {[attributes: Record<string, any>, ...children: Child[]] | Child[]} content of the attributes a function
 *   listens to the event of that name; `true` sets it empty, `false` leaves it out
 * @returns {Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag]
 *   : Tag extends `${infer Name extends keyof HTMLElementTagNameMap}.${string}` ? HTMLElementTagNameMap[Name] : HTMLElement}
 */
export function h(tag, ...content) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  if (content[0]?.constructor === Object) setAttributes(element, content.shift());
  fill(element, .../** @type {Child[]} */ (content));
  return /** @type {any} */ (element);
}

/** @param {Element} element @param {any} attributes */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
}

/** @param {Element} element @param {Child[]} children its new content; null, undefined, false and "" are left out */
export function fill(element, ...children) {
  element.replaceChildren(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
}

/** A link that leads away from Echoscope. @param {string} href @param {string} text */
export function linkAway(href, text) {
  return h("a", { href, rel: "noreferrer noopener", target: "_blank" }, text);
}

/** @param {string} name of a picture in `icons.css` */
export function icon(name) {
  return h("i.icon", { "data-icon": name, "aria-hidden": "true" });
}

/** @param {string} tag @param {Record<string, string>} attributes @param {Node[]} children */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** @param {EventTarget} target @param {string} name @param {any} [detail] an event that climbs to `main.js` */
export function tell(target, name, detail) {
  target.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

/** @param {HTMLDialogElement} dialog to open @returns {Promise<string>} the value of the button that closed it; "no" for Escape */
export function answerOf(dialog) {
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

/** @param {Node} node @param {string} text write only what changed: an untouched text node costs no layout */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
