// @ts-check
/**
 * One search and its list, kept true to the server: loads the newest page, follows the feed from exactly
 * there, fetches older pages on demand, and starts over when the log did. A search goes through the log piece by
 * piece, so that one can be told how far it is. No DOM. Events: `list` (the list was replaced), `change` (rows
 * came, changed or went), `fresh` (detail: {items: all that the feed told, arrived: those that were not here
 * before}), `state` (detail: {name, attempt, again}), `restarted` (detail: when), `warnings` (detail: sentences), `failure`
 * (detail: an Error).
 */
import { ApiError } from "./api.js";
import { Exchanges, leftBehind } from "./exchanges.js";
import { Feed } from "./feed.js";
import { pieceOf, PIECE, nextPiece } from "./search-progress.js";

const RELOAD_DELAY_MS = 1000; // after a list that could not be loaded
const STALE_MS = 150; // most searches are quicker: a list that is empty meanwhile would flicker
const BOUNDS_MS = 1000; // how often the server is asked what it still keeps, while it gets requests
const PAGE = 200; // rows that are loaded at once
const REACH_PAGE = 1000; // the most that the API gives
const REACH_PAGES = 10; // to find the row that a link names

export class Session extends EventTarget {
  exchanges = new Exchanges();
  q = "";
  /** Whether the list's end was reached. */
  isComplete = false;
  isLoading = false;
  /** Whether the last question got no answer. */
  isCutOff = false;
  /** Whether the rows are still those of another search: until there are some of this one, but not for long. */
  isStale = false;
  /** What the server keeps: from which seq on, how many of how many exchanges. */
  kept = { oldest: 0, head: 0, exchanges: 0, most: 0 };
  /** Exchanges that turned out not to be kept, whatever the bounds say. @type {Set<string>} */
  #gone = new Set();
  /** Rows of earlier runs of the server. @type {Row[]} */
  #left = [];
  /** The list as it was before a search: it comes back with the end of the search, even while the server is away. @type {readonly Row[]} */
  #unsearched = [];
  #epoch = "";
  /** @type {number | null} */
  #next = null;
  #piece = PIECE;
  #stop = new AbortController();
  #timer = 0;
  #failures = 0;
  #boundsTimer = 0;
  #staleTimer = 0;
  #count = 0;
  #countedAt = "";
  /** The search before, which the server has understood. */
  #understood = "";
  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.api = api;
    this.feed = new Feed(api.base);
    this.feed.addEventListener("steps", (event) => this.#take(/** @type {CustomEvent} */ (event).detail));
    this.feed.addEventListener("state", (event) => this.#feedState(/** @type {CustomEvent} */ (event).detail));
  }

  /** Of the log, how much a search went through; null when there is nothing left to look at. */
  get progress() {
    const { head, oldest } = this.kept;
    if (!this.q || this.#next === null) return null;
    return { done: Math.max(0, head - this.#next + 1), total: Math.max(1, head - oldest + 1) };
  }

  /** @param {string} id @returns {boolean} whether the server can still show more of it than its line */
  isKept(id) {
    const row = this.exchanges.row(id);
    return row?.kind !== "exchange" || !this.#isOnlyLine(row);
  }

  /** How many rows are only lines. */
  get gone() {
    const key = `${this.exchanges.version} ${this.kept.oldest} ${this.#gone.size}`;
    if (key !== this.#countedAt) {
      this.#countedAt = key;
      this.#count = this.exchanges.rows.reduce((sum, row) => sum + Number(row.kind === "exchange" && this.#isOnlyLine(row)), 0);
    }
    return this.#count;
  }

  /** @param {ExchangeRow} row */
  #isOnlyLine(row) {
    return row.isLeft || row.summary.seq < this.kept.oldest || this.#gone.has(row.key);
  }

  /** The server said that it has none of this id. @param {string} id */
  miss(id) {
    this.#gone.add(id);
    this.#askBounds();
    this.#tell("change");
  }

  /** Let go of the lines whose query may hold secrets: the server sends them again without. */
  hideQueries() {
    const isHarmless = (/** @type {Summary} */ { query_string }) => !query_string;
    this.exchanges.keep(isHarmless);
    [this.#left, this.#unsearched] = [this.#left, this.#unsearched].map((rows) => rows.filter((row) => row.kind === "gap" || isHarmless(row.summary)));
  }

  /** @param {string} q show what matches this search, from now on; one that the server does not understand leaves the list as it is */
  async start(q) {
    if (q && !this.q) this.#unsearched = [...this.exchanges.rows];
    this.isStale ||= q !== this.q;
    if (!q && this.q && this.#unsearched.length > 0) {
      this.exchanges.putBack(this.#unsearched);
      this.isStale = false;
    }
    this.q = q;
    clearTimeout(this.#staleTimer);
    this.#staleTimer = setTimeout(() => this.#dropStale(), STALE_MS);
    this.#next = q && this.#epoch ? Math.max(this.kept.head, this.exchanges.newest) + 1 : null;
    this.#piece = PIECE;
    this.isLoading = true;
    this.feed.close();
    clearTimeout(this.#timer);
    this.#timer = 0;
    const signal = this.#restartSignal();
    try {
      if (this.#next === null || !(await this.#searchAtOnce(this.#next, signal))) {
        const page = await this.api.exchanges({ limit: q ? 1 : PAGE }, signal);
        this.#begin(page);
        this.#tell("list");
        if (q) await this.#searchOnce(signal); // a search that makes no sense is refused here, before the feed is asked
        this.#follow();
      }
      this.isCutOff = false;
      this.#failures = 0;
      if (q) await this.#search(signal);
      this.#understood = q;
      this.isLoading = false;
      this.#tell("change");
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  /** Fetch the page before the oldest row, once at a time. */
  async loadOlder() {
    if (this.isLoading || this.#next === null || this.exchanges.isFull) return;
    await this.#loading((signal) => (this.q ? this.#search(signal) : this.#older(PAGE, signal)));
  }

  /** Load what is older until this place of the log is in the list, if it is not too far. @param {number} seq */
  async reach(seq) {
    await this.#reach(REACH_PAGES, () => this.q !== "" || this.exchanges.oldest <= seq);
  }

  /** Load what is older until this moment is in the list, or all of it. @param {number} moment in milliseconds */
  async reachTime(moment) {
    await this.#reach(Infinity, () => this.exchanges.oldestMoment <= moment);
  }

  /** Load older pages, after those that are being loaded. @param {number} pages at most @param {() => boolean} isReached */
  async #reach(pages, isReached) {
    while (this.isLoading) await new Promise((resolve) => this.addEventListener("change", resolve, { once: true }));
    const isMissing = () => this.#next !== null && !this.exchanges.isFull && !isReached();
    if (!isMissing()) return; // and nothing new is known of the server
    await this.#loading(async (signal) => {
      for (let page = 0; page < pages && isMissing(); page += 1) {
        await (this.q ? this.#search(signal) : this.#older(REACH_PAGE, signal));
      }
    });
  }

  /** @param {(signal: AbortSignal) => Promise<void>} load */
  async #loading(load) {
    if (this.isLoading) return;
    this.isLoading = true;
    const signal = this.#stop.signal;
    try {
      await load(signal);
      this.isCutOff = false;
    } catch (error) {
      if (!signal.aborted) this.#tell("failure", error);
    } finally {
      if (!signal.aborted) {
        this.isLoading = false;
        this.#tell("change");
      }
    }
  }

  /** @param {number} limit @param {AbortSignal} signal */
  async #older(limit, signal) {
    const page = await this.api.exchanges({ before: this.#next ?? 0, limit }, signal);
    this.exchanges.addOlder(page.items);
    this.#reached(page.next);
    this.#tell("change");
  }

  /**
   * The first piece of a search where the end of the log is known: the newest exchanges, and what came meanwhile.
   * @param {number} next behind that end @param {AbortSignal} signal @returns {Promise<boolean>} false when the log is another one
   */
  async #searchAtOnce(next, signal) {
    const { after } = pieceOf(next, this.#piece);
    const page = await this.api.exchanges({ q: this.q, after, limit: PAGE }, signal);
    if (page.epoch !== this.#epoch) return false;
    this.#begin(page);
    this.#tell("list");
    this.#found(page, after);
    this.#follow();
    return true;
  }

  /** Look for a page of matches, from where the search has come to. @param {AbortSignal} signal */
  async #search(signal) {
    for (let found = 0; this.#next !== null && found < PAGE; ) found += await this.#searchOnce(signal);
  }

  /** The next piece of it. @param {AbortSignal} signal @returns {Promise<number>} how many matches it has */
  async #searchOnce(signal) {
    const { after, before } = pieceOf(this.#next ?? 1, this.#piece);
    const began = performance.now();
    const page = await this.api.exchanges({ q: this.q, before, after, limit: PAGE }, signal);
    this.#piece = nextPiece(this.#piece, performance.now() - began);
    this.#found(page, after);
    return page.items.length;
  }

  /** @param {Page} page of matches behind a place of the log @param {number} after */
  #found(page, after) {
    this.exchanges.put(page.items);
    this.#reached(page.next ?? (after < page.oldest ? null : after + 1));
    this.#tell("change");
  }

  /** What a page says of the log; of the list, the newest rows, or none yet of a search. @param {Page} page */
  #begin(page) {
    if (this.#epoch && page.epoch !== this.#epoch) this.#restart();
    this.#epoch = page.epoch;
    this.kept = { ...this.kept, oldest: page.oldest, head: page.head };
    if (this.q) {
      if (this.isStale) this.exchanges.replaceAll([]);
      this.#reached(page.head < page.oldest ? null : page.head + 1);
    } else {
      this.exchanges.replaceAll(page.items);
      this.exchanges.addLeft(this.#left);
      this.#reached(page.next);
    }
    this.isStale = false;
    this.#askBounds();
  }

  /** Now there are rows of this search, or there are none. */
  #dropStale() {
    if (!this.isStale) return;
    this.isStale = false;
    this.exchanges.replaceAll([]);
    this.#tell("list");
  }

  /** The log is another one: of the rows that are here only their lines are left. */
  #restart() {
    const now = Date.now();
    const left = leftBehind(this.exchanges.rows, now);
    this.#left = this.#unsearched = this.q && this.#unsearched.length > 0 ? leftBehind(this.#unsearched, now) : left;
    this.exchanges.replaceAll([]);
    if (this.q) this.exchanges.addLeft(left);
    this.#gone.clear();
    this.isStale = false;
    this.#tell("restarted", now);
  }

  #follow() {
    this.feed.open({ after: this.kept.head, epoch: this.#epoch, q: this.q, reveal: this.api.isRevealing });
  }

  /** @param {number | null} next */
  #reached(next) {
    this.#next = next;
    this.isComplete = next === null;
  }

  /** A search that the server refuses stays refused; anything else is tried again. @param {unknown} error */
  #failed(error) {
    this.isLoading = false;
    this.isCutOff = !(error instanceof ApiError);
    this.#tell("failure", error);
    this.#tell("change");
    if (error instanceof ApiError && error.status < 500) {
      this.isStale = false;
      if (this.q !== this.#understood) this.start(this.#understood);
      return;
    }
    this.#failures += 1;
    this.#tell("state", { name: "reconnecting", attempt: this.#failures, again: Date.now() + RELOAD_DELAY_MS });
    this.#timer = setTimeout(() => this.start(this.q), RELOAD_DELAY_MS);
  }

  /** @param {Step[]} steps */
  #take(steps) {
    for (const step of steps) this.#apply(step);
    this.#tell("change");
  }

  /** @param {Step} step */
  #apply(step) {
    if (step.do === "put") {
      const arrived = step.items.filter((item) => !this.exchanges.get(item.id));
      this.exchanges.put(step.items);
      this.kept.exchanges = Math.min(this.kept.most || Infinity, this.kept.exchanges + arrived.length);
      this.#boundsSoon();
      this.#tell("fresh", { items: step.items, arrived });
    } else if (step.do === "gap") this.exchanges.addGap(step.gap);
    else if (step.do === "remove") {
      if (this.exchanges.remove(step.id)) this.kept.exchanges -= 1;
      this.#unsearched = this.#unsearched.filter(({ key }) => key !== step.id);
    } else if (step.do === "clear") {
      this.#left = [];
      this.#unsearched = [];
      this.exchanges.clearThrough(step.seq);
      this.#askBounds();
    } else if (step.do === "reload") this.start(this.q);
  }

  #boundsSoon() {
    if (document.hidden) return;
    this.#boundsTimer ||= setTimeout(() => this.#askBounds(), BOUNDS_MS);
  }

  /** Do not wait any longer to try again. */
  hurry() {
    if (this.#timer) this.start(this.q);
    else this.feed.hurry();
  }

  /** Whether all is well with the log: a feed whose store is away says nothing. */
  ask() {
    this.#askBounds();
  }

  /** What is kept changes with each request that comes, and nobody says so unless asked. */
  async #askBounds() {
    clearTimeout(this.#boundsTimer);
    this.#boundsTimer = 0;
    try {
      const { epoch, oldest, head, exchanges, max_exchanges: most, warnings } = await this.api.info();
      if (epoch === this.#epoch && oldest !== null && head !== null && exchanges !== null) this.kept = { oldest, head, exchanges, most };
      this.#tell("change");
      this.#tell("warnings", warnings);
      this.feed.hurry();
    } catch {
      // the feed says when the server is away
    }
  }

  /** @param {{name: string, attempt: number}} state */
  #feedState(state) {
    if (state.name === "live" || state.name === "streaming") this.isCutOff = false;
    this.#tell("state", state);
    // A refused handshake tells a page nothing; the API says whether the sign-in has ended.
    if (state.name === "reconnecting" && state.attempt > 0) this.api.exchanges({ limit: 1 }).catch(() => {});
  }

  #restartSignal() {
    this.#stop.abort();
    this.#stop = new AbortController();
    return this.#stop.signal;
  }

  /** @param {string} name @param {any} [detail] */
  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
