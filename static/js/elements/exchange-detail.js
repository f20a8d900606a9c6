// @ts-check
/**
 * One exchange: a head that says which, tabs, and the panel of the open tab. Data comes by `show` (what the
 * list knows), `document` (everything) and `explain` (why there is nothing); up go `tab-select` (detail: its
 * name), `detail-close`, `exchange-delete`.
 */
import { fill, h, icon, iconButton, setText, tell } from "../dom.js";
import { bytes, count, statusClass, visible } from "../format.js";
import { statusText } from "../words.js";
import { copyButton } from "./copy-button.js";
import { targetOf } from "./exchange-row.js";

/** Title of each tab, and what is noted beside it. @type {Record<string, [string, (exchange: ExchangeDocument) => string]>} */
const TABS = {
  overview: ["Overview", () => ""],
  scope: ["Scope", () => ""],
  headers: ["Headers", ({ scope }) => count(scope.headers.length)],
  body: ["Body", ({ request, type }) => (request.body.size && type === "http" ? bytes(request.body.size) : "")],
  events: ["Events", ({ events, events_omitted }) => count(events.length + events_omitted)],
  response: ["Response", ({ response }) => (response ? String(response.status) : "")],
  code: ["Code", () => ""],
};
const NAMES = Object.keys(TABS);

customElements.define("exchange-detail", class extends HTMLElement {
  #head = h("header.detail-head");
  #buttons = NAMES.map((name) => this.#tabButton(name));
  #panel = h("div", { role: "tabpanel", id: "panel", tabindex: "0" });
  #tab = NAMES[0];
  #actions = h("exchange-actions");
  /** @type {ExchangeDocument | null} */
  #document = null;

  /** @type {(id: string) => string} the address of the exchange's own page */
  pageOf = () => "#";

  connectedCallback() {
    const keydown = (/** @type {KeyboardEvent} */ event) => this.#arrow(event);
    const tabs = h("div", { role: "tablist", "aria-label": "Parts of the exchange", keydown }, ...this.#buttons);
    this.append(this.#head, tabs, this.#panel);
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
    this.#buttons.forEach((button, at) => setText(/** @type {Node} */ (button.lastChild), TABS[NAMES[at]][1](value)));
    this.#paintPanel(isUpdate);
  }

  /** @param {string} text why there is no document */
  explain(text) {
    this.#document = null;
    fill(this.#panel, text && h("p.hollow", text));
  }

  /** @param {string} name */
  set tab(name) {
    const isOther = name !== this.#tab;
    this.#tab = name;
    this.#buttons.forEach((button, at) => {
      button.ariaSelected = String(NAMES[at] === name);
      button.tabIndex = NAMES[at] === name ? 0 : -1;
    });
    this.#panel.setAttribute("aria-labelledby", `tab-${name}`);
    this.#openButton().scrollIntoView({ block: "nearest", inline: "nearest" });
    if (isOther) this.#paintPanel(false);
  }

  focusPanel() {
    this.#panel.focus();
  }

  #openButton() {
    return this.#buttons[NAMES.indexOf(this.#tab)];
  }

  /** @param {string} name */
  #tabButton(name) {
    const click = () => tell(this, "tab-select", name);
    return h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", click }, TABS[name][0], h("small"));
  }

  /** @param {boolean} keepsPlace an update of what is being read must not scroll away */
  #paintPanel(keepsPlace) {
    if (!this.#document) return;
    const present = this.#panel.firstElementChild;
    const tag = `${this.#tab}-panel`;
    const panel = keepsPlace && present?.localName === tag ? present : h(tag);
    const { scrollTop } = this.#panel;
    if (panel !== present) fill(this.#panel, panel);
    /** @type {any} */ (panel).document = this.#document; // in the page by now: it may ask for more
    this.#panel.scrollTop = keepsPlace ? scrollTop : 0;
  }

  /** @param {Summary} summary */
  #paintHead(summary) {
    const target = targetOf(summary);
    const page = this.pageOf(summary.id);
    fill(this.#head,
      iconButton("back", "Back to the list (Esc)", () => tell(this, "detail-close")),
      h("h2", { title: target }, h("span.method", summary.method ?? "WS"), " ", h("bdi", visible(target))),
      h("span.status", { "data-status": statusClass(summary.status) }, h("i.mark"), ...statusOf(summary)),
      h("span.actions", this.#actions,
        copyButton(() => new URL(page, location.href).href, "Copy the link to this exchange"),
        h("a.quiet", { href: page, title: "Page of its own", "aria-label": "Page of its own" }, icon("page")),
        iconButton("trash", "Delete this exchange (d)", () => tell(this, "exchange-delete")),
        iconButton("close", "Close (Esc)", () => tell(this, "detail-close"))));
  }

  /** @param {KeyboardEvent} event */
  #arrow(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    tell(this, "tab-select", NAMES.at((NAMES.indexOf(this.#tab) + step) % NAMES.length));
    this.#openButton().focus();
  }
});

/** The code, and in words what a narrow page leaves out. @param {Summary} summary */
function statusOf({ status, state }) {
  if (status === null) return [state === "open" ? "open" : "no answer"];
  const phrase = statusText(status).slice(4) + (state === "open" ? ", still open" : "");
  return [String(status), h("span.phrase", phrase)];
}
