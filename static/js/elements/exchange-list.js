// @ts-check
/**
 * The live list: a grid of which only the rows in sight exist, painted at most once per frame. It holds still
 * while somebody reads: scrolled away, paused, or with the pointer moving over the rows. Data comes by
 * `view`; up go `exchange-select`, `list-painted` (detail: {waiting}) and `list-end`.
 */
import { h, setText, tell } from "../dom.js";
import { countOf } from "../format.js";
import { rowsInView, scrollToRow } from "../viewport.js";
import { COLUMNS, createGapRow, createRow, paintAge, paintGapRow, paintRow } from "./exchange-row.js";

const STEADY_MS = 1200; // after the pointer moved over the rows: time to aim and click

export class ExchangeList extends HTMLElement {
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();
  #frame = 0;
  #steadyTimer = 0;
  #isPaused = false;
  #rowHeight = 28;
  /** @type {string | null} */
  #selected = null;

  /** @type {import("../list-view.js").ListView | null} */
  view = null;
  /** How far the server's clock is ahead of ours, in milliseconds. */
  clockOffset = 0;
  /** @type {(id: string) => string} */
  addressOf = () => "#";

  connectedCallback() {
    const titles = COLUMNS.map(({ name, title }) => h("span", { role: "columnheader", class: name }, title));
    this.titles = h("div", { role: "rowgroup", class: "titles" }, h("div", { role: "row", class: "row" }, ...titles));
    this.rows = h("div", { role: "rowgroup", class: "rows" });
    this.grid = h("div", { role: "grid", class: "grid", tabindex: "0", "aria-colcount": COLUMNS.length }, this.titles, this.rows);
    this.grid.setAttribute("aria-label", "Exchanges, newest first");
    this.waiting = h("button", { type: "button", class: "waiting", hidden: true, click: () => this.showNewest() });
    this.append(this.grid, this.waiting);
    this.#listen(this.grid, this.rows);
  }

  /** @param {HTMLElement} grid @param {HTMLElement} rows */
  #listen(grid, rows) {
    grid.addEventListener("scroll", () => this.changed(), { passive: true });
    grid.addEventListener("click", (event) => this.#click(event));
    rows.addEventListener("pointermove", () => this.#steady(STEADY_MS), { passive: true });
    rows.addEventListener("pointerleave", () => this.#steady(0));
    new ResizeObserver(() => this.#measure()).observe(grid);
  }

  /** @param {boolean} value hold the list still until told otherwise */
  set paused(value) {
    this.#isPaused = value;
    this.changed();
  }

  /** @param {string | null} id */
  set selected(id) {
    this.#selected = id;
    this.changed();
  }

  /** Something in the model changed: paint in the next frame. */
  changed() {
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  /** Let go of what holds the list, a pause excepted. */
  showNewest() {
    this.#steady(0);
    if (this.grid) this.grid.scrollTop = 0;
    this.changed();
  }

  /** Scroll the selected row into sight. */
  reveal() {
    const index = this.view?.indexOf(this.#selected) ?? -1;
    if (index < 0 || !this.grid) return;
    const { scrollTop } = this.grid;
    this.grid.scrollTop = scrollToRow({ index, scrollTop, height: this.#height(), rowHeight: this.#rowHeight });
  }

  /** Write the ages anew; nothing else has changed. */
  paintAges() {
    const now = Date.now() + this.clockOffset;
    for (const [key, element] of this.#elements) {
      const summary = this.view?.model.get(key);
      if (summary) paintAge(element, summary, now);
    }
  }

  #height() {
    return (this.grid?.clientHeight ?? 0) - (this.titles?.clientHeight ?? 0);
  }

  #measure() {
    this.#rowHeight = parseFloat(getComputedStyle(this).getPropertyValue("--row-height")) || this.#rowHeight;
    this.changed();
  }

  #paint() {
    this.#frame = 0;
    if (!this.view || !this.grid || !this.rows) return;
    const { scrollTop } = this.grid;
    this.view.settle(this.#isPaused || scrollTop > 0 || this.#steadyTimer !== 0);
    const { count, waiting } = this.view;
    const { first, last } = rowsInView({ scrollTop, height: this.#height(), rowHeight: this.#rowHeight, count });
    this.rows.style.setProperty("height", `${count * this.#rowHeight}px`);
    this.rows.style.setProperty("padding-top", `${first * this.#rowHeight}px`);
    this.grid.setAttribute("aria-rowcount", String(count + 1));
    this.#place(this.rows, first, last);
    this.paintAges();
    this.#showWaiting(waiting);
    tell(this, "list-painted", { waiting });
    if (last >= count) tell(this, "list-end");
  }

  /**
   * Put exactly these rows into the page, moving none that is in its place.
   * @param {HTMLElement} group @param {number} first @param {number} last
   */
  #place(group, first, last) {
    const painted = new Map();
    for (let index = first; index < last; index += 1) {
      const row = this.view?.row(index);
      if (row) painted.set(row.key, this.#painted(row, index));
    }
    for (const [key, element] of this.#elements) if (!painted.has(key)) element.remove();
    [...painted.values()].forEach((element, at) => {
      if (group.children[at] !== element) group.insertBefore(element, group.children[at] ?? null);
    });
    this.#elements = painted;
    this.#pointAtSelected();
  }

  /** @param {import("../exchanges.js").Row} row @param {number} index */
  #painted(row, index) {
    const element = this.#elements.get(row.key) ?? (row.kind === "gap" ? createGapRow() : createRow());
    element.id = `row-${row.key}`;
    element.dataset.key = row.key;
    element.setAttribute("aria-rowindex", String(index + 2));
    if (row.kind === "gap") paintGapRow(element, row);
    else paintRow(element, row.summary, this.addressOf);
    if (row.kind === "exchange") element.setAttribute("aria-selected", String(row.key === this.#selected));
    return element;
  }

  #pointAtSelected() {
    const element = this.#selected === null ? undefined : this.#elements.get(this.#selected);
    if (element) this.grid?.setAttribute("aria-activedescendant", element.id);
    else this.grid?.removeAttribute("aria-activedescendant");
  }

  /** @param {number} count */
  #showWaiting(count) {
    const button = /** @type {HTMLElement} */ (this.waiting);
    button.hidden = count === 0 || this.#isPaused;
    setText(button, `${count} new`);
    button.setAttribute("aria-label", `Show ${countOf(count, "new row")}`);
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
    tell(this, "exchange-select", { id: /** @type {HTMLElement} */ (row).dataset.key });
  }
}

customElements.define("exchange-list", ExchangeList);
