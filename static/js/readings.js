// @ts-check
/**
 * What the server reads out of an exchange when somebody looks: its bodies, its headers, code. Elements ask by an
 * event; each answer is fetched once per record of the exchange and kept for a while, so that a tab that was
 * open before is there at once.
 */
import { fill, h, tell } from "./dom.js";

const KEPT = 16; // the reading of a long body may be some 2 MB

export class Readings {
  /** @type {Map<string, Promise<any>>} */
  #kept = new Map();

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    this.api = api;
  }

  /** @param {Wish} wish */
  answer({ id, seq, path, resolve, reject }) {
    const key = `${id} ${seq} ${path}`;
    const reading = this.#kept.get(key) ?? this.api.reading(id, path);
    this.#kept.delete(key); // and in again, as the one used last
    this.#kept.set(key, reading);
    reading.catch(() => this.#kept.delete(key));
    if (this.#kept.size > KEPT) this.#kept.delete([...this.#kept.keys()][0]);
    reading.then(resolve, reject);
  }
}

/** @param {Element} element in the page @param {Summary} exchange @param {string} path @returns {Promise<any>} */
export function ask(element, { id, seq }, path) {
  return new Promise((resolve, reject) => tell(element, "reading-wanted", { id, seq, path, resolve, reject }));
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
