// @ts-check
/**
 * Two exchanges side by side: which one was marked first, and the documents of both. Events: `pair` (detail:
 * [document, document]), `failure` (detail: an Error).
 */

const SAME_PATH = 200; // exchanges to look through for the previous one of a path

export class Comparison extends EventTarget {
  /** The first of the two, until the second is chosen. @type {string | null} */
  marked = null;
  #stop = new AbortController();

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.api = api;
  }

  /** @param {string} id @param {string | null} other null to compare nothing */
  async open(id, other) {
    this.#stop.abort();
    this.#stop = new AbortController();
    if (other === null) return;
    const { signal } = this.#stop;
    try {
      const detail = await Promise.all([this.api.exchange(id, signal), this.api.exchange(other, signal)]);
      this.dispatchEvent(new CustomEvent("pair", { detail }));
    } catch (error) {
      if (!signal.aborted) this.dispatchEvent(new CustomEvent("failure", { detail: error }));
    }
  }

  /** @param {Summary} summary @returns the id of the latest one before it with the same path; null when none is kept */
  async previous({ path, seq, id }) {
    const { items } = await this.api.exchanges({ q: pathSearch(path), before: seq, limit: SAME_PATH });
    return items.find((item) => item.path === path && item.id !== id)?.id ?? null;
  }
}

/** @param {string} path @returns a search that finds it, and perhaps longer ones */
export function pathSearch(path) {
  const quoted = path.slice(0, 400).replace(/[\\"]/g, "\\$&");
  return `path:"${quoted}"`;
}
