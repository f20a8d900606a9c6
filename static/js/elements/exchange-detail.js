// @ts-check
/**
 * One exchange: a head that says which, tabs, and the panel of the open tab. Data comes by `show` (what the
 * list knows), `document` (everything) and `explain` (why there is nothing); up go `tab-select`,
 * `detail-close`, `exchange-delete`.
 */
import { h, setText, tell } from "../dom.js";
import { bytes, count, statusClass, visible } from "../format.js";
import { statusText } from "../words.js";
import { copyButton } from "./copy-button.js";
import { targetOf } from "./exchange-row.js";

/** @typedef {import("../types.js").ExchangeDocument} ExchangeDocument */
/** @typedef {import("../types.js").Summary} Summary */

/** @type {{name: string, title: string, note: (exchange: ExchangeDocument) => string}[]} */
const TABS = [
  { name: "overview", title: "Overview", note: () => "" },
  { name: "scope", title: "Scope", note: () => "" },
  { name: "headers", title: "Headers", note: ({ scope }) => count(scope.headers.length) },
  { name: "body", title: "Body", note: ({ request, type }) => (request.body.size && type === "http" ? bytes(request.body.size) : "") },
  { name: "events", title: "Events", note: ({ events, events_omitted }) => count(events.length + events_omitted) },
  { name: "response", title: "Response", note: ({ response }) => (response ? String(response.status) : "") },
];

export class ExchangeDetail extends HTMLElement {
  #tab = TABS[0].name;
  /** @type {ExchangeDocument | null} */
  #document = null;
  /** @type {(id: string) => string} the address of the exchange's own page */
  pageOf = () => "#";

  connectedCallback() {
    this.head = h("header", { class: "detail-head" });
    this.tabs = h("div", { role: "tablist", "aria-label": "Parts of the exchange" }, ...TABS.map((tab) => this.#tabButton(tab)));
    this.panel = h("div", { role: "tabpanel", id: "panel", tabindex: "0" });
    this.append(this.head, this.tabs, this.panel);
    this.tabs.addEventListener("keydown", (event) => this.#arrow(/** @type {KeyboardEvent} */ (event)));
  }

  /** Another exchange was selected. @param {Summary} summary */
  show(summary) {
    if (this.#document?.id !== summary.id) {
      this.#document = null;
      this.panel?.replaceChildren();
      if (this.panel) this.panel.scrollTop = 0;
    }
    this.#paintHead(summary);
  }

  /** @param {ExchangeDocument} value */
  set document(value) {
    const isUpdate = this.#document?.id === value.id;
    this.#document = value;
    this.#paintHead(value);
    for (const { name, note } of TABS) setText(/** @type {Node} */ (this.#button(name)?.lastChild), note(value));
    this.#paintPanel(isUpdate);
  }

  /** @param {string} text why there is no document */
  explain(text) {
    this.#document = null;
    this.panel?.replaceChildren(h("p", { class: "hollow" }, text));
  }

  /** @param {string} name */
  set tab(name) {
    const isOther = name !== this.#tab;
    this.#tab = name;
    for (const tab of TABS) {
      this.#button(tab.name)?.setAttribute("aria-selected", String(tab.name === name));
      this.#button(tab.name)?.setAttribute("tabindex", tab.name === name ? "0" : "-1");
    }
    this.panel?.setAttribute("aria-labelledby", `tab-${name}`);
    this.#button(name)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (isOther && this.#document) this.#paintPanel(false);
  }

  focusPanel() {
    this.panel?.focus();
  }

  /** @param {{name: string, title: string}} tab */
  #tabButton({ name, title }) {
    const click = () => tell(this, "tab-select", { tab: name });
    const attributes = { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", "data-tab": name, click };
    return h("button", attributes, title, h("small", {}));
  }

  /** @param {string} name */
  #button(name) {
    return this.tabs?.querySelector(`[data-tab="${name}"]`);
  }

  /** @param {boolean} keepsPlace an update of what is being read must not scroll away */
  #paintPanel(keepsPlace) {
    if (!this.panel || !this.#document) return;
    const present = this.panel.firstElementChild;
    const tag = `${this.#tab}-panel`;
    const panel = keepsPlace && present?.localName === tag ? present : h(tag);
    const { scrollTop } = this.panel;
    /** @type {any} */ (panel).document = this.#document;
    if (panel !== present) this.panel.replaceChildren(panel);
    this.panel.scrollTop = keepsPlace ? scrollTop : 0;
  }

  /** @param {Summary} summary */
  #paintHead(summary) {
    const target = targetOf(summary);
    const title = h("h2", { title: target }, h("span", { class: "method" }, summary.method ?? "WS"), " ", h("bdi", {}, visible(target)));
    const status = h("span", { class: "status", "data-status": statusClass(summary.status) }, h("i", { class: "mark" }), ...statusOf(summary));
    this.head?.replaceChildren(
      this.#iconButton("back", "Back to the list", "detail-close", "Esc"), title, status,
      h("span", { class: "actions" },
        copyButton(() => new URL(this.pageOf(summary.id), location.href).href, "Copy the link to this exchange"),
        h("a", { class: "quiet", href: this.pageOf(summary.id), title: "Page of its own", "aria-label": "Page of its own" }, icon("page")),
        this.#iconButton("trash", "Delete this exchange", "exchange-delete", "d"),
        this.#iconButton("close", "Close", "detail-close", "Esc")),
    );
  }

  /** @param {string} name @param {string} title @param {string} event @param {string} key */
  #iconButton(name, title, event, key) {
    const click = () => tell(this, event);
    return h("button", { type: "button", class: `quiet ${name}`, title: `${title} (${key})`, "aria-label": title, click }, icon(name));
  }

  /** @param {KeyboardEvent} event */
  #arrow(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = TABS.findIndex((tab) => tab.name === this.#tab);
    const { name } = TABS[(at + step + TABS.length) % TABS.length];
    tell(this, "tab-select", { tab: name });
    /** @type {HTMLElement} */ (this.#button(name)).focus();
  }
}

/** The code, and in words what a narrow page leaves out. @param {Summary} summary */
function statusOf({ status, state }) {
  if (status === null) return [state === "open" ? "open" : "no answer"];
  const phrase = statusText(status).slice(3) + (state === "open" ? ", still open" : "");
  return [String(status), h("span", { class: "phrase" }, phrase)];
}

/** @param {string} name */
function icon(name) {
  return h("i", { class: "icon", "data-icon": name, "aria-hidden": "true" });
}

customElements.define("exchange-detail", ExchangeDetail);
