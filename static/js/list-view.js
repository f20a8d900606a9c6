// @ts-check
/**
 * What a reader sees of the list: newest on top, and held still while they read. Held, the view ends at the
 * row that was newest then; later rows are in the model and wait. Sorted by a column or folded by kind, the view
 * is a list of its own, made anew at most every so often.
 */
import { methodOf } from "./titles.js";

const ARRANGE_MS = 500; // to sort 100,000 rows takes a tenth of it

/** @typedef {{compare: ((a: Summary, b: Summary) => number) | null, isFolded: boolean}} Arrangement */

/** @type {Arrangement} */
const NATURAL = { compare: null, isFolded: false };

export class ListView {
  /** The newest place in the log that is shown, while the view is held. @type {number | null} */
  #heldAt = null;
  #newestShown = 0;
  #arrangement = NATURAL;
  /** The rows from the top, where they are sorted or folded. @type {Row[] | null} */
  #rows = null;
  #version = -1;
  #removals = -1;
  #size = 0;
  #arrangedAt = -Infinity;
  /** By the kind of its rows, how many there are, and whether they are unfolded. @type {Map<string, number>} */
  #sizes = new Map();
  /** @type {Set<string>} */
  #unfolded = new Set();

  /** @param {import("./exchanges.js").Exchanges} model @param {() => number} now in milliseconds */
  constructor(model, now = () => performance.now()) {
    this.model = model;
    this.now = now;
  }

  /** How many rows there are to see. */
  get count() {
    if (this.#rows) return this.#rows.length;
    return this.#heldAt === null ? this.model.size : this.model.countThrough(this.#heldAt);
  }

  /** How many newer rows wait. */
  get waiting() {
    if (this.#rows) return Math.max(0, this.model.size - this.#size);
    return this.model.size - this.count;
  }

  /** @param {Arrangement} arrangement */
  arrange(arrangement) {
    this.#arrangement = arrangement;
    this.#unfolded.clear();
    this.#rows = null;
    this.#version = -1;
    this.#arrangedAt = -Infinity;
  }

  /** @param {string} id @returns how many rows are folded into this one, and whether they are shown; null for one that stands alone */
  foldOf(id) {
    const kind = this.#rows && this.#arrangement.isFolded ? kindOf(this.model.row(id)) : null;
    const size = kind === null ? 0 : (this.#sizes.get(kind) ?? 0);
    return kind === null || size < 2 ? null : { size, isOpen: this.#unfolded.has(kind) };
  }

  /** Show the rows of this one's kind, or fold them again. @param {string} id */
  toggleFold(id) {
    const kind = kindOf(this.model.row(id));
    if (!this.#unfolded.delete(kind)) this.#unfolded.add(kind);
    this.#arrangeNow();
  }

  /** The model was filled anew, or will be: with what the log has up to its head. @param {number} head */
  reset(head = 0) {
    this.catchUp();
    this.#newestShown = Math.max(head, this.model.newest);
    this.#rows = null;
  }

  /** What comes now was looked for: it does not wait. */
  refresh() {
    this.#version = -1;
  }

  /** Let what waits in, once. */
  catchUp() {
    this.#heldAt = null;
    this.#newestShown = this.model.newest;
    this.#arrangedAt = -Infinity;
    this.#version = -1;
  }

  /** @param {boolean} isHeld whether the view has to stay as it was last settled */
  settle(isHeld) {
    this.#heldAt = isHeld ? (this.#heldAt ?? this.#newestShown) : null;
    this.#newestShown = this.#heldAt ?? Math.max(this.#newestShown, this.model.newest);
    if (!this.#arrangement.compare && !this.#arrangement.isFolded) return;
    const isDue = this.#version !== this.model.version && this.now() - this.#arrangedAt > ARRANGE_MS;
    if (!this.#rows || (isDue && (!isHeld || this.#version < 0))) this.#arrangeNow();
    else if (this.#removals !== this.model.removals) this.#dropGone();
  }

  /** @param {number} index from the top @returns {Row | undefined} */
  row(index) {
    return this.#rows ? this.#rows[index] : this.model.at(this.count - 1 - index);
  }

  /** @param {string | null} id @returns from the top; -1 when it is not in the view */
  indexOf(id) {
    if (id === null) return -1;
    if (this.#rows) return this.#rows.findIndex((row) => row.key === id);
    const position = this.model.positionOf(id);
    return position < 0 ? -1 : Math.max(-1, this.count - 1 - position);
  }

  /**
   * @param {string | null} id
   * @param {1 | -1} step down or up; from nowhere both lead to the first row
   * @returns the next exchange that way, gaps stepped over; null at the end
  */
  neighbour(id, step) {
    const from = this.indexOf(id);
    let index = from < 0 ? 0 : from + step;
    while (this.row(index)?.kind === "gap") index += from < 0 ? 1 : step;
    return this.row(index)?.key ?? null;
  }

  /** @param {"newest" | "oldest"} end */
  end(end) {
    const step = end === "newest" ? 1 : -1;
    let index = end === "newest" ? 0 : this.count - 1;
    while (this.row(index)?.kind === "gap") index += step;
    return this.row(index)?.key ?? null;
  }

  /** @param {string} from @param {string} to @returns {string[]} the exchanges from one row to another, whichever is above */
  between(from, to) {
    const [first, last] = [this.indexOf(from), this.indexOf(to)].sort((a, b) => a - b);
    if (first < 0) return [to];
    return Array.from({ length: last - first + 1 }, (_, offset) => this.row(first + offset))
      .filter((row) => row?.kind === "exchange").map((row) => /** @type {Row} */ (row).key);
  }

  #arrangeNow() {
    const { compare, isFolded } = this.#arrangement;
    const rows = this.model.rows.toReversed().filter((row) => !compare || row.kind === "exchange");
    const groups = isFolded ? this.#grouped(rows) : rows.map((row) => [row]);
    if (compare) groups.sort(([a], [b]) => compare(/** @type {ExchangeRow} */ (a).summary, /** @type {ExchangeRow} */ (b).summary));
    this.#rows = groups.flatMap((group) => (this.#unfolded.has(kindOf(group[0])) || !isFolded ? group : [group[0]]));
    this.#version = this.model.version;
    this.#removals = this.model.removals;
    this.#size = this.model.size;
    this.#arrangedAt = this.now();
  }

  /** @param {Row[]} rows @returns {Row[][]} by kind, in the order of the newest of each */
  #grouped(rows) {
    /** @type {Map<string, Row[]>} */
    const groups = new Map();
    for (const row of rows) {
      const group = groups.get(kindOf(row));
      if (group) group.push(row);
      else groups.set(kindOf(row), [row]);
    }
    this.#sizes = new Map([...groups].map(([kind, group]) => [kind, group.length]));
    return [...groups.values()];
  }

  /** What was deleted goes, even from a list that is held. */
  #dropGone() {
    this.#rows = (this.#rows ?? []).filter((row) => row.kind === "gap" || this.model.row(row.key));
    this.#removals = this.model.removals;
    this.#size = Math.min(this.#size, this.model.size);
  }
}

/** @param {Row | undefined} row @returns what rows have in common that are folded into one */
function kindOf(row) {
  return row?.kind === "exchange" ? `${methodOf(row.summary)} ${row.summary.path}` : `gap ${row?.key}`;
}
