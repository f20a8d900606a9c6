// @ts-check
/**
 * What can be done with the exchange that is read: three buttons (in the menu where there is no room) and a menu. Data comes by `show`; up goes
 * `command` (detail: the chosen one, of `keys.js`).
 */
import { fill, h, icon, tell } from "../dom.js";
import { visible } from "../format.js";
import { COMMANDS, keyLabel } from "../keys.js";

const MENU = [
  "resend", "edit-send", "send-to", "pin", "note", "copy-body", "curl", "compare", "compare-previous", "share", "signature", "transfer", "delete",
];
const ADDRESSES = 4; // the last ones

customElements.define("exchange-actions", class extends HTMLElement {
  #resend = this.#button("resend");
  #pin = this.#button("pin");
  #note = this.#button("note");
  #list = h("ul");
  #addresses = "";
  #menu = h("details.menu", { focusout: (/** @type {FocusEvent} */ event) => this.#left(event), keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) },
    h("summary.quiet", { title: "More", "aria-label": "More actions" }, icon("more")), this.#list);

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#resend, this.#pin, this.#note, this.#menu);
    this.#fill([]);
  }

  /** @param {{isPinned: boolean, note: string}} marks @param {string[]} addresses that requests can be sent to, the last one first */
  show({ isPinned, note }, addresses) {
    if (addresses.join() !== this.#addresses) this.#fill(addresses);
    this.#resend.title = "Send again (r)";
    this.#pin.ariaPressed = String(isPinned);
    this.#pin.title = `${isPinned ? "Unpin" : "Pin: survives clearing"} (p)`;
    this.#note.title = note || "Write a note (n)";
    this.#note.toggleAttribute("data-written", note !== "");
  }

  /** @param {string} action whose picture has the same name */
  #button(action) {
    const click = () => this.#choose(action);
    return h("button.quiet", { type: "button", "aria-label": commandOf(action).text, click }, icon(action));
  }

  /** @param {string[]} addresses */
  #fill(addresses) {
    this.#addresses = addresses.join();
    const places = addresses.slice(0, ADDRESSES).map((to) => ({ action: `send ${to}`, text: `Send to ${to.replace(/^https?:\/\//, "")}`, keys: [] }));
    fill(this.#list, ...MENU.flatMap((action) => [commandOf(action), ...(action === "send-to" ? places : [])]).map((command) => this.#item(command)));
  }

  /** @param {Command} command */
  #item({ action, text, keys }) {
    return h("li", h("button.item", { type: "button", "data-command": action, click: () => this.#choose(action) }, h("span", visible(text)), keys.length > 0 && h("kbd", keyLabel(keys[0]))));
  }

  /** @param {string} action */
  #choose(action) {
    this.#menu.open = false;
    tell(this, "command", { action, keys: [] });
  }

  /** @param {FocusEvent} event */
  #left({ relatedTarget }) {
    if (!this.#menu.contains(/** @type {Node | null} */ (relatedTarget))) this.#menu.open = false;
  }

  /** @param {KeyboardEvent} event Escape closes the menu, and nothing else with it */
  #key(event) {
    if (event.key !== "Escape" || !this.#menu.open) return;
    event.stopPropagation();
    this.#menu.open = false;
    this.#menu.querySelector("summary")?.focus();
  }
});

/** @param {string} action */
function commandOf(action) {
  return /** @type {Command} */ (COMMANDS.find((command) => command.action === action));
}
