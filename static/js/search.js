// @ts-check
/**
 * The search language in the browser: parses a search and lists its terms for chips. No DOM, no network. The
 * mirror of `echoscope/search`, which says what the language is: change both, and `tests/search/vectors.json`.
 */

import { EXAMPLES, parseCondition, parseExact, parseText } from "./search-conditions.js";

/** @typedef {import("./search-conditions.js").Kind} Kind */
/** @typedef {import("./search-conditions.js").Condition} Condition */
/** @typedef {{name: string, kind: Kind, example: string, choices: string[]}} Field */
/**
 * One condition, which stands at `start` to `end` of the text. `field`: empty for a word, `header` for
 * `header.host`, whose `name` is then `host`; `value`: without quotes.
 * @typedef {{negated: boolean, field: string, name: string, value: string, condition: Condition,
 *   text: string, start: number, end: number}} Term
 */
/**
 * Parts that must all hold, or, with `isAny`, one of them. Its `value` is its text without a `-`.
 * @typedef {{negated: boolean, field: "", name: "", value: string, isAny: boolean, parts: Part[],
 *   text: string, start: number, end: number}} Group
 */
/** @typedef {Term | Group} Part */
/**
 * `terms` must all hold; what stands around an `OR` is one of them. With an `error` they are what was understood up to it.
 * @typedef {{terms: Part[], error: string | null}} Search
 */
const MAX_CHARACTERS = 1000;
const MAX_TERMS = 50;
const MAX_DEPTH = 10;
const TEXTS = ["text", "whole"];

/** The fields by name, as the server has them: one that ends in `.NAME` is a family. @type {Map<string, Field>} */
const fields = new Map();

/** @param {Field[]} known those of `echoscope/search`, before anything is parsed */
export function learnFields(known) {
  for (const field of known) fields.set(field.name, field);
}

const SPACE = " \t\n\v\f\r\u00a0";
const HEAD = new RegExp(`([A-Za-z][A-Za-z-]*(?:\\.[^${SPACE}:"]*)?):`, "y");
const TRAILING = new RegExp(`[${SPACE}]+$`);
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;

const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

class SearchError extends Error {}

/**
 * What a search means. Never throws: `error` is null or one line, the same that the API answers.
 * @param {string} text @returns {Search}
 */
export function parse(text) {
  const parser = new Parser(text);
  try {
    return { terms: parser.search(), error: null };
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    return { terms: parser.understood, error: error.message };
  }
}

/** The terms in the parts, whatever group they stand in. @param {Part[]} parts @returns {Term[]} */
export function termsIn(parts) {
  return parts.flatMap((part) => ("parts" in part ? termsIn(part.parts) : [part]));
}

/**
 * A part as data for a chip: `text` is `searched.slice(start, end)`, `field` is whole (`header.host`).
 * @param {Part} part
 */
export function describe({ text, field, name, value, negated, start, end }) {
  return { text, field: name ? `${field}.${name}` : field, value, negated, start, end };
}

/** `text` without its term number `index`, or as it is when there is none. @param {string} text @param {number} index */
export function removeTerm(text, index) {
  const term = parse(text).terms[index];
  if (!term) return text;
  let end = term.end;
  while (end < text.length && SPACE.includes(text[end])) end += 1;
  return (text.slice(0, term.start) + text.slice(end)).replace(TRAILING, "");
}

/** Goes through a text from left to right; each method leaves `#position` behind what it read. */
class Parser {
  #text;
  #position = 0;
  #depth = 0;
  #terms = 0;
  /** The parts outside of groups that were read. @type {Part[]} */
  understood = [];

  /** @param {string} text */
  constructor(text) {
    this.#text = text.replace(/\p{Surrogate}/gu, "\ufffd");
  }

