// @ts-check
/**
 * One search and its list, kept true to the server: loads the newest page, follows the feed from exactly
 * there, fetches older pages on demand, and starts over when the log did. No DOM. Events: `list` (the list
 * was replaced), `change` (rows came, changed or went), `fresh` (detail: {items: all that the feed told, arrived:
 * those that were not here before}), `state` (detail: {name, attempt}), `failure` (detail: an Error).
 */
import { ApiError } from "./api.js";
import { Exchanges } from "./exchanges.js";
import { Feed } from "./feed.js";

const RELOAD_DELAY_MS = 1000; // after a list that could not be loaded

export class Session extends EventTarget {
  exchanges = new Exchanges();
  q = "";
  /** Whether the list's end was reached. */
  isComplete = false;
  isLoading = false;
  /** @type {number | null} */
  #next = null;
  #stop = new AbortController();
  #timer = 0;

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.api = api;
    this.feed = new Feed(api.root);
    this.feed.addEventListener("steps", (event) => this.#take(/** @type {CustomEvent} */ (event).detail));
    this.feed.addEventListener("state", (event) => this.#feedState(/** @type {CustomEvent} */ (event).detail));
  }

  /**
   * @param {string} q show what matches this search, from now on
   * @param {(summary: Summary) => boolean} mayMatch what of the present rows is worth showing meanwhile
   */
  async start(q, mayMatch = () => true) {
    this.q = q;
    this.isLoading = true;
    this.exchanges.keep(mayMatch);
    this.feed.close();
    clearTimeout(this.#timer);
    const signal = this.#restartSignal();
    try {
      const page = await this.api.exchanges({ q }, signal);
      this.#show(page);
      this.feed.open({ after: page.head, epoch: page.epoch, q });
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  /** Fetch the page before the oldest row, once at a time. */
  async loadOlder() {
    if (this.isLoading || this.#next === null || this.exchanges.isFull) return;
    this.isLoading = true;
    const signal = this.#stop.signal;
    try {
      const page = await this.api.exchanges({ q: this.q, before: this.#next }, signal);
      this.exchanges.addOlder(page.items);
      this.#reached(page.next);
      this.#tell("change");
    } catch (error) {
      if (!signal.aborted) this.#tell("failure", error);
    } finally {
      if (!signal.aborted) this.isLoading = false;
    }
  }

  /** @param {Page} page */
  #show(page) {
    this.isLoading = false;
    this.exchanges.replaceAll(page.items);
    this.#reached(page.next);
    this.#tell("list");
  }

  /** @param {number | null} next */
  #reached(next) {
    this.#next = next;
    this.isComplete = next === null;
  }

  /** A search that the server refuses stays refused; anything else is tried again. @param {unknown} error */
  #failed(error) {
    this.isLoading = false;
    this.#tell("failure", error);
    if (error instanceof ApiError && error.status < 500) return;
    this.#tell("state", { name: "reconnecting", attempt: 1 });
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
      this.#tell("fresh", { items: step.items, arrived });
    } else if (step.do === "gap") this.exchanges.addGap(step.gap);
    else if (step.do === "remove") this.exchanges.remove(step.id);
    else if (step.do === "clear") this.exchanges.clearThrough(step.seq);
    else if (step.do === "reload") this.start(this.q);
  }

  /** @param {{name: string, attempt: number}} state */
  #feedState(state) {
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
