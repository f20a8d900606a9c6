// @ts-check
/**
 * What this browser has sent again, from which exchange, where to, and which addresses were used last. Remembered for
 * the next visit.
 */
import { remember, remembered } from "./memory.js";

const MOST = 200; // exchanges
const ADDRESSES = 8;

/** @typedef {{id: string, of: string, to: string}} Resend `to`: "" for the server that recorded it */

export class Resends {
  /** By the id of the new exchange, the oldest first. @type {Map<string, Resend>} */
  #all = new Map(remembered("resends", /** @type {Resend[]} */ ([])).filter((one) => typeof one?.id === "string").map((one) => [one.id, one]));
  /** Those that a request was sent to, the last one first. @type {string[]} */
  addresses = remembered("addresses", /** @type {string[]} */ ([])).filter((text) => typeof text === "string");

  /** @param {Resend} resend */
  add(resend) {
    this.#all.set(resend.id, resend);
    if (this.#all.size > MOST) this.#all.delete(/** @type {string} */ (this.#all.keys().next().value));
    remember("resends", [...this.#all.values()]);
  }

  /** @param {string} to an address that a request was sent to */
  use(to) {
    this.addresses = [to, ...this.addresses.filter((text) => text !== to)].slice(0, ADDRESSES);
    remember("addresses", this.addresses);
  }

  /** @param {string} id @returns {string | null} the exchange of which it is the repetition */
  originOf(id) {
    return this.#all.get(id)?.of ?? null;
  }

  /** @param {string} id @returns "sent again", "sent to localhost:3000", or "" for what came from elsewhere */
  wordsOf(id) {
    const resend = this.#all.get(id);
    if (!resend) return "";
    return resend.to ? `sent to ${resend.to.replace(/^https?:\/\//, "")}` : "sent again";
  }
}
