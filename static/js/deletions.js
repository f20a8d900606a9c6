// @ts-check
/**
 * Deleting that can be undone: the rows go at once, the server is asked a little later, or when the page is left.
 * Events: `failure` (detail: an Error); `moved` (exchanges came back that a list no longer knows the place of).
 */

export const UNDO_MS = 8000;

const AT_ONCE = 20; // requests

/** @typedef {import("./exchanges.js").Exchanges} Exchanges */
/** @typedef {{list: Exchanges, row: Row, replacements: number}} Taken a row that stood in a list before it showed others */

export class Deletions extends EventTarget {
  /** What waits, the latest last. @type {{rows: Map<string, Taken[]>, timer: ReturnType<typeof setTimeout>}[]} */
  #waiting = [];

  /** @param {import("./api.js").Api} api @param {Exchanges[]} lists that show the exchanges */
  constructor(api, lists) {
    super();
    this.api = api;
    this.lists = lists;
    for (const list of lists) list.hides = (id) => this.has(id);
    globalThis.addEventListener?.("pagehide", () => this.#leave());
  }

  /** @param {string} id @returns {boolean} whether it is gone for the reader */
  has(id) {
    return this.#waiting.some(({ rows }) => rows.has(id));
  }

  /** @param {string[]} ids */
  delete(ids) {
    const rows = new Map(ids.map((id) => [id, this.#taken(id)]));
    const deletion = { rows, timer: setTimeout(() => this.#send(deletion), UNDO_MS) };
    this.#waiting.push(deletion);
  }

  /** Take back what was deleted last. @returns {string[]} the ids */
  undo() {
    const deletion = this.#waiting.pop();
    if (!deletion) return [];
    clearTimeout(deletion.timer);
    let hasMoved = false;
    for (const { list, row, replacements } of [...deletion.rows.values()].flat()) {
      if (list.replacements === replacements) list.restore(row);
      else hasMoved = true;
    }
    if (hasMoved) this.dispatchEvent(new CustomEvent("moved"));
    return [...deletion.rows.keys()];
  }

  /** @param {string} id @returns {Taken[]} its rows, and where they stood */
  #taken(id) {
    return this.lists.flatMap((list) => {
      const row = list.row(id);
      list.remove(id);
      return row ? [{ list, row, replacements: list.replacements }] : [];
    });
  }

  /** @param {{rows: Map<string, unknown>}} deletion */
  async #send(deletion) {
    const ids = [...deletion.rows.keys()];
    while (ids.length) {
      const results = await Promise.allSettled(ids.splice(0, AT_ONCE).map((id) => this.api.remove(id)));
      const failure = results.find((result) => result.status === "rejected" && result.reason.status !== 404);
      if (failure?.status === "rejected") this.dispatchEvent(new CustomEvent("failure", { detail: failure.reason }));
    }
    this.#waiting = this.#waiting.filter((one) => one !== deletion);
  }

  #leave() {
    for (const { rows, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      for (const id of rows.keys()) this.api.remove(id, true).catch(() => {});
    }
  }
}
