// @ts-check
/**
 * What the server reads out of an exchange when somebody looks: its bodies, its headers, code. Elements ask by an
 * event; each answer is fetched once per record of the exchange and kept for a while, so that a tab that was
 * open before is there at once. Of the exchange that is being read all of them are fetched and held, so that
 * each of its tabs can still be opened when the server has dropped it.
 */
import { fill, h, tell } from "./dom.js";

const KEPT = 24; // all of one exchange, and of another; the reading of a long body may be some 2 MB
const HOLD_MS = 250; // who moves on at once needs no more than what is shown

/** What the tabs show, by the name of the tab. */
export const PATHS = {
  requestHeaders: "headers?of=request",
  responseHeaders: "headers?of=response",
  requestBody: "body/view?of=request&decode=1",
  responseBody: "body/view?of=response&decode=1",
  code: "code",
  ways: "ways",
  conformance: "conformance",
  wire: "wire",
  hops: "hops",
};

export class Readings {
  /** @type {Map<string, Promise<any>>} */
  #kept = new Map();
  /** Of the exchange that is being read, by path. @type {Map<string, any>} */
  #held = new Map();
  #heldId = "";
  #timer = 0;

  /** @param {import("./api.js").Api} api @param {() => void} changed something more is held */
  constructor(api, changed = () => {}) {
    this.api = api;
    this.changed = changed;
  }

  /** What is held of the exchange that is being read. @param {string} path @returns {any} */
  held(path) {
    return this.#held.get(path);
  }

  /** Secrets come or go: what was read before says too much or too little. */
  forget() {
    this.#kept.clear();
    this.#held.clear();
  }

  /** @param {ExchangeDocument} exchange that is being read from now on */
  hold(exchange) {
    if (exchange.id !== this.#heldId) this.#held.clear();
    this.#heldId = exchange.id;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetchAll(exchange), HOLD_MS);
  }

  /** @param {Wish} wish */
  answer({ id, seq, path, isRevealing = this.api.isRevealing, resolve, reject }) {
    this.#read({ id, seq, path, isRevealing }).then(resolve, reject);
  }

  /** @param {{id: string, seq: number, path: string, isRevealing: boolean}} wish @returns {Promise<any>} */
  async #read({ id, seq, path, isRevealing }) {
    const key = `${id} ${seq} ${path} ${isRevealing}`;
    const reading = this.#kept.get(key) ?? this.api.reading(id, path, isRevealing);
    this.#kept.delete(key); // and in again, as the one used last
    this.#kept.set(key, reading);
    if (this.#kept.size > KEPT) this.#kept.delete([...this.#kept.keys()][0]);
    const isHeld = () => id === this.#heldId && isRevealing === this.api.isRevealing;
    try {
      const value = await reading;
      if (isHeld()) this.#held.set(path, value);
      return value;
    } catch (error) {
      this.#kept.delete(key);
      if (isHeld() && this.#held.has(path)) return this.#held.get(path); // of an earlier record, or from before it was dropped
      throw error;
    }
  }

  /** One after the other: who reads comes first. @param {ExchangeDocument} exchange */
  async #fetchAll({ id, seq, type, response }) {
    const paths = Object.values(PATHS).filter((path) => (response || !path.includes("response")) && (type === "http" || !path.includes("body")));
    const wish = (/** @type {string} */ path) => this.#read({ id, seq, path, isRevealing: this.api.isRevealing });
    try {
      for (const path of paths) if (id === this.#heldId) await wish(path);
      for (const { id: language } of this.#held.get(PATHS.code)?.languages ?? []) if (id === this.#heldId) await wish(`code/${language}`);
    } catch {
      // the tab that needs it says why it is not there
    }
    if (id === this.#heldId) this.changed();
  }
}

/**
 * @param {Element} element in the page @param {Summary} exchange @param {string} path
 * @param {boolean} [isRevealing] with secrets or without, whatever the page shows
 * @returns {Promise<any>}
 */
export function ask(element, { id, seq }, path, isRevealing) {
  return new Promise((resolve, reject) => tell(element, "reading-wanted", { id, seq, path, isRevealing, resolve, reject }));
}

/** What each element asked for last. @type {WeakMap<Element, symbol>} */
const latest = new WeakMap();

/**
 * Ask, and show the answer unless the element has asked for something else meanwhile.
 * @param {Element} element @param {Summary} exchange @param {string} path @param {(reading: any) => void} show
 */
export async function read(element, exchange, path, show) {
  const wish = Symbol(path);
  latest.set(element, wish);
  try {
    const reading = await ask(element, exchange, path);
    if (latest.get(element) === wish) show(reading);
  } catch (error) {
    if (latest.get(element) === wish) fill(element, h("p.hollow", `It could not be read: ${/** @type {Error} */ (error).message}`));
  }
}
