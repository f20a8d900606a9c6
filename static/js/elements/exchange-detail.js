// @ts-check
/**
 * One exchange: a head that says which, tabs, and the panel of the open tab. Data comes by `show` (what the
 * list knows), `document` (everything) and `explain` (why there is nothing); up go `tab-select` (detail: its
 * name), `detail-close`, `exchange-delete`.
 */
import { fill, h, setText, tell } from "../dom.js";
import { bytes, count, statusClass, visible } from "../format.js";
import { statusText } from "../words.js";
import { targetOf } from "./exchange-row.js";

/** What is noted beside a tab's title. @type {Record<string, (exchange: ExchangeDocument) => string>} */
const NOTES = {
  headers: ({ scope }) => count(scope.headers.length),
  body: ({ request, type }) => (request.body.size && type === "http" ? bytes(request.body.size) : ""),
  events: ({ events, events_omitted }) => count(events.length + events_omitted),
  response: ({ response }) => String(response?.status ?? ""),
};

customElements.define("exchange-detail", class extends HTMLElement {
  #tabs = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[role=tab]")]);
  #open = this.#tabs[0];
  #panel = /** @type {HTMLElement} */ (this.querySelector("[role=tabpanel]"));
  /** @type {ExchangeDocument | null} */
  #document = null;

  /** @type {(id: string) => string} the address of the exchange's own page */
  pageOf = () => "#";

  connectedCallback() {
    this.addEventListener("click", (event) => this.#click(/** @type {Element} */ (event.target)));
    this.querySelector("[role=tablist]")?.addEventListener("keydown", (event) => this.#arrow(/** @type {KeyboardEvent} */ (event)));
  }

  /** @param {Summary} summary of the exchange that was selected */
  show(summary) {
    if (this.#document?.id !== summary.id) this.explain("");
    this.#paintHead(summary);
  }

  /** @param {ExchangeDocument} value */
  set document(value) {
    const isUpdate = this.#document?.id === value.id;
    this.#document = value;
    this.#paintHead(value);
    for (const tab of this.#tabs) setText(/** @type {Node} */ (tab.lastChild), NOTES[nameOf(tab)]?.(value) ?? "");
    this.#paintPanel(isUpdate);
  }

  /** @param {string} text why there is no document */
  explain(text) {
    this.#document = null;
    fill(this.#panel, text && h("p.hollow", text));
  }

  /** @param {string} name */
  set tab(name) {
    const isOther = name !== nameOf(this.#open);
    for (const tab of this.#tabs) {
      const isOpen = name === nameOf(tab);
      tab.ariaSelected = String(isOpen);
      tab.tabIndex = isOpen ? 0 : -1;
      if (isOpen) this.#open = tab;
    }
    this.#panel.setAttribute("aria-labelledby", this.#open.id);
    this.#open.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (isOther) this.#paintPanel(false);
  }

  focusPanel() {
    this.#panel.focus();
  }

  /** @param {Element} target */
  #click(target) {
    const tab = target.closest("[role=tab]");
    if (tab) tell(this, "tab-select", nameOf(tab));
    else if (target.closest(".back, .close")) tell(this, "detail-close");
    else if (target.closest(".trash")) tell(this, "exchange-delete");
  }

  /** @param {boolean} keepsPlace an update of what is being read must not scroll away */
  #paintPanel(keepsPlace) {
    if (!this.#document) return;
    const present = this.#panel.firstElementChild;
    const tag = this.#open.dataset.panel ?? "";
    const panel = keepsPlace && present?.localName === tag ? present : h(tag);
    const { scrollTop } = this.#panel;
    if (panel !== present) fill(this.#panel, panel);
    /** @type {any} */ (panel).document = this.#document; // in the page by now: it may ask for more
    this.#panel.scrollTop = keepsPlace ? scrollTop : 0;
  }

  /** @param {Summary} summary */
  #paintHead(summary) {
    const target = targetOf(summary);
    const [title, status, copy, page] = /** @type {any[]} */ (["h2", ".status", "copy-button", "a"].map((part) => this.querySelector(`header ${part}`)));
    title.title = target;
    fill(title, h("span.method", summary.method ?? "WS"), " ", h("bdi", visible(target)));
    status.dataset.status = statusClass(summary.status);
    fill(status, h("i.mark"), ...statusOf(summary));
    page.href = this.pageOf(summary.id);
    copy.value = page.href;
  }

  /** @param {KeyboardEvent} event */
  #arrow(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    tell(this, "tab-select", nameOf(/** @type {Element} */ (this.#tabs.at((this.#tabs.indexOf(this.#open) + step) % this.#tabs.length))));
    this.#open.focus();
  }
});

/** @param {Element} tab */
function nameOf(tab) {
  return tab.id.slice("tab-".length);
}

/** The code, and in words what a narrow page leaves out. @param {Summary} summary */
function statusOf({ status, state }) {
  if (status === null) return [state === "open" ? "open" : "no answer"];
  const phrase = statusText(status).slice(4) + (state === "open" ? ", still open" : "");
  return [String(status), h("span.phrase", phrase)];
}
