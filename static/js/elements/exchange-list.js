// @ts-check
/**
 * The live list: a grid of which only the rows in sight exist, painted at most once per frame, and what came
 * at most ten times a second. It holds still while somebody reads: scrolled away, paused, or with the pointer
 * moving over the rows. Data comes by `view`; up go `exchange-select` (detail: {id}), `list-painted` and
 * `list-end`.
 */
import { h, setText, tell } from "../dom.js";
import { countOf } from "../format.js";
import { rowsInView, scrollToRow } from "../viewport.js";
import { COLUMNS, createGapRow, createRow, paintAge, paintGapRow, paintRow } from "./exchange-row.js";

const STEADY_MS = 1200; // after the pointer moved over the rows: time to aim and click
const CALM_MS = 100; // between two paintings of what came: nobody reads faster
const MOST_NEW = 12; // elements made for one frame: to make all forty at once is the longest task of a page

export class ExchangeList extends HTMLElement {
  #titles = h("div.titles", { role: "rowgroup" }, h("div.row", { role: "row" }, ...COLUMNS.map(titleOf)));
  #rows = h("div.rows", { role: "rowgroup" });
  #waiting = h("button.waiting", { type: "button", hidden: true, click: () => this.showNewest() });
  grid = h("div.grid", { role: "grid", tabindex: "0", "aria-label": "Exchanges, newest first" }, this.#titles, this.#rows);

  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();
  #frame = 0;
  #calmTimer = 0;
  #paintedAt = 0;
  #steadyTimer = 0;
  #isPaused = false;
  #rowHeight = 28;
  /** @type {string | null} */
  #selected = null;

  /** @type {import("../list-view.js").ListView | null} */
  view = null;
  /** @type {(id: string) => string} */
  addressOf = () => "#";
  /** @type {(id: string) => RowMarks} */
  marksOf = () => ({ isPinned: false, isMarked: false, note: "" });

  connectedCallback() {
    this.append(this.grid, this.#waiting);
    this.grid.addEventListener("scroll", () => this.#repaint(), { passive: true });
    this.grid.addEventListener("click", (event) => this.#click(event));
    this.#rows.addEventListener("pointermove", () => this.#steady(STEADY_MS), { passive: true });
    this.#rows.addEventListener("pointerleave", () => this.#steady(0));
    new ResizeObserver(() => this.#measure()).observe(this.grid);
  }

  /** @param {boolean} value hold the list still until told otherwise */
  set paused(value) {
    this.#isPaused = value;
    this.#repaint();
  }

  /** @param {string | null} id */
  set selected(id) {
    this.#selected = id;
    this.#repaint();
  }

  /** Something in the model changed: paint soon. */
  changed() {
    this.#calmTimer ||= setTimeout(() => this.#repaint(), this.#paintedAt + CALM_MS - performance.now());
  }

  /** Let go of what holds the list, a pause excepted. */
  showNewest() {
    this.#steady(0);
    this.grid.scrollTop = 0;
    this.#repaint();
  }

  /** Scroll the selected row into sight. */
  reveal() {
    const index = this.view?.indexOf(this.#selected) ?? -1;
    const { scrollTop } = this.grid;
    if (index >= 0) this.grid.scrollTop = scrollToRow({ index, scrollTop, height: this.#height(), rowHeight: this.#rowHeight });
  }

  /** Write the ages anew; nothing else has changed. */
  paintAges() {
    const now = Date.now();
    for (const [key, element] of this.#elements) {
      const summary = this.view?.model.get(key);
      if (summary) paintAge(element, summary, now);
    }
  }

  #height() {
    return this.grid.clientHeight - this.#titles.clientHeight;
  }

  #measure() {
    this.#rowHeight = parseFloat(getComputedStyle(this).getPropertyValue("--row-height")) || this.#rowHeight;
    this.#repaint();
  }

  /** What people do shows in the next frame. */
  #repaint() {
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    clearTimeout(this.#calmTimer);
    this.#frame = this.#calmTimer = 0;
    this.#paintedAt = performance.now();
    if (!this.view) return;
    const { scrollTop } = this.grid;
    this.view.settle(this.#isPaused || scrollTop > 0 || this.#steadyTimer !== 0);
    const { count, waiting } = this.view;
    const { first, last } = rowsInView({ scrollTop, height: this.#height(), rowHeight: this.#rowHeight, count });
    this.#rows.style.setProperty("height", `${count * this.#rowHeight}px`);
    this.#rows.style.setProperty("padding-top", `${first * this.#rowHeight}px`);
    this.grid.ariaRowCount = String(count + 1);
    const reached = Math.min(last, first + this.#elements.size + MOST_NEW);
    this.#place(first, reached);
    if (reached < last) this.#repaint();
    this.paintAges();
    this.#showWaiting(waiting);
    tell(this, "list-painted");
    if (last >= count) tell(this, "list-end");
  }

  /**
   * Put exactly these rows into the page, moving none that is in its place; elements of rows that left serve
   * those that came.
   * @param {number} first @param {number} last
   */
  #place(first, last) {
    const rows = Array.from({ length: last - first }, (_, offset) => this.view?.row(first + offset)).filter((row) => row !== undefined);
    const keys = new Set(rows.map((row) => row.key));
    const spare = [...this.#elements].filter(([key]) => !keys.has(key)).map(([, element]) => element);
    this.#elements = new Map(rows.map((row, offset) => [row.key, this.#painted(row, first + offset, spare)]));
    spare.forEach((element) => element.remove());
    [...this.#elements.values()].forEach((element, at) => {
      if (this.#rows.children[at] !== element) this.#rows.insertBefore(element, this.#rows.children[at] ?? null);
    });
    this.#pointAtSelected();
  }

  /** @param {Row} row @param {number} index @param {HTMLElement[]} spare */
  #painted(row, index, spare) {
    const element = this.#elements.get(row.key) ?? takeFitting(spare, row) ?? (row.kind === "gap" ? createGapRow() : createRow());
    element.id = `row-${row.key}`;
    element.dataset.key = row.key;
    element.ariaRowIndex = String(index + 2);
    if (row.kind === "gap") {
      paintGapRow(element, row);
    } else {
      element.ariaSelected = String(row.key === this.#selected);
      paintRow(element, row.summary, this.addressOf, this.marksOf(row.key));
    }
    return element;
  }

  #pointAtSelected() {
    const element = this.#elements.get(this.#selected ?? "");
    if (element) this.grid.setAttribute("aria-activedescendant", element.id);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  /** @param {number} count */
  #showWaiting(count) {
    this.#waiting.hidden = count === 0 || this.#isPaused;
    setText(this.#waiting, `${count} new`);
    this.#waiting.ariaLabel = `Show ${countOf(count, "new row")}`;
  }

  /** @param {number} milliseconds keep the rows where they are so long */
  #steady(milliseconds) {
    clearTimeout(this.#steadyTimer);
    this.#steadyTimer = setTimeout(() => {
      this.#steadyTimer = 0;
      this.changed();
    }, milliseconds);
  }

  /** @param {MouseEvent} event a plain click selects; with a modifier the link is a link */
  #click(event) {
    const row = /** @type {HTMLElement} */ (event.target).closest(".rows > .row:not(.gap)");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.grid.focus({ preventScroll: true });
    tell(this, "exchange-select", { id: /** @type {HTMLElement} */ (row).dataset.key });
  }
}

/** @param {string[]} column */
function titleOf([name, title]) {
  return h(`span.${name}`, { role: "columnheader" }, title);
}

/** @param {HTMLElement[]} spare @param {Row} row */
function takeFitting(spare, row) {
  const at = spare.findIndex((element) => element.classList.contains("gap") === (row.kind === "gap"));
  return at < 0 ? undefined : spare.splice(at, 1)[0];
}

customElements.define("exchange-list", ExchangeList);
