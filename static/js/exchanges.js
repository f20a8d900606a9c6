// @ts-check
/**
 * The list's model: rows by their place in the log, one per exchange and one per announced hole, bounded.
 * Oldest first, so that a new one is appended; the list shows them from the other end. An exchange keeps the
 * place where it first appeared, however often it is updated: nothing moves under the reader. Rows that a
 * restarted server has left behind stand at places up to 0, below all others.
 */

const LIMIT = 100_000; // about 60 MB of summaries: more than one reads, less than a tab may hold
const LEFT = 2_000; // rows that stay after a restart of the server

/**
 * The log began anew: of rows their lines stay behind, under one that says when.
 * @param {readonly Row[]} rows @param {number} at in milliseconds @returns {Row[]} the newest of them, for `addLeft`
 */
export function leftBehind(rows, at) {
  const left = rows.slice(-LEFT).map((row) => ({ ...row, isLeft: true }));
  if (left.some((row) => row.kind === "exchange")) left.push({ kind: "gap", key: `restart-${at}`, order: 0, missed: 0, reason: "restart", at, isLeft: true });
  left.forEach((row, index) => { row.order = index + 1 - left.length; });
  return left;
}

export class Exchanges {
  /** @type {Row[]} */
  #rows = [];
  /** @type {Map<string, ExchangeRow>} */
  #byId = new Map();

  /** How many rows were dropped from the old end because the page was full. */
  trimmed = 0;

  /** Grows with each change, and with each that took rows away. */
  version = 0;
  removals = 0;

  /** Grows when other rows take the place of all, as those of another search. */
  replacements = 0;

  /** Which ids are not let in: what was deleted, and can still be taken back. @type {(id: string) => boolean} */
  hides = () => false;

  /** @param {number} limit */
  constructor(limit = LIMIT) {
    this.limit = limit;
  }

  /** Rows, holes included. */
  get size() {
    return this.#rows.length;
  }

  get exchanges() {
    return this.#byId.size;
  }

