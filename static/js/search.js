// @ts-check
/**
 * The search language in the browser: parses a search and lists its terms for chips. No DOM, no network. The
 * mirror of `echoscope/search`, which says what the language is: change both, and `tests/search/vectors.json`.
 */

import { EXAMPLES, parseCondition, parseText } from "./search-conditions.js";

/** @typedef {import("./search-conditions.js").Kind} Kind */
/** @typedef {import("./search-conditions.js").Condition} Condition */
/** @typedef {{name: string, kind: Kind, example: string, choices: string[]}} Field */
/**
 * One condition, which stands at `start` to `end` of the text. `field`: empty for a word, `header` for
 * `header.host`, whose `name` is then `host`; `value`: without quotes.
 * @typedef {{negated: boolean, field: string, name: string, value: string, condition: Condition,
 *   text: string, start: number, end: number}} Term
 */
/** `terms` that were understood, up to the error if there is one. @typedef {{terms: Term[], error: string | null}} Search */
const MAX_CHARACTERS = 1000;
const MAX_TERMS = 50;

/** The fields by name, as the server has them: one that ends in `.NAME` is a family. @type {Map<string, Field>} */
const fields = new Map();

/** @param {Field[]} known those of `echoscope/search`, before anything is parsed */
export function learnFields(known) {
  for (const field of known) fields.set(field.name, field);
}

const SPACE = " \t\n\v\f\r\u00a0";
const HEAD = new RegExp(`([A-Za-z][A-Za-z-]*(?:\\.[^${SPACE}:"]*)?):`, "y");
const TRAILING = new RegExp(`[${SPACE}]+$`);
const QUOTED = new RegExp(`"((?:[^"\\\\]|\\\\.)*)"(?=[${SPACE}]|$)`, "sy");

const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

class SearchError extends Error {}

/**
 * What a search means. Never throws: `error` is null or one line, the same that the API answers.
 * @param {string} text @returns {Search}
 */
export function parse(text) {
  /** @type {Term[]} */
  const terms = [];
  try {
    parseTerms(text, terms);
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    return { terms, error: error.message };
  }
  return { terms, error: null };
}

/**
 * A term as data for a chip: `text` is `searched.slice(start, end)`, `field` is whole (`header.host`).
 * @param {Term} term
 */
export function describe({ text, field, name, value, negated, start, end }) {
  return { text, field: name ? `${field}.${name}` : field, value, negated, start, end };
}

/** `text` without its term number `index`, or as it is when there is none. @param {string} text @param {number} index */
export function removeTerm(text, index) {
  const term = parse(text).terms[index];
  if (!term) return text;
  const rest = text.slice(0, term.start) + text.slice(endOf(text, term.end, true));
  return rest.replace(TRAILING, "");
}

/** @param {string} given @param {Term[]} terms filled as far as the text makes sense */
function parseTerms(given, terms) {
  const characters = [...given].length;
  if (characters > MAX_CHARACTERS) {
    throw new SearchError(`a search has at most ${MAX_CHARACTERS} characters, not ${characters}`);
  }
  const text = given.replace(/\p{Surrogate}/gu, "\ufffd");
  for (let start = endOf(text, 0, true); start < text.length; ) {
    if (terms.length === MAX_TERMS) {
      throw new SearchError(`a search has at most ${MAX_TERMS} terms; one more is at ${position(text, start)}`);
    }
    const term = parseTerm(text, start);
    terms.push(term);
    start = endOf(text, term.end, true);
  }
}

/** The term at `start`. A `-` with nothing behind it is a word. @param {string} text @param {number} start @returns {Term} */
function parseTerm(text, start) {
  const negated = text[start] === "-" && endOf(text, start, false) > start + 1;
  const begin = start + Number(negated);
  const head = matchAt(HEAD, text, begin);
  const found = head && findField(head, start);
  const { value, quoted, end } = parseValue(text, begin + (head && found ? head[0].length : 0));
  const where = { value, text: text.slice(start, end), start, end };
  if (!found) return { negated, field: "", name: "", condition: parseText(value), ...where };
  const { known, name } = found;
  const condition = parseCondition(known.kind, value, known.choices, quoted);
  if (!condition) {
    const allowed = EXAMPLES[known.kind] ?? known.choices.join(" or ");
    throw new SearchError(`${known.name} at ${position(text, start)} must be ${allowed}, not "${shown(value)}"`);
  }
  return { negated, field: known.name.replace(/\.NAME$/, ""), name, condition, ...where };
}

/**
 * The field that `header.Host:` names, with its NAME; null for the beginning of a URL, a word.
 * @param {RegExpExecArray} head @param {number} start
 */
function findField(head, start) {
  const [family, ...rest] = head[1].toLowerCase().split(".");
  const name = rest.join(".");
  const alone = fields.get(head[1].toLowerCase());
  if (alone) return { known: alone, name: "" };
  const known = fields.get(`${family}.NAME`);
  const where = position(head.input, start);
  if (known && !name) throw new SearchError(`${shown(head[1])} at ${where} needs a name, as in ${known.example}`);
  if (known) return { known, name };
  if (head.input.startsWith("//", head.index + head[0].length)) return null;
  throw new SearchError(
    `no field "${shown(head[1])}" at ${where}; there are ${[...fields.keys()].join(", ")}; ` +
      'text with a colon needs quotes, as in "localhost:8000"',
  );
}

/** The text at `start`, and whether it stands in quotes. @param {string} text @param {number} start */
function parseValue(text, start) {
  if (text[start] !== '"') {
    const end = endOf(text, start, false);
    return { value: text.slice(start, end), quoted: false, end };
  }
  const match = matchAt(QUOTED, text, start);
  if (match) return { value: match[1].replace(/\\(["\\])/g, "$1"), quoted: true, end: start + match[0].length };
  throw new SearchError(
    `the quote at ${position(text, start)} must be closed, with a space or the end after it; ` +
      'a quote inside quotes is written \\"',
  );
}

/** @param {RegExp} pattern a sticky one @param {string} text @param {number} start */
function matchAt(pattern, text, start) {
  pattern.lastIndex = start;
  return pattern.exec(text);
}

/** Where the run of spaces, or of anything else, that begins at `start` ends. @param {string} text @param {number} start @param {boolean} ofSpace */
function endOf(text, start, ofSpace) {
  let end = start;
  while (end < text.length && SPACE.includes(text[end]) === ofSpace) end += 1;
  return end;
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
