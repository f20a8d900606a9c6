// @ts-check
/**
 * What can be done with several exchanges that were chosen. Data comes by `show`; up goes `command` (detail: the
 * chosen one, of `keys.js`) and `pick-none`.
 */
import { fill, h, icon, tell } from "../dom.js";
import { countOf } from "../format.js";
import { COMMANDS } from "../keys.js";

/** @type {[action: string, title: string][]} */
const DEEDS = [["compare", "Compare"], ["pin", "Pin"], ["transfer", "Export"], ["delete", "Delete"]];

customElements.define("pick-bar", class extends HTMLElement {
  /** @param {number} size how many are chosen */
  show(size) {
    this.hidden = size === 0;
    if (size === 0) return;
    const deeds = DEEDS.filter(([action]) => action !== "compare" || size === 2);
    fill(this, h("span", `${countOf(size, "exchange")} chosen`),
      ...deeds.map(([action, title]) => h("button", { type: "button", click: () => tell(this, "command", COMMANDS.find((one) => one.action === action)) }, title)),
      h("button.quiet", { type: "button", title: "Choose none", "aria-label": "Choose none", click: () => tell(this, "pick-none") }, icon("close")));
  }
});
