// @ts-check
/**
 * The live list: a grid of which only the rows in sight exist, painted at most once per frame, and what came
 * at most ten times a second. It holds still while somebody reads: scrolled away, paused, with an exchange
 * selected, or with the pointer moving over the rows. Data comes by `view`; up go `exchange-select` (detail: {id}),
 * `exchange-pick` (detail: {id, isRange, isTouch}), `fold-toggle` (detail: the id), `sort-wanted` (detail: a column's name),
 * `list-painted` and `list-end`.
 */
import { columnOf, fitting, isRead, NARROW, template } from "../columns.js";
import { h, setText, tell } from "../dom.js";
import { countOf } from "../format.js";
import { onLongPress } from "../long-press.js";
import { rowsInView, scrollToRow } from "../viewport.js";
import { createGapRow, createRow, paintAge, paintGapRow, paintRow } from "./exchange-row.js";

const STEADY_MS = 1200; // after the pointer moved over the rows: time to aim and click
const CALM_MS = 100; // between two paintings of what came: nobody reads faster
const MOST_NEW = 12; // elements made for one frame: to make all forty at once is the longest task of a page
const PHONE = matchMedia("(max-width: 720px)");

export class ExchangeList extends HTMLElement {
  #titles = h("div.titles", { role: "rowgroup" });
  #rows = h("div.rows", { role: "rowgroup" });
  #waiting = h("button.waiting", { type: "button", hidden: true, click: () => this.showNewest() });
  grid = h("div.grid", { role: "grid", tabindex: "0", "aria-label": "Exchanges, newest first", "aria-multiselectable": "true" }, this.#titles, this.#rows);

  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();
  /** @type {string[]} */
  #columns = [];
  /** @type {string[]} */
  #chosen = [];
  /** @type {{name: string, isDescending: boolean} | null} */
  #sort = null;
  #frame = 0;
  #calmTimer = 0;
  #paintedAt = 0;
  #steadyTimer = 0;
  #isPaused = false;
  #isReading = false;
  #isRevealing = false;
  /** @type {string | null} */
  #revealed = null;
  #rowHeight = 28;
  /** @type {string | null} */
  #selected = null;
  /** @type {ReadonlySet<string>} */
  #picked = new Set();

  /** @type {import("../list-view.js").ListView | null} */
  view = null;
  /** @type {(id: string) => string} */
  addressOf = () => "#";
  /** @type {(id: string) => RowMarks} */
  marksOf = () => ({ isPinned: false, isMarked: false, isGone: false, isLeft: false, sent: "", note: "" });

  connectedCallback() {
    this.append(this.grid, this.#waiting);
    this.grid.addEventListener("scroll", () => this.#repaint(), { passive: true });
    this.grid.addEventListener("click", (event) => this.#click(event));
    onLongPress(this.#rows, (target) => {
      const row = /** @type {HTMLElement | null} */ (target.closest(".row:not(.gap)"));
      if (row) tell(this, "exchange-pick", { id: row.dataset.key, isTouch: true });
    });
    this.#rows.addEventListener("pointermove", () => this.#steady(STEADY_MS), { passive: true });
    this.#rows.addEventListener("pointerleave", () => this.#steady(0));
    new ResizeObserver(() => this.#measure()).observe(this.grid);
  }

  /** @param {boolean} value hold the list still until told otherwise */
  set paused(value) {
    this.#isPaused = value;
    this.#repaint();
  }

  /** @param {boolean} value whether somebody reads the selected exchange: its row, where there is one, must not move */
  set reading(value) {
    this.#isReading = value;
    this.#repaint();
  }

  /** @param {string | null} id */
  set selected(id) {
    this.#selected = id;
    this.#repaint();
  }

  /** @param {ReadonlySet<string>} ids chosen beside the selected one */
  set picked(ids) {
    this.#picked = ids;
    this.#repaint();
  }

  /** @param {{names: string[], sort: {name: string, isDescending: boolean} | null}} columns chosen, in their order */
  set columns({ names, sort }) {
    this.#chosen = names;
    this.#sort = sort;
    this.#columns = [];
    this.#layOut();
  }

  /** Something in the model changed: paint soon. */
  changed() {
    this.#calmTimer ||= setTimeout(() => this.#repaint(), this.#paintedAt + CALM_MS - performance.now());
  }

  /** The columns that have room. */
  get shownColumns() {
    return this.#columns;
  }

  /** The exchanges whose rows stand in the page. */
  get shownIds() {
    return [...this.#elements.keys()].filter((key) => this.view?.model.get(key));
  }

  /** Let in what waits; a pause still holds it. */
  showNewest() {
    this.#steady(0);
    if (!this.#isPaused) this.view?.catchUp();
    this.grid.scrollTop = 0;
    this.#repaint();
  }

  /** Scroll a row into sight, with the next frame. @param {string | null} id */
  reveal(id = this.#selected) {
    this.#isRevealing = true;
    this.#revealed = id;
    this.#repaint();
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
    this.#layOut();
    this.#repaint();
  }

  /** Choose the columns that fit; rows of other columns are made anew. */
  #layOut() {
    const names = PHONE.matches ? NARROW : fitting(this.#chosen, this.grid.clientWidth);
    if (this.grid.clientWidth === 0 || names.join() === this.#columns.join()) return;
    this.#columns = names;
    this.style.setProperty("--columns", template(names));
    this.#titles.replaceChildren(h("div.row", { role: "row" }, ...names.map((name) => this.#title(name))));
    this.#elements.clear();
    this.#rows.replaceChildren();
    this.#repaint();
  }

  /** @param {string} name of a column */
  #title(name) {
    const { title, help } = columnOf(name);
    const isSorted = this.#sort?.name === name;
    const direction = !isSorted ? "none" : this.#sort?.isDescending ? "descending" : "ascending";
    const click = () => tell(this, "sort-wanted", name);
    return h(`span.${isRead(name) ? "read" : name}`, { role: "columnheader", "aria-sort": direction }, h("button.sort", { type: "button", title: `${title}: ${help}. Sort by it`, click }, title));
  }

  /** What people do shows in the next frame. */
  #repaint() {
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    clearTimeout(this.#calmTimer);
    this.#frame = this.#calmTimer = 0;
    this.#paintedAt = performance.now();
    if (!this.view || this.#columns.length === 0) return;
    const isRowRead = this.#isReading && this.view.model.row(this.#selected ?? "") !== undefined;
    const isRead = this.view.count > 0 && (isRowRead || this.grid.scrollTop > 0 || this.#steadyTimer !== 0);
    this.view.settle(this.#isPaused || isRead);
    const { count, waiting } = this.view;
    this.#rows.style.setProperty("height", `${count * this.#rowHeight}px`);
    if (this.#isRevealing && count > 0) this.#scrollToRevealed();
    const { scrollTop } = this.grid;
    const { first, last } = rowsInView({ scrollTop, height: this.#height(), rowHeight: this.#rowHeight, count });
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

  #scrollToRevealed() {
    const height = this.#height();
    if (height <= 0) return; // not in sight yet
    this.#isRevealing = false;
    const index = this.view?.indexOf(this.#revealed) ?? -1;
    if (index >= 0) this.grid.scrollTop = scrollToRow({ index, scrollTop: this.grid.scrollTop, height, rowHeight: this.#rowHeight });
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
    const range = this.#columns.includes("waterfall") ? rangeOf(rows) : /** @type {[number, number]} */ ([0, 1]);
    this.#elements = new Map(rows.map((row, offset) => [row.key, this.#painted(row, first + offset, spare, range)]));
    spare.forEach((element) => element.remove());
    [...this.#elements.values()].forEach((element, at) => {
      if (this.#rows.children[at] !== element) this.#rows.insertBefore(element, this.#rows.children[at] ?? null);
    });
    this.#pointAtSelected();
  }

  /** @param {Row} row @param {number} index @param {HTMLElement[]} spare @param {[number, number]} range */
  #painted(row, index, spare, range) {
    const element = this.#elements.get(row.key) ?? takeFitting(spare, row) ?? (row.kind === "gap" ? createGapRow(this.#columns) : createRow(this.#columns));
    element.id = `row-${row.key}`;
    element.dataset.key = row.key;
    element.ariaRowIndex = String(index + 2);
    if (row.kind === "gap") {
      paintGapRow(element, row);
    } else {
      const isPicked = this.#picked.has(row.key);
      element.ariaSelected = String(row.key === this.#selected || isPicked);
      element.toggleAttribute("data-picked", isPicked);
      paintRow(element, row.summary, { addressOf: this.addressOf, marks: this.marksOf(row.key), fold: this.view?.foldOf(row.key) ?? null, range, isNarrow: PHONE.matches });
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

  /** A plain click selects; with Shift or Control it adds. The middle button opens the link. @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".rows > .row:not(.gap)"));
    if (!row) return;
    event.preventDefault();
    const id = row.dataset.key;
    if (target.closest(".fold")) {
      tell(this, "fold-toggle", id);
      return;
    }
    this.grid.focus({ preventScroll: true });
    const isTouch = /** @type {PointerEvent} */ (event).pointerType === "touch";
    if (isTouch && this.#picked.size > 0) tell(this, "exchange-pick", { id, isTouch });
    else if (event.ctrlKey || event.metaKey || event.shiftKey) tell(this, "exchange-pick", { id, isRange: event.shiftKey });
    else tell(this, "exchange-select", { id });
  }
}

/** @param {Row[]} rows @returns {[number, number]} the time that they span, in ms */
function rangeOf(rows) {
  const spans = rows.flatMap((row) => (row.kind === "gap" ? [] : [[Date.parse(row.summary.started_at), row.summary.duration_ms]]));
  if (!spans.length) return [0, 1];
  return [Math.min(...spans.map(([start]) => start)), Math.max(...spans.map(([start, size]) => start + size))];
}

/** @param {HTMLElement[]} spare @param {Row} row */
function takeFitting(spare, row) {
  const at = spare.findIndex((element) => element.classList.contains("gap") === (row.kind === "gap"));
  return at < 0 ? undefined : spare.splice(at, 1)[0];
}

customElements.define("exchange-list", ExchangeList);
