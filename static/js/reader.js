// @ts-check
/**
 * Loads the exchange that is being read, and loads it again while it is open and grows. One request at a
 * time; what was asked for last wins. What was loaded stays, whatever the server drops meanwhile. Events:
 * `document` (detail: the document), `absent` (detail: {id, isGone, text}).
 */
import { ApiError } from "./api.js";

const BROWSING_MS = 60; // a held arrow key loads only where it stops
const REFRESH_MS = 400; // an open exchange may get a new record every second

export class Reader extends EventTarget {
  /** @type {string | null} */
  #id = null;
  #seq = 0;
  #isLoaded = false;
  #timer = 0;
  #stop = new AbortController();

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.api = api;
  }

  /** @param {string | null} id what to read; null for nothing */
  open(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.again();
  }

  /** Load it anew, as the server shows it now. */
  again() {
    this.#seq = 0;
    this.#isLoaded = false;
    this.#schedule(BROWSING_MS);
  }

  /** A record came by: load it if it is a later one of what is being read. @param {{id: string, seq: number}} summary */
  heard({ id, seq }) {
    if (id !== this.#id || this.#seq === 0 || seq <= this.#seq) return;
    this.#seq = seq;
    this.#schedule(REFRESH_MS);
  }

  /** @param {number} delay in milliseconds */
  #schedule(delay) {
    clearTimeout(this.#timer);
    this.#stop.abort();
    if (this.#id !== null) this.#timer = setTimeout(() => this.#load(/** @type {string} */ (this.#id)), delay);
  }

  /** @param {string} id */
  async #load(id) {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    try {
      const detail = completed(await this.api.exchange(id, signal));
      this.#seq = Math.max(this.#seq, detail.seq);
      this.#isLoaded = true;
      this.dispatchEvent(new CustomEvent("document", { detail }));
    } catch (error) {
      if (signal.aborted || this.#isLoaded) return;
      const isGone = error instanceof ApiError && error.status === 404;
      this.dispatchEvent(new CustomEvent("absent", { detail: { id, isGone, text: reasonOf(error) } }));
    }
  }
}

/** A request that was turned away has little of what others have. @param {any} document @returns {ExchangeDocument} */
function completed(document) {
  const nothing = { size: 0, kept: 0, truncated: false, sha256: null, content: "" };
  const { scope, events, events_omitted, request, response, error, path, query_string } = document;
  return {
    ...document,
    path: path ?? "", query_string: query_string ?? "", error: error ?? null, response: response ?? null,
    scope: { type: document.type, ...scope, headers: scope?.headers ?? [] },
    events: events ?? [], events_omitted: events_omitted ?? 0,
    request: { ...request, body: { ...nothing, ...request?.body } },
  };
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof ApiError)) return "It could not be loaded: the server does not answer.";
  if (error.status !== 404) return `It could not be loaded: ${error.message}`;
  return "This exchange is no longer kept: it was deleted, newer ones took its place, or the server was restarted.";
}