  /** Of the exchanges. */
  get ids() {
    return [...this.#byId.keys()];
  }

  get isFull() {
    return this.#rows.length >= this.limit;
  }

  /** All rows, the oldest first. @returns {readonly Row[]} */
  get rows() {
    return this.#rows;
  }

  /** The oldest place of this run of the server. */
  get oldest() {
    return this.#rows.find((row) => row.order > 0)?.order ?? Infinity;
  }

  /** When the oldest exchange of this run began, in milliseconds. */
  get oldestMoment() {
    const row = this.#rows.find((one) => one.order > 0 && one.kind === "exchange");
    return row?.kind === "exchange" ? Date.parse(row.summary.started_at) : Infinity;
  }

  /** @param {number} moment in milliseconds @returns {string | null} the exchange that began last by then, or the oldest one */
  lastBy(moment) {
    const rows = this.#rows.filter((row) => row.kind === "exchange");
    const by = new Date(moment).toISOString();
    const [first] = rows;
    const last = rows.reduce((best, row) => (row.summary.started_at <= by && (!best || row.summary.started_at >= best.summary.started_at) ? row : best), /** @type {ExchangeRow | null} */ (null));
    return (last ?? first)?.key ?? null;
  }

  /** The newest place. */
  get newest() {
    return this.#rows.at(-1)?.order ?? 0;
  }

  /** @param {string} id @returns {Summary | undefined} */
  get(id) {
    return this.#byId.get(id)?.summary;
  }

  /** @param {string} id @returns {Row | undefined} */
  row(id) {
    return this.#byId.get(id);
  }

  /** @param {number} position counted from the oldest @returns {Row | undefined} */
  at(position) {
    return this.#rows[position];
  }

  /** @param {string} id @returns the row's position counted from the oldest, -1 when it is not here */
  positionOf(id) {
    const row = this.#byId.get(id);
    return row ? this.countThrough(row.order) - 1 : -1;
  }

  /** @param {number} order @returns how many rows stand at this place of the log or before it */
  countThrough(order) {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows[middle].order <= order) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {Summary[]} items newest first, as the API lists them */
  replaceAll(items) {
    this.#filter(() => false);
    this.replacements += 1;
    this.trimmed = 0;
    this.put(items.toReversed());
  }

  /** @param {readonly Row[]} rows that were here before, in their order; what was deleted since does not come back */
  putBack(rows) {
    this.#rows = [...rows];
    this.replacements += 1;
    this.#filter((row) => row.kind === "gap" || !this.hides(row.key));
  }

  /** @param {Row[]} rows */
  addLeft(rows) {
    for (const row of rows) if (row.kind === "exchange") this.#byId.set(row.key, row);
    this.#rows = [...rows, ...this.#rows];
    this.version += 1;
  }

  /** @param {Summary[]} items a page of older ones, newest first */
  addOlder(items) {
    const rows = items.toReversed().filter(({ id }) => !this.#byId.has(id) && !this.hides(id)).map((item) => this.#remember(item));
    const left = this.#rows.findIndex((row) => row.order > 0);
    this.#rows.splice(left < 0 ? this.#rows.length : left, 0, ...rows);
    this.version += 1;
  }

  /** @param {Summary[]} items from the feed */
  put(items) {
    for (const item of items) {
      if (this.hides(item.id)) continue;
      const known = this.#byId.get(item.id);
      if (!known) this.#insert(this.#remember(item));
      else if (item.seq > known.summary.seq) known.summary = item;
    }
    this.version += 1;
    this.#trim();
  }

  /** @param {Hole} gap */
  addGap({ from, to, missed, reason }) {
    const last = this.#rows.at(-1);
    if (last?.kind === "gap" && last.reason === reason && last.order < from) {
      last.missed += missed;
      last.order = to;
    } else {
      this.#insert({ kind: "gap", key: `gap-${from}`, order: to, missed, reason });
    }
  }

  /** @param {string} id @returns whether it was here */
  remove(id) {
    const position = this.positionOf(id);
    if (position < 0) return false;
    this.#rows.splice(position, 1);
    this.version += 1;
    this.removals += 1;
    return this.#byId.delete(id);
  }

  /** Bring back a row that was removed. @param {Row} row */
  restore(row) {
    if (row.kind === "gap" || this.#byId.has(row.key)) return;
    this.#byId.set(row.key, row);
    this.#insert(row);
    this.version += 1;
  }

  /** Forget everything up to a place in the log. @param {number} seq */
  clearThrough(seq) {
    this.#filter((row) => row.order > 0 && (row.kind === "gap" ? row.order : row.summary.seq) > seq);
  }

  /** @param {(summary: Summary) => boolean} isWanted which exchanges stay; gaps do */
  keep(isWanted) {
    this.#filter((row) => row.kind === "gap" || isWanted(row.summary));
  }

  /** @param {(row: Row) => boolean} stays */
  #filter(stays) {
    this.#rows = this.#rows.filter(stays);
    this.version += 1;
    this.removals += 1;
    this.#byId = new Map(this.#rows.filter((row) => row.kind === "exchange").map((row) => [row.key, row]));
  }

  /** @param {Summary} summary @returns {ExchangeRow} */
  #remember(summary) {
    const row = /** @type {ExchangeRow} */ ({ kind: "exchange", key: summary.id, order: summary.seq, summary });
    this.#byId.set(summary.id, row);
    return row;
  }

  /** @param {Row} row */
  #insert(row) {
    if (row.order > this.newest) this.#rows.push(row);
    else this.#rows.splice(this.countThrough(row.order), 0, row);
  }

  /** Drop the oldest; a hundredth at a time, because shortening an array at its front moves all of it. */
  #trim() {
    if (this.#rows.length <= this.limit * 1.01) return;
    const dropped = this.#rows.splice(0, this.#rows.length - this.limit);
    for (const row of dropped) if (row.kind === "exchange") this.#byId.delete(row.summary.id);
    this.trimmed += dropped.length;
    this.removals += 1;
  }
}
