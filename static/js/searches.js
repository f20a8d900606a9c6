// @ts-check
/**
 * The searches that a reader keeps, and what the search box suggests. The browser remembers them.
 */
import { QUICK, suggestions } from "./completion.js";
import { hostOf } from "./format.js";
import { remember, remembered } from "./memory.js";

const MOST = 20;
const LOOKED_AT = 500; // of the newest rows
const OFTEN = 8;

/** How the values of a field are found in the rows at hand. @type {Record<string, (summary: Summary) => string | null>} */
const VALUES = {
  method: ({ method }) => method,
  path: ({ path }) => path,
  status: ({ status }) => (status === null ? null : String(status)),
  ip: ({ client }) => client && hostOf(client),
};

export class Searches {
  /** @type {string[]} */
  #kept = remembered("searches", /** @type {string[]} */ ([])).filter((text) => typeof text === "string");

  /** @param {{name: string, help: string, example: string, choices: string[]}[]} fields @param {import("./exchanges.js").Exchanges} exchanges */
  constructor(fields, exchanges) {
    this.fields = fields;
    this.exchanges = exchanges;
  }

  /** @param {string} q */
  isKept(q) {
    return this.#kept.includes(q);
  }

  /** @param {string} q @returns whether it is kept now */
  toggle(q) {
    const isNew = !this.isKept(q);
    this.#kept = [...(isNew ? [q] : []), ...this.#kept.filter((text) => text !== q)].slice(0, MOST);
    remember("searches", this.#kept);
    return isNew;
  }

  /** @param {string} word that is being typed @param {string} text of the whole search */
  suggest(word, text) {
    if (text.trim()) return suggestions(word, this.fields, (field) => this.#valuesOf(field));
    const kept = this.#kept.map((q) => ({ text: q, hint: "", isWhole: true, isKept: true }));
    return [...kept, ...QUICK.filter(({ text: q }) => !this.isKept(q)).map((quick) => ({ ...quick, isWhole: true }))];
  }

  /** @param {string} field @returns the most frequent values in the newest rows */
  #valuesOf(field) {
    const valueOf = VALUES[field];
    if (!valueOf) return [];
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const row of this.exchanges.rows.slice(-LOOKED_AT)) {
      const value = row.kind === "exchange" && valueOf(row.summary);
      if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).slice(0, OFTEN).map(([value]) => value);
  }
}
