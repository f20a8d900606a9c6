// @ts-check
/**
 * One exchange: a head that says which, tabs, and the panel of the open tab. Data comes by `show` (what the
 * list knows), `document` (everything), `explain` (why there is nothing), `marks` (what people put on it) and `hits`
 * (which tabs hold what is searched for); up go `tab-select` (detail: its name), `detail-close`, `exchange-delete`.
 */
import { fill, h, setText, tell } from "../dom.js";
import { bytes, bytesText, clock, count, hostOf, milliseconds, statusClass, visible } from "../format.js";
import { methodOf, targetOf } from "../titles.js";
import { statusText } from "../words.js";
import { factList } from "./facts.js";

/** What is noted beside a tab's title. @type {Record<string, (exchange: ExchangeDocument) => string>} */
const NOTES = {
  headers: ({ scope }) => count(scope.headers.length),
  body: ({ request, type }) => (request.body.size && type === "http" ? bytes(request.body.size) : ""),
  events: ({ events, events_omitted, type }) => count(type === "websocket" ? messageCount(events) + events_omitted : events.length + events_omitted),
  response: ({ response }) => String(response?.status ?? ""),
};

/** Panels that a first look does not need. @type {Record<string, () => Promise<unknown>>} */
const LATER = {
  "ways-panel": () => import("./ways-panel.js"),
  "wire-panel": () => import("./wire-panel.js"),
  "proxies-panel": () => import("./proxies-panel.js"),
};

