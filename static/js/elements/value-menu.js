// @ts-check
/**
 * What a click on a value offers: only the exchanges that have it, or only those that do not. Values say by
 * `data-field` where a search finds them. Up goes `value-filter` (detail: the term, with its minus),
 * or `column-wanted` (detail: the field).
 */
import { isRead } from "../columns.js";
import { termFor } from "../completion.js";
import { h, setText, tell } from "../dom.js";

customElements.define("value-menu", class extends HTMLElement {
  #term = h("code");
  #column = h("button.item", { type: "button", click: () => this.#leave("column-wanted", this.#field) }, "A column of it");
  #menu = h("div.menu-box", { popover: "auto", role: "dialog", "aria-label": "Filter the list by this value" }, this.#term,
    h("button.item", { type: "button", click: () => this.#choose("") }, "Only these"),
    h("button.item", { type: "button", click: () => this.#choose("-") }, "Not these"), this.#column);
  #chosen = "";
  #field = "";
  /** @type {HTMLElement | null} */
  #origin = null;

  connectedCallback() {
    this.append(this.#menu);
    document.addEventListener("click", (event) => this.#clicked(/** @type {HTMLElement} */ (event.target)));
  }

  /** @param {HTMLElement} target */
  #clicked(target) {
    const value = /** @type {HTMLElement | null} */ (target.closest("[data-field]"));
    const isControl = target.closest("button, a, summary, copy-button, details") && !target.closest(".filter");
    if (!value || isControl || !getSelection()?.isCollapsed) return;
    this.#chosen = termFor(value.dataset.field ?? "", value.dataset.value ?? "");
    this.#field = (value.dataset.field ?? "").toLowerCase();
    this.#column.hidden = !isRead(this.#field);
    this.#origin = target;
    setText(this.#term, this.#chosen);
    this.#menu.showPopover();
    this.#place(target.getBoundingClientRect());
    this.#menu.querySelector("button")?.focus();
  }

  /** @param {DOMRect} anchor */
  #place({ left, bottom, top }) {
    const { width, height } = this.#menu.getBoundingClientRect();
    const y = bottom + height + 8 > innerHeight ? Math.max(4, top - height - 4) : bottom + 4;
    this.#menu.style.setProperty("left", `${Math.max(4, Math.min(left, innerWidth - width - 8))}px`);
    this.#menu.style.setProperty("top", `${y}px`);
  }

  /** @param {string} sign */
  #choose(sign) {
    this.#leave("value-filter", sign + this.#chosen);
  }

  /** @param {string} event @param {string} detail */
  #leave(event, detail) {
    this.#menu.hidePopover();
    this.#origin?.focus?.();
    tell(this, event, detail);
  }
});
