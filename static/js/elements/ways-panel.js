// @ts-check
/**
 * One request in four ways, side by side: raw, ASGI scope, WSGI environ, CGI variables. A piece of it that is pointed
 * at, or has the focus, lights up in all four, and lines lead from each to the next. Arrow keys go from row to row and
 * from way to way.
 */
import { fill, h, svg } from "../dom.js";
import { bytesText, visible } from "../format.js";
import { PATHS, read } from "../readings.js";
import { copyButton } from "./copy-button.js";

const BULGE = 12; // pixels
const STEPS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

customElements.define("ways-panel", class extends HTMLElement {
  #lines = svg("svg", { class: "way-lines", "aria-hidden": "true" });
  #shown = "";

  connectedCallback() {
    this.addEventListener("pointerover", ({ target }) => this.#light(rowOf(target)));
    this.addEventListener("pointerleave", () => this.#light(null));
    this.addEventListener("focusin", ({ target }) => this.#light(rowOf(target)));
    this.addEventListener("focusout", () => this.#light(null));
    this.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    read(this, exchange, PATHS.ways, (reading) => {
      const text = JSON.stringify(reading);
      if (text === this.#shown && this.firstChild) return; // who points at a row keeps it
      this.#shown = text;
      this.#paint(reading);
    });
  }

  /** @param {{ways: Way[]}} reading */
  #paint({ ways }) {
    fill(this,
      h("p.note", "The same request as it is on the wire, in ASGI, in WSGI and in CGI. Point at a value to see where it comes from. For your own: ",
        h("code", `curl '${location.origin}${document.body.dataset.root}/-/echo?as=environ'`), ", or as=scope, cgi, raw."),
      h("div.ways", this.#lines, ...ways.map(wayOf)));
    for (const list of this.querySelectorAll(".way")) list.querySelector("[data-of]")?.setAttribute("tabindex", "0");
  }

  /** @param {HTMLElement | null} row */
  #light(row) {
    const names = new Set((row?.dataset.of ?? "").split(" ").filter(Boolean));
    for (const other of this.#rows) {
      other.toggleAttribute("data-lit", (other.dataset.of ?? "").split(" ").some((name) => names.has(name)));
    }
    this.#draw();
  }

  /** From each lit row to those in the next way that has any. */
  #draw() {
    const frame = this.#lines.getBoundingClientRect();
    const ways = [...this.querySelectorAll(".way")].map((way) => [...way.querySelectorAll("[data-lit]")].map((row) => row.getBoundingClientRect()));
    const lit = ways.filter((rows) => rows.length);
    const paths = lit.slice(1).flatMap((rows, index) => lit[index].flatMap((from) => rows.map((to) => path(from, to, frame))));
    this.#lines.replaceChildren(...paths.map((d) => svg("path", { d })));
  }

  get #rows() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[data-of]")]);
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
    const row = rowOf(event.target);
    if (!step || !row || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const ways = [...this.querySelectorAll(".way")].map((way) => /** @type {HTMLElement[]} */ ([...way.querySelectorAll("[data-of]")]));
    const at = ways.findIndex((rows) => rows.includes(row));
    const rows = ways[at + step[1]];
    const next = step[1] ? rows?.find((other) => other.hasAttribute("data-lit")) ?? rows?.[0] : rows[rows.indexOf(row) + step[0]];
    if (!next) return;
    for (const other of ways.flat()) other.removeAttribute("tabindex");
    ways.forEach((others) => others[0]?.setAttribute("tabindex", "0"));
    next.setAttribute("tabindex", "0");
    next.focus();
  }
});

/** @param {Way} way */
function wayOf({ id, title, rows }) {
  const text = () => rows.map(({ key, value }) => (key ? `${key}: ${textOf(value)}` : textOf(value))).join("\n");
  return h("section.way", { "data-way": id, "aria-label": title },
    h("h3", title, copyButton(text, `Copy as ${title}`)),
    h("div", { role: "list" }, ...rows.map(rowFor)));
}

/** @param {WayRow} row */
function rowFor({ key, value, of, note }) {
  return h("div.way-row", { role: "listitem", "data-of": of.length ? of.join(" ") : false, tabindex: of.length ? "-1" : false },
    key && h("span.key", visible(key)), value === "" ? h("span.void", "empty") : h("bdi", visible(textOf(value))), note && h("small", note));
}

/** @param {any} value */
function textOf(value) {
  return typeof value === "string" ? value : value?.base64 ? bytesText(value) : JSON.stringify(value);
}

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
function rowOf(target) {
  return target instanceof Element ? target.closest("[data-of]") : null;
}

/** A line from the end of one row to the beginning of another; along the left side where that is not beside it.
 * @param {DOMRect} from @param {DOMRect} to @param {DOMRect} frame */
function path(from, to, frame) {
  if (to.left < from.right) {
    const [x1, y1, x2, y2] = [from.left - frame.left, from.top + from.height / 2 - frame.top, to.left - frame.left, to.top + to.height / 2 - frame.top];
    return `M${x1} ${y1}C${x1 - BULGE} ${y1} ${x2 - BULGE} ${y2} ${x2} ${y2}`;
  }
  const [x1, y1] = [from.right - frame.left, from.top + from.height / 2 - frame.top];
  const [x2, y2] = [to.left - frame.left, to.top + to.height / 2 - frame.top];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
