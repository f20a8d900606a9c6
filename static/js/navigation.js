// @ts-check
/**
 * Where the reader is, kept true to the browser's history: every place has an address, and the back button
 * leads to the one before. Event: `arrive` (detail: {place, previous}).
 */
import { formatPlace, parsePlace } from "./address.js";

export class Navigation extends EventTarget {
  place = parsePlace(location.search);

  /** @param {string} base the path, without a slash at its end, below which the inspector of a log is */
  constructor(base) {
    super();
    this.base = base;
    addEventListener("popstate", () => this.#arrive(parsePlace(location.search)));
  }

  /** Tell the first place, once everybody listens. */
  begin() {
    this.#arrive(this.place);
  }

  /** @param {Partial<Place>} change @returns the address of the present place, changed */
  addressOf(change) {
    return `${this.base}/${formatPlace({ ...this.place, ...change })}`;
  }

  /**
   * @param {Partial<Place>} change
   * @param {boolean} replace whether the back button skips the present place
   */
  go(change, replace = false) {
    const next = { ...this.place, ...change };
    if (replace) history.replaceState(null, "", this.addressOf(change));
    else if (formatPlace(next) !== formatPlace(this.place)) history.pushState(null, "", this.addressOf(change));
    this.#arrive(next);
  }

  /** @param {Place} place */
  #arrive(place) {
    const previous = this.place;
    this.place = place;
    this.dispatchEvent(new CustomEvent("arrive", { detail: { place, previous } }));
  }
}
