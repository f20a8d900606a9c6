// @ts-check
/**
 * How a page that nobody looks at says that something came: the count in its title, a word to screen readers,
 * and, when asked to, desktop notifications.
 */
import { count, countOf } from "./format.js";
import { titleOf } from "./titles.js";

const ANNOUNCE_MS = 5000; // how often a screen reader hears of new rows
const GATHER_MS = 1000; // what comes in this time is one notification
const MAX_TITLE = 200; // characters of a path that a desktop should have to lay out

const PAGE = document.title; // of the list, as the server has named it

export class Attention {
  #unseen = 0;
  #unheard = 0;
  /** @type {Summary[]} */
  #untold = [];
  #timer = 0;
  isNotifying = false;
  #name = "";

  /** @param {Node} announcer whose text screen readers read */
  constructor(announcer) {
    this.announcer = announcer;
    document.addEventListener("visibilitychange", () => this.#looked());
    setInterval(() => this.#announce(), ANNOUNCE_MS);
  }

  /** @param {string} name of what is being read, "" for nothing */
  set name(name) {
    this.#name = name.slice(0, MAX_TITLE);
    this.#showTitle();
  }

  /** @param {Summary[]} items that came just now */
  arrived(items) {
    this.#unheard += items.length;
    if (!document.hidden) return;
    this.#unseen += items.length;
    this.#showTitle();
    if (this.isNotifying) this.#notifySoon(items);
  }

  /** Switch notifications on or off; the browser asks the first time. @returns whether they are on */
  async toggleNotifications() {
    const isWanted = !this.isNotifying && "Notification" in globalThis;
    this.isNotifying = isWanted && (await Notification.requestPermission()) === "granted";
    return this.isNotifying;
  }

  #looked() {
    this.#unseen = 0;
    this.#untold = [];
    this.#showTitle();
  }

  #showTitle() {
    const name = this.#name ? `${this.#name} · ${PAGE}` : PAGE;
    document.title = this.#unseen ? `(${count(this.#unseen)}) ${name}` : name;
  }

  #announce() {
    if (this.#unheard) this.announcer.textContent = countOf(this.#unheard, "new exchange");
    this.#unheard = 0;
  }

  /** @param {Summary[]} items */
  #notifySoon(items) {
    this.#untold = this.#untold.concat(items);
    this.#timer ||= setTimeout(() => this.#notify(), GATHER_MS);
  }

  #notify() {
    const [first, ...others] = this.#untold;
    this.#timer = 0;
    this.#untold = [];
    if (!first || !document.hidden) return;
    const title = `${titleOf(first)} ${first.status ?? ""}`.slice(0, MAX_TITLE);
    const notification = new Notification(title, { body: others.length ? `and ${count(others.length)} more` : "", tag: "echoscope" });
    notification.addEventListener("click", () => focus());
  }
}
