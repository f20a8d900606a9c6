// @ts-check
/**
 * The command palette: a field and the commands that fit what is typed, chosen with the arrow keys. Up goes
 * `command` (detail: the chosen one).
 */
import { fill, h, tell } from "../dom.js";
import { visible } from "../format.js";
import { CHOICES, keyLabel } from "../keys.js";
import { matching, moreChoices } from "../palette.js";

const SHOWN = 60;

customElements.define("command-palette", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  #field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
  #list = /** @type {HTMLElement} */ (this.querySelector("ul"));
  /** @type {Command[]} */
  #found = [];
  /** @type {Command[]} */
  #more = [];
  #at = 0;

  connectedCallback() {
    this.addEventListener("input", () => this.#show(0));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
  }

  /** @param {readonly Row[]} rows of the list @param {boolean} isReading whether an exchange is read @param {string[]} addresses that requests are sent to */
  open(rows, isReading, addresses) {
    this.#more = moreChoices(rows, isReading, addresses, !("around" in document.body.dataset));
    this.#field.value = "";
    this.#dialog.showModal();
    this.#show(0);
  }

  /** @param {number} at which one is chosen */
  #show(at) {
    const typed = this.#field.value.trim();
    this.#found = matching(typed ? [...CHOICES, ...this.#more] : CHOICES, typed).slice(0, SHOWN);
    this.#at = at;
    fill(this.#list, ...this.#found.map((command, index) => this.#option(command, index)));
    if (this.#found.length === 0) fill(this.#list, h("li.note", { role: "option", "aria-disabled": "true" }, "Nothing is called that."));
    this.#field.setAttribute("aria-activedescendant", this.#found.length ? `command-${at}` : "");
    this.#list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Command} command @param {number} index */
  #option(command, index) {
    const attributes = { role: "option", id: `command-${index}`, "aria-selected": String(index === this.#at), click: () => this.#choose(command) };
    return h("li", attributes, h("span", visible(command.text)), h("span", ...command.keys.slice(0, 1).map((key) => h("kbd", keyLabel(key)))));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== "Enter") return;
    event.preventDefault();
    const { length } = this.#found;
    if (step && length) this.#show((this.#at + step + length) % length);
    else if (!step && length) this.#choose(this.#found[this.#at]);
  }

  /** @param {Command} command */
  #choose(command) {
    this.#dialog.close();
    tell(this, "command", command);
  }
});
