// @ts-check
/**
 * Two small controls that panels share: one of several, and on or off.
 */
import { h } from "../dom.js";

const MANY = 7; // from there on they do not stand in one line

/**
 * @param {string} label of the group @param {Record<string, string>} options title of each
 * @param {string} chosen @param {(name: string) => void} choose
 */
export function choice(label, options, chosen, choose) {
  const group = h("div.choice", { role: "group", "aria-label": label });
  const pressed = (/** @type {string} */ name) => () => {
    for (const button of group.querySelectorAll("button")) button.ariaPressed = String(button.dataset.view === name);
    choose(name);
  };
  group.toggleAttribute("data-many", Object.keys(options).length > MANY);
  group.append(...Object.entries(options).map(([name, title]) =>
    h("button", { type: "button", "data-view": name, "aria-pressed": String(name === chosen), click: pressed(name) }, title)));
  return group;
}

/** @param {string} title @param {boolean} isOn @param {(isOn: boolean) => void} change */
export function toggle(title, isOn, change) {
  const button = h("button.toggle", { type: "button", "aria-pressed": String(isOn), click: () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    change(button.ariaPressed === "true");
  } }, title);
  return button;
}
