// @ts-check
/**
 * Values for the columns that a summary does not have, asked for when their rows are in sight and stay there. What was
 * read once stays, until an exchange has a newer record. Event: `change`.
 */

const CALM_MS = 120; // rows that have stood so long are read
const LATEST_MS = 1000; // however fast they change, some are
const MOST = 200; // that the server gives at once
const KEPT = 20_000;

export class Values extends EventTarget {
  /** By exchange and column; the record that they are of. @type {Map<string, {seq: number, values: Record<string, string>}>} */
  #known = new Map();
  #timer = 0;
  #askedAt = 0;
  #inSight = "";
  #isAsking = false;

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.api = api;
  }

  /** @param {string} id @param {string} name of a column @returns {string | undefined} */
  of(id, name) {
    return this.#known.get(id)?.values[name];
  }

  /** What was read is wrong now: with its secrets, or without. */
  forget() {
    this.#known.clear();
    this.#inSight = "";
  }

  /** @param {(Summary | undefined)[]} summaries in sight @param {string[]} fields their columns */
  look(summaries, fields) {
    const wanted = fields.length ? summaries.filter((summary) => summary !== undefined && this.#isUnknown(summary, fields)) : [];
    const inSight = wanted.map((summary) => summary?.id).join();
    if (!wanted.length || (inSight === this.#inSight && this.#timer)) return;
    this.#inSight = inSight;
    clearTimeout(this.#timer);
    const delay = Math.max(0, Math.min(CALM_MS, this.#askedAt + LATEST_MS - performance.now()));
    this.#timer = setTimeout(() => this.#ask(/** @type {Summary[]} */ (wanted), fields), delay);
  }

  /** @param {Summary} summary @param {string[]} fields */
  #isUnknown({ id, seq }, fields) {
    const known = this.#known.get(id);
    return !known || known.seq < seq || fields.some((field) => !(field in known.values));
  }

  /** @param {Summary[]} summaries @param {string[]} fields */
  async #ask(summaries, fields) {
    this.#timer = 0;
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#askedAt = performance.now();
    const some = summaries.slice(0, MOST);
    try {
      const { values } = await this.api.values(some.map(({ id }) => id), fields);
      for (const { id, seq } of some) {
        const read = Object.fromEntries(fields.map((field, at) => [field, values[id]?.[at] ?? ""]));
        this.#known.set(id, { seq, values: { ...this.#known.get(id)?.values, ...read } });
      }
      while (this.#known.size > KEPT) this.#known.delete(/** @type {string} */ (this.#known.keys().next().value));
      this.dispatchEvent(new CustomEvent("change"));
    } catch {
      // the feed says when the server is away; the rows that are in sight then are asked for again
    }
    this.#isAsking = false;
  }
}
