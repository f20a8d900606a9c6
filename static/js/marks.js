// @ts-check
/**
 * Pins and notes: what people put on exchanges, as the server keeps it. Events: `change`, and `failure`
 * (detail: an Error).
 */
import { Exchanges } from "./exchanges.js";

export class Marks extends EventTarget {
  /** The pinned ones as a list of their own; they may have left the log. */
  pinned = new Exchanges();
  /** @type {Record<string, string>} */
  #notes = {};

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    super();
    this.api = api;
  }

  /** @param {string} id */
  isPinned(id) {
    return this.pinned.get(id) !== undefined;
  }

  /** @param {string} id @returns the note on it, "" for none */
  noteOf(id) {
    return this.#notes[id] ?? "";
  }

  /** Ask the server for all of them: another page may have changed them. */
  async load() {
    try {
      const { items, notes } = await this.api.pins();
      this.pinned.replaceAll(items);
      this.#notes = notes;
      this.dispatchEvent(new CustomEvent("change"));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** @param {string} id */
  async togglePin(id) {
    await this.#change(this.isPinned(id) ? this.api.unpin(id) : this.api.pin(id));
  }

  /** @param {string} id @param {string} text "" removes it */
  async write(id, text) {
    await this.#change(this.api.note(id, text));
  }

  /** @param {Promise<any>} request */
  async #change(request) {
    await request.then(() => this.load(), (error) => this.#failed(error));
  }

  /** @param {unknown} error */
  #failed(error) {
    this.dispatchEvent(new CustomEvent("failure", { detail: error }));
  }
}