customElements.define("exchange-detail", class extends HTMLElement {
  #tabs = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[role=tab]")]);
  #open = this.#tabs[0];
  #panel = /** @type {HTMLElement} */ (this.querySelector("[role=tabpanel]"));
  #note = h("p.written", { hidden: true });
  /** @type {ExchangeDocument | null} */
  #document = null;

  /** @type {(id: string) => string} the address of the exchange's own page */
  pageOf = () => "#";

  connectedCallback() {
    this.querySelector("header")?.after(this.#note);
    new ResizeObserver(() => this.#showTab()).observe(this);
    this.addEventListener("click", (event) => this.#click(/** @type {Element} */ (event.target)));
    this.querySelector("[role=tablist]")?.addEventListener("keydown", (event) => this.#arrow(/** @type {KeyboardEvent} */ (event)));
  }

  /** @param {Summary} summary of the exchange that was selected */
  show(summary) {
    if (this.#document?.id !== summary.id) this.explain("");
    this.#paintHead(summary);
  }

  /** @param {{isPinned: boolean, note: string}} marks what people put on it */
  set marks({ isPinned, note }) {
    this.#note.hidden = !isPinned && note === "";
    setText(this.#note, [isPinned && "Pinned", visible(note)].filter(Boolean).join(" · "));
  }

  /** @param {Set<string>} names of the tabs that hold what is searched for */
  set hits(names) {
    for (const tab of this.#tabs) {
      const isHit = names.has(nameOf(tab));
      tab.toggleAttribute("data-hit", isHit);
      tab.title = isHit ? "Holds what you search for" : "";
    }
    this.#showTab();
  }

  /** @param {number} number counted from 1 @returns {string | undefined} the name of the tab there */
  tabAt(number) {
    const tab = this.#shownTabs[number - 1];
    return tab && nameOf(tab);
  }

  get #shownTabs() {
    return this.#tabs.filter((tab) => !tab.hidden);
  }

  /** @param {ExchangeDocument} value */
  set document(value) {
    const isUpdate = this.#document?.id === value.id;
    this.#document = value;
    this.#paintHead(value);
    for (const tab of this.#tabs) setText(/** @type {Node} */ (tab.lastChild), NOTES[nameOf(tab)]?.(value) ?? "");
    this.#fitTabs(value);
    this.#showTab(); // its place may have changed with what is noted beside the titles
    this.#paintPanel(isUpdate);
    Object.values(LATER).forEach((load) => load().catch(() => {})); // here before the server may be away
  }

  /** A WebSocket has messages and no bodies. @param {Summary} exchange */
  #fitTabs({ type }) {
    for (const tab of this.#tabs) {
      if (nameOf(tab) === "body") tab.hidden = type === "websocket";
      if (nameOf(tab) === "events") setText(/** @type {Node} */ (tab.firstChild), type === "websocket" ? "Messages" : "Events");
    }
    if (this.#open.hidden) tell(this, "tab-select", "events");
  }

  /** @param {string} text why there is no document @param {Summary} [line] all that is known of it */
  explain(text, line) {
    this.#document = null;
    if (line) this.#paintHead(line);
    else if (text) this.#clearHead();
    fill(this.#panel, text && h("p.hollow", text), text && line && lineFacts(line));
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
    this.#showTab();
    if (isOther) this.#paintPanel(false);
  }

  /** Where the strip of tabs is narrower than they are together. */
  #showTab() {
    if (!this.#document) return; // to ask where they are would have the page laid out for nothing
    const strip = /** @type {HTMLElement} */ (this.#open.parentElement);
    const { offsetLeft, offsetWidth } = this.#open;
    if (offsetLeft < strip.scrollLeft || offsetLeft + offsetWidth > strip.scrollLeft + strip.clientWidth) {
      strip.scrollLeft = offsetLeft - (strip.clientWidth - offsetWidth) / 2;
    }
    strip.toggleAttribute("data-scrolls", strip.scrollWidth > strip.clientWidth + 1);
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
    if (tag in LATER && !customElements.get(tag)) {
      LATER[tag]().then(() => this.#paintPanel(false), () => fill(this.#panel, h("p.hollow", "It could not be loaded: the server does not answer.")));
      return;
    }
    const panel = keepsPlace && present?.localName === tag ? present : h(tag);
    const { scrollTop, clientHeight, scrollHeight } = this.#panel;
    const isAtEnd = scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - 4;
    if (panel !== present) fill(this.#panel, panel);
    /** @type {any} */ (panel).document = this.#document; // in the page by now: it may ask for more
    // Who has gone to the end of the messages sees those that come.
    this.#panel.scrollTop = !keepsPlace ? 0 : isAtEnd && tag === "events-panel" ? this.#panel.scrollHeight : scrollTop;
  }

  /** @param {Summary} summary */
  #paintHead(summary) {
    const target = targetOf(summary);
    const { title, status, copy, page } = this.#head;
    title.title = target;
    fill(title, h("span.method", methodOf(summary)), " ", h("bdi", visible(target)));
    status.dataset.status = statusClass(summary.status);
    fill(status, h("i.mark"), ...statusOf(summary));
    page.href = this.pageOf(summary.id);
    copy.value = page.href;
  }

  /** Of what is not known, the head must not tell what was read before. */
  #clearHead() {
    const { title, status, copy, page } = this.#head;
    title.title = "";
    delete status.dataset.status;
    fill(title);
    fill(status);
    page.removeAttribute("href");
    copy.value = "";
  }

  get #head() {
    const [title, status, copy, page] = /** @type {any[]} */ (["h2", ".status", "copy-button", "a"].map((part) => this.querySelector(`header ${part}`)));
    return { title, status, copy, page };
  }

  /** @param {KeyboardEvent} event */
  #arrow(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const tabs = this.#shownTabs;
    tell(this, "tab-select", nameOf(/** @type {Element} */ (tabs.at((tabs.indexOf(this.#open) + step) % tabs.length))));
    this.#open.focus();
  }
});

/** @param {Element} tab */
function nameOf(tab) {
  return tab.id.slice("tab-".length);
}

/** @param {AsgiEvent[]} events */
function messageCount(events) {
  return events.filter(({ type }) => type === "websocket.receive" || type === "websocket.send").length;
}

/** What a line of the list says, where nothing else is left. @param {Summary} line */
function lineFacts({ started_at, client, user_agent, content_type, received_bytes, sent_bytes, duration_ms, state }) {
  return factList([
    ["Started", `${started_at.slice(0, 10)} ${clock(started_at)}`],
    ["Client", client && hostOf(client)],
    ["User agent", user_agent && visible(bytesText(user_agent))],
    ["Content type", content_type && visible(bytesText(content_type))],
    ["Received", bytes(received_bytes)],
    ["Sent", bytes(sent_bytes)],
    ["Took", milliseconds(duration_ms)],
    ["Ended", state],
  ]);
}

/** The code, and in words what a narrow page leaves out. @param {Summary} summary */
function statusOf({ status, state }) {
  if (state === "refused") return [status === null ? "refused" : `${status} refused`];
  if (status === null) return [state === "open" ? "open" : "no answer"];
  const phrase = statusText(status).slice(4) + (state === "open" ? ", still open" : "");
  return [String(status), h("span.phrase", phrase)];
}