  /** @returns {Part[]} */
  search() {
    const characters = [...this.#text].length;
    if (characters > MAX_CHARACTERS) {
      throw new SearchError(`a search has at most ${MAX_CHARACTERS} characters, not ${characters}`);
    }
    this.#skipSpace();
    if (this.#position === this.#text.length) return [];
    const { isAny, parts } = this.#either(0);
    if (!isAny) return parts;
    const [start, end] = [this.understood[0].start, this.understood[this.understood.length - 1].end];
    return [this.#group(false, true, parts, start, end, start)];
  }

  /** What stands in a group that begins at `start`, or in the whole search. @param {number} start */
  #either(start) {
    /** @type {Part[][]} */
    const alternatives = [[]];
    let lastOr = 0;
    while (this.#position < this.#text.length && !this.#isAtEndOfGroup()) {
      const parts = alternatives[alternatives.length - 1];
      if (this.#isAtOr()) {
        if (parts.length === 0) throw this.#lonelyOr(this.#position);
        lastOr = this.#position;
        alternatives.push([]);
        this.#position += "OR".length;
      } else {
        const part = this.#one();
        parts.push(part);
        if (this.#depth === 0) this.understood.push(part);
      }
      this.#skipSpace();
    }
    if (this.#depth > 0 && this.#position === this.#text.length) {
      throw new SearchError(`the ( at ${position(this.#text, start)} must be closed`);
    }
    if (alternatives[alternatives.length - 1].length === 0) {
      if (alternatives.length > 1) throw this.#lonelyOr(lastOr);
      throw new SearchError(`the group at ${position(this.#text, start)} is empty; brackets as text need quotes, as in "()"`);
    }
    if (alternatives.length === 1) return { isAny: false, parts: alternatives[0] };
    return { isAny: true, parts: alternatives.map((parts) => this.#group(false, false, parts, start, start, start)) };
  }

  /** The term or the group at the position. A `-` with nothing behind it is a word. @returns {Part} */
  #one() {
    const start = this.#position;
    const negated = this.#text[start] === "-" && this.#endOfText(start) > start + 1;
    const begin = start + Number(negated);
    if (this.#text[begin] !== "(") return this.#term(start, begin);
    if (this.#depth === MAX_DEPTH) {
      throw new SearchError(`groups are at most ${MAX_DEPTH} deep; one more is at ${position(this.#text, start)}`);
    }
    this.#depth += 1;
    this.#position = begin + 1;
    this.#skipSpace();
    const { isAny, parts } = this.#either(begin);
    this.#depth -= 1;
    this.#position += 1;
    if (!this.#isAtEndOfOne()) {
      throw new SearchError(`behind a ) at ${position(this.#text, this.#position - 1)} there must be a space or the end`);
    }
    return this.#group(negated, isAny, parts, start, this.#position, begin);
  }

  /** @param {boolean} negated @param {boolean} isAny @param {Part[]} parts @param {number} start @param {number} end @param {number} begin @returns {Group} */
  #group(negated, isAny, parts, start, end, begin) {
    const text = this.#text;
    return { negated, field: "", name: "", value: text.slice(begin, end), isAny, parts, text: text.slice(start, end), start, end };
  }

  /** @param {number} start @param {number} begin behind a `-` @returns {Term} */
  #term(start, begin) {
    const text = this.#text;
    if (this.#terms === MAX_TERMS) {
      throw new SearchError(`a search has at most ${MAX_TERMS} terms; one more is at ${position(text, start)}`);
    }
    this.#terms += 1;
    const negated = begin > start;
    const head = matchAt(HEAD, text, begin);
    const found = head && findField(head, start);
    this.#position = begin + (head && found ? head[0].length : 0);
    const exact = Boolean(found && TEXTS.includes(found.known.kind) && text[this.#position] === "=");
    this.#position += Number(exact);
    const { value, quoted } = this.#value();
    const where = { value: (exact ? "=" : "") + value, text: text.slice(start, this.#position), start, end: this.#position };
    if (!found) return { negated, field: "", name: "", condition: parseText(value), ...where };
    const { known, name } = found;
    const condition = exact ? parseExact(value) : parseCondition(known.kind, value, known.choices, quoted);
    if (!condition) {
      const allowed = EXAMPLES[known.kind] ?? known.choices.join(" or ");
      throw new SearchError(`${known.name} at ${position(text, start)} must be ${allowed}, not "${shown(value)}"`);
    }
    return { negated, field: known.name.replace(/\.NAME$/, ""), name, condition, ...where };
  }

  /** The text at the position, and whether it stands in quotes. */
  #value() {
    const start = this.#position;
    if (this.#text[start] !== '"') {
      this.#position = this.#endOfText(start);
      return { value: this.#text.slice(start, this.#position), quoted: false };
    }
    const match = matchAt(QUOTED, this.#text, start);
    if (match) this.#position += match[0].length;
    if (!match || !this.#isAtEndOfOne()) {
      throw new SearchError(
        `the quote at ${position(this.#text, start)} must be closed, with a space or the end after it; ` +
          'a quote inside quotes is written \\"',
      );
    }
    return { value: match[1].replace(/\\(["\\])/g, "$1"), quoted: true };
  }

  /** Where the text without spaces ends that begins at `start`: in a group before a `)` without its `(`. @param {number} start */
  #endOfText(start) {
    let depth = 0;
    let end = start;
    for (; end < this.#text.length && !SPACE.includes(this.#text[end]); end += 1) {
      depth += Number(this.#text[end] === "(") - Number(this.#text[end] === ")");
      if (depth < 0 && this.#depth > 0) break;
    }
    return end;
  }

  #skipSpace() {
    while (this.#isAtSpace()) this.#position += 1;
  }

  #isAtSpace() {
    return this.#position < this.#text.length && SPACE.includes(this.#text[this.#position]);
  }

  #isAtEndOfGroup() {
    return this.#depth > 0 && this.#text[this.#position] === ")";
  }

  #isAtEndOfOne() {
    return this.#position >= this.#text.length || this.#isAtSpace() || this.#isAtEndOfGroup();
  }

  #isAtOr() {
    return this.#text.slice(this.#position, this.#endOfText(this.#position)) === "OR";
  }

  /** @param {number} start */
  #lonelyOr(start) {
    return new SearchError(`the OR at ${position(this.#text, start)} needs a term on both sides; the word needs quotes, as in "OR"`);
  }
}

/**
 * The field that `header.Host:` names, with its NAME; null for the beginning of a URL, a word.
 * @param {RegExpExecArray} head @param {number} start
 */
function findField(head, start) {
  const written = head[1].toLowerCase();
  const where = position(head.input, start);
  const alone = fields.get(written);
  if (alone) return { known: alone, name: "" };
  for (const known of fields.values()) {
    const prefix = known.name.endsWith(".NAME") ? known.name.slice(0, -"NAME".length) : null;
    if (prefix !== null && (written === prefix || `${written}.` === prefix)) {
      throw new SearchError(`${shown(head[1])} at ${where} needs a name, as in ${known.example}`);
    }
    if (prefix !== null && written.startsWith(prefix)) return { known, name: written.slice(prefix.length) };
  }
  if (head.input.startsWith("//", head.index + head[0].length)) return null;
  throw new SearchError(
    `no field "${shown(head[1])}" at ${where}; there are ${[...fields.keys()].join(", ")}; ` +
      'text with a colon needs quotes, as in "localhost:8000"',
  );
}

/** @param {RegExp} pattern a sticky one @param {string} text @param {number} start */
function matchAt(pattern, text, start) {
  pattern.lastIndex = start;
  return pattern.exec(text);
}

/** Counted in characters, as Python counts. @param {string} text @param {number} index */
function position(text, index) {
  return `position ${[...text.slice(0, index)].length + 1}`;
}

/** @param {string} value */
function shown(value) {
  const characters = [...value.replace(UNPRINTABLE, " ")];
  return characters.length <= 40 ? characters.join("") : `${characters.slice(0, 40).join("")}…`;
}
