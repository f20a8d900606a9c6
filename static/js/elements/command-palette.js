// @ts-check
/**
 * The command palette: a field and the commands that fit what is typed, chosen with the arrow keys. Up goes
 * `command` (detail: the chosen one).
 */
import { fill, h, tell } from "../dom.js";
import { keyLabel } from "../keys.js";
import { matching } from "../palette.js";

export class CommandPalette extends HTMLElement {
  #list = h("ul", { role: "listbox", id: "commands", "aria-label": "Commands" });
  #field = h("input", {
    role: "combobox", "aria-label": "Command", "aria-controls": "commands", "aria-expanded": "true", "aria-autocomplete": "list",
    placeholder: "What to do", autocomplete: "off", spellcheck: "false", input: () => this.#show(0),
  });
  #dialog = h("dialog", { class: "palette", "aria-label": "Commands" }, this.#field, this.#list);
  /** @type {Command[]} */
  #found = [];
  #at = 0;
  /** @type {Command[]} */
  commands = [];

  connectedCallback() {
    this.append(this.#dialog);
    this.addEventListener("keydown", (event) => this.#key(event));
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
  }

  open() {
    this.#field.value = "";
    this.#dialog.showModal();
    this.#show(0);
  }

  /** @param {number} at which one is chosen */
  #show(at) {
    this.#found = matching(this.commands, this.#field.value);
    this.#at = at;
    fill(this.#list, ...this.#found.map((command, index) => this.#option(command, index)));
    if (this.#found.length === 0) fill(this.#list, h("li", { role: "option", "aria-disabled": "true", class: "note" }, "Nothing is called that."));
    this.#field.setAttribute("aria-activedescendant", this.#found.length ? `command-${at}` : "");
    this.#list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Command} command @param {number} index */
  #option(command, index) {
    const attributes = { role: "option", id: `command-${index}`, "aria-selected": String(index === this.#at), click: () => this.#choose(command) };
    return h("li", attributes, h("span", {}, command.text), h("span", {}, ...command.keys.slice(0, 1).map((key) => h("kbd", {}, keyLabel(key)))));
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
}

customElements.define("command-palette", CommandPalette);
