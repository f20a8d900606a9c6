// @ts-check
/**
 * Moving through the list: which rows it shows (the search's or the pinned ones), pausing, following, going
 * from one exchange to the next. Event: `change` (pause or follow were switched).
 */
import { count, countOf } from "./format.js";
import { ListView } from "./list-view.js";

const FOLLOW_MS = 400; // how often following moves on: slow enough to read a line

export class Browsing extends EventTarget {
  isPaused = false;
  isFollowing = false;
  #moving = 0;

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
    if (this.session.isLoading) return "loading";
    return this.session.q ? "no-match" : "empty";
  }

  /** @returns one line about how much there is */
  get foot() {
    const { exchanges, isComplete, q } = this.session;
    if (this.navigation.place.isPinned) return `${count(this.marks.pinned.exchanges)} pinned: they survive clearing and making room`;
    const parts = [q ? `${count(exchanges.exchanges)} found` : countOf(exchanges.exchanges, "exchange")];
    if (!isComplete) parts.push("older ones load as you scroll");
    if (exchanges.trimmed) parts.push(`${count(exchanges.trimmed)} older ones left this page to save memory`);
    return parts.join(" · ");
  }

  /** @param {string | null} id @returns {Summary | undefined} */
  summaryOf(id) {
    return id === null ? undefined : (this.session.exchanges.get(id) ?? this.marks.pinned.get(id));
  }

  /** The list was filled anew. */
  restart() {
    this.found.reset();
    this.list.showNewest();
  }

  /** @param {Place} place @param {Place} previous */
  arrive(place, previous) {
    this.list.view = this.view;
    this.list.selected = place.id;
    if (place.isPinned !== previous.isPinned) this.list.showNewest();
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

  /** Moving by keys leaves one place to go back to, not one per row. @param {string | null} id @param {boolean} replace */
  browse(id, replace = this.navigation.place.id !== null) {
    if (this.isFollowing) this.follow(false);
    this.#select(id, replace);
  }

  /** @param {1 | -1} step down or up */
  step(step) {
    this.browse(this.view.neighbour(this.navigation.place.id, step));
  }

  /** @param {string} id @returns the one to read when this one goes */
  beside(id) {
    return this.view.neighbour(id, 1) ?? this.view.neighbour(id, -1);
  }

  /** @param {string | null} id @param {boolean} replace */
  #select(id, replace) {
    const { place } = this.navigation;
    if (id === null || (id === place.id && place.other === null)) return;
    this.navigation.go({ id, other: null }, replace);
    requestAnimationFrame(() => this.list.reveal());
  }
}
