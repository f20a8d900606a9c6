// @ts-check
/**
 * Moving through the list: which rows it shows (the search's or the pinned ones), pausing, following, going
 * from one exchange to the next, choosing several. Event: `change` (pause, follow or the choice were changed).
 */
import { footText } from "./foot.js";
import { ListView } from "./list-view.js";

const FOLLOW_MS = 400; // how often following moves on: slow enough to read a line

export class Browsing extends EventTarget {
  isPaused = false;
  isFollowing = false;
  /** Chosen together with the selected one. @type {Set<string>} */
  picked = new Set();
  #moving = 0;
  /** The place in the log of what is read, once it is known. @type {{id: string, seq: number} | null} */
  #read = null;

  /**
   * @param {import("./session.js").Session} session
   * @param {import("./marks.js").Marks} marks
   * @param {import("./navigation.js").Navigation} navigation
   * @param {import("./elements/exchange-list.js").ExchangeList} list
   */
  constructor(session, marks, navigation, list) {
    super();
    this.session = session;
    this.marks = marks;
    this.navigation = navigation;
    this.list = list;
    this.found = new ListView(session.exchanges);
    this.pinned = new ListView(marks.pinned);
    this.list.view = this.found;
  }

  /** The rows that are shown. */
  get view() {
    return this.navigation.place.isPinned ? this.pinned : this.found;
  }

  /** @returns what the place for the list shows: `rows`, or why there are none */
  get content() {
    if (this.view.model.size > 0) return "rows";
    if (this.navigation.place.isPinned) return "no-pins";
    if (this.session.q && (this.session.isLoading || this.session.isCutOff || this.session.progress)) return "searching";
    if (this.session.isLoading) return "loading";
    return this.session.q ? "no-match" : "empty";
  }

  /** @returns one line about how much there is */
  get foot() {
    const { exchanges, gone, isComplete, isLoading, isCutOff, isStale, q, kept, progress } = this.session;
    return footText({
      pinned: this.navigation.place.isPinned ? this.marks.pinned.exchanges : null,
      shown: isStale ? 0 : exchanges.exchanges, gone, kept: kept.exchanges, isComplete, q, progress, isSearching: isLoading && q !== "", isCutOff,
      trimmed: exchanges.trimmed,
    });
  }

  /** @param {string | null} id @returns {Summary | undefined} */
  summaryOf(id) {
    return id === null ? undefined : (this.session.exchanges.get(id) ?? this.marks.pinned.get(id));
  }

  /** The list was filled anew. */
  restart() {
    this.list.showNewest();
    this.found.reset(this.session.kept.head);
    this.list.reveal();
    this.#reach();
  }

  /** @param {Place} place @param {Place} previous */
  arrive(place, previous) {
    this.list.view = this.view;
    this.list.selected = place.id;
    this.list.reading = place.id !== null && !this.isFollowing;
    if (place.isPinned !== previous.isPinned) this.list.showNewest();
    if (place.id !== previous.id) this.pick([]);
    if (place.id === null || place.id === previous.id) return;
    this.list.reveal();
  }

  /** Show the row of what is read, when a link led there: it may be further down than what is loaded. @param {Summary} summary */
  find({ id, seq }) {
    if (this.#read?.id === id) return;
    this.#read = { id, seq };
    this.#reach();
  }

  async #reach() {
    const { id, isPinned } = this.navigation.place;
    if (!this.#read || this.#read.id !== id || isPinned || this.view.indexOf(id) >= 0) return;
    await this.session.reach(this.#read.seq);
    this.list.reveal();
  }

  /** @param {Iterable<string>} ids */
  pick(ids) {
    this.picked = new Set(ids);
    this.list.picked = this.picked;
    this.dispatchEvent(new CustomEvent("change"));
  }

  /** Add one to what is chosen, or all from the selected one on; chosen again, it goes. @param {string} id @param {boolean} isRange */
  pickAlso(id, isRange) {
    const { id: selected } = this.navigation.place;
    if (selected === null) return this.browse(id);
    const ids = new Set(this.picked.size ? this.picked : [selected]);
    if (isRange) this.view.between(selected, id).forEach((one) => ids.add(one));
    else if (!ids.delete(id)) ids.add(id);
    this.pick(ids.size > 1 ? ids : []);
  }

  /** Add one or take it away, whatever is read: on a phone list and details are two pages. @param {string} id */
  pickByTouch(id) {
    const ids = new Set(this.picked);
    if (!ids.delete(id)) ids.add(id);
    this.pick(ids);
  }

  /** @returns {string[]} what a command is about: the chosen ones, or the selected one */
  get chosen() {
    const { id, other } = this.navigation.place;
    if (this.picked.size) return [...this.picked];
    return id === null ? [] : [other ?? id];
  }

  /** @param {boolean} value */
  pause(value) {
    this.isPaused = value;
    this.list.paused = value;
    this.dispatchEvent(new CustomEvent("change"));
  }

  /** @param {boolean} value */
  follow(value) {
    this.isFollowing = value;
    this.list.reading = this.navigation.place.id !== null && !value;
    if (value) {
      this.list.showNewest();
      this.#moveOn();
    }
    this.dispatchEvent(new CustomEvent("change"));
  }

  /** A frame was painted: when following, move on to the newest, soon. */
  painted() {
    if (this.isFollowing && !this.isPaused) this.#moving ||= setTimeout(() => this.#moveOn(), FOLLOW_MS);
  }

  #moveOn() {
    this.#moving = 0;
    if (this.isFollowing && !this.isPaused) this.#select(this.view.end("newest"), true);
  }

  /** Going from row to row leaves one place to go back to: the list. @param {string | null} id @param {boolean} replace */
  browse(id, replace = this.navigation.place.id !== null) {
    if (this.isFollowing) this.follow(false);
    if (this.picked.size) this.pick([]);
    this.#select(id, replace);
  }

  /** @param {1 | -1} step down or up */
  step(step) {
    this.browse(this.view.neighbour(this.navigation.place.id, step));
  }

  /** @param {string[]} ids @returns the one to read when these go */
  beside(ids) {
    const { id } = this.navigation.place;
    for (const step of /** @type {const} */ ([1, -1])) {
      let at = this.view.neighbour(ids.includes(id ?? "") ? id : ids[0], step);
      while (at !== null && ids.includes(at)) at = this.view.neighbour(at, step);
      if (at !== null) return at;
    }
    return null;
  }

  /** Choose one more, by key. @param {1 | -1} step */
  pickStep(step) {
    const last = [...this.picked].at(-1) ?? this.navigation.place.id;
    const next = this.view.neighbour(last, step);
    if (next === null) return;
    if (this.picked.has(next) && last) this.pick([...this.picked].filter((id) => id !== last)); // back the way it came
    else this.pickAlso(next, false);
  }

  /** @param {string | null} id @param {boolean} replace */
  #select(id, replace) {
    const { place } = this.navigation;
    if (id === null || (id === place.id && place.other === null)) return;
    this.navigation.go({ id, other: null }, replace);
  }
}
