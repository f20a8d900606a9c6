// @ts-check
/**
 * What a reader sees of the list: newest on top, and held still while they read. Held, the view ends at the
 * row that was newest then; later rows are in the model and wait.
 */

export class ListView {
  /** The newest place in the log that is shown, while the view is held. @type {number | null} */
  #heldAt = null;
  #newestShown = 0;

  /** @param {import("./exchanges.js").Exchanges} model */
  constructor(model) {
    this.model = model;
  }

  /** How many rows there are to see. */
  get count() {
    return this.#heldAt === null ? this.model.size : this.model.countThrough(this.#heldAt);
  }

  /** How many newer rows wait. */
  get waiting() {
    return this.model.size - this.count;
  }

  /** The model was filled anew. */
  reset() {
    this.#heldAt = null;
    this.#newestShown = this.model.newest;
  }

  /** @param {boolean} isHeld whether the view has to stay as it was last settled */
  settle(isHeld) {
    this.#heldAt = isHeld ? (this.#heldAt ?? this.#newestShown) : null;
    this.#newestShown = this.#heldAt ?? this.model.newest;
  }

  /** @param {number} index from the top @returns {Row | undefined} */
  row(index) {
    return this.model.at(this.count - 1 - index);
  }

  /** @param {string | null} id @returns from the top; -1 when it is not in the view */
  indexOf(id) {
    const position = id === null ? -1 : this.model.positionOf(id);
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
}
