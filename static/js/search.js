// @ts-check
/**
 * A search taken apart, to be drawn: a chip for each of its terms, and the words to mark. What it finds, and what is
 * wrong with it, only the server says (`echoscope/search`); what makes no sense is a word here. Pure.
 */

/**
 * What stands at `start` to `end` of the text. `field`: empty for a word and for a group, `header` for `header.host`,
 * whose `name` is then `host`; `value`: without quotes, of a group its text without a `-`; `parts`: of a group.
 * @typedef {{negated: boolean, field: string, name: string, value: string, text: string, start: number, end: number, parts: Part[]}} Part
 */

/** The names of the fields; one that ends in `.NAME` is a family. @type {string[]} */
let fields = [];

/** @param {{name: string}[]} known those of `echoscope/search`, before anything is parsed */
export function learnFields(known) {
  fields = known.map(({ name }) => name);
}

const SPACE = " \t\n\v\f\r\u00a0";
const HEAD = new RegExp(`([A-Za-z][A-Za-z-]*(?:\\.[^${SPACE}:"]*)?):`, "y");
const QUOTED = new RegExp(`"((?:[^"\\\\]|\\\\.)*)"(?=[${SPACE}]|$)`, "sy");
const CLOSED = /"(?:[^"\\]|\\.)*"/sy;
const BARE = new RegExp(`[^${SPACE}]*`, "y");
const SPACES = new RegExp(`[${SPACE}]*`, "y");
const TRAILING = new RegExp(`[${SPACE}]+$`);

/** @param {string} text @returns {Part[]} the parts that must all hold; what stands around an `OR` is one */
export function parse(text) {
  /** @type {Part[]} */
  const all = [];
  for (let at = lengthAt(SPACES, text, 0); at < text.length; at += lengthAt(SPACES, text, at)) {
    const part = partAt(text, at);
    all.push(part);
    at = part.end;
  }
  const parts = all.filter((part) => part.text !== "OR");
  if (parts.length === all.length || parts.length === 0) return all;
  const [start, end] = [all[0].start, all[all.length - 1].end];
  const whole = text.slice(start, end);
  return [{ negated: false, field: "", name: "", value: whole, text: whole, start, end, parts }];
}

/**
 * A part as data for a chip: `text` is `searched.slice(start, end)`, `field` is whole (`header.host`).
 * @param {Part} part
 */
export function describe({ text, field, name, value, negated, start, end }) {
  return { text, field: name ? `${field}.${name}` : field, value, negated, start, end };
}

/** `text` without its part number `index`, or as it is when there is none. @param {string} text @param {number} index */
export function removeTerm(text, index) {
  const part = parse(text)[index];
  if (!part) return text;
  const end = part.end + lengthAt(SPACES, text, part.end);
  return (text.slice(0, part.start) + text.slice(end)).replace(TRAILING, "");
}

/** The terms that may be found, whatever group they stand in. @param {Part[]} parts @returns {Part[]} */
export function wantedIn(parts) {
  return parts.filter(({ negated }) => !negated).flatMap((part) => (part.parts.length ? wantedIn(part.parts) : [part]));
}

/** The term or the group that begins there. A `-` with nothing behind it is a word. @param {string} text @param {number} start @returns {Part} */
function partAt(text, start) {
  const negated = text[start] === "-" && lengthAt(BARE, text, start) > 1;
  const begin = start + Number(negated);
  if (text[begin] === "(") {
    const end = endOfGroup(text, begin);
    const inner = text.slice(begin + 1, text[end - 1] === ")" ? end - 1 : end);
    return { negated, field: "", name: "", value: text.slice(begin, end), text: text.slice(start, end), start, end, parts: parse(inner) };
  }
  const { field, name, length } = fieldAt(text, begin);
  const from = begin + length;
  const isExact = field !== "" && text[from] === "=";
  const at = from + Number(isExact);
  QUOTED.lastIndex = at;
  const quoted = QUOTED.exec(text);
  const end = at + (quoted ? quoted[0].length : lengthAt(BARE, text, at));
  const value = (isExact ? "=" : "") + (quoted ? quoted[1].replace(/\\(["\\])/g, "$1") : text.slice(at, end));
  return { negated, field, name, value, text: text.slice(start, end), start, end, parts: [] };
}

/** The field that a term begins with; none for a word, such as the beginning of a URL. @param {string} text @param {number} begin */
function fieldAt(text, begin) {
  HEAD.lastIndex = begin;
  const head = HEAD.exec(text);
  const written = head?.[1].toLowerCase() ?? "";
  const length = head?.[0].length ?? 0;
  if (fields.includes(written)) return { field: written, name: "", length };
  const family = fields.filter((name) => name.endsWith(".NAME")).map((name) => name.slice(0, -"NAME".length)).find((prefix) => written.startsWith(prefix) && written !== prefix);
  if (family === undefined) return { field: "", name: "", length: 0 };
  return { field: family.slice(0, -1), name: written.slice(family.length), length };
}

/** Behind the `)` of this `(`, or the end of the text. Brackets in quotes are text. @param {string} text @param {number} begin */
function endOfGroup(text, begin) {
  let depth = 0;
  for (let at = begin; at < text.length; at += 1) {
    const quoted = lengthAt(CLOSED, text, at);
    if (quoted) at += quoted - 1;
    else depth += Number(text[at] === "(") - Number(text[at] === ")");
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** @param {RegExp} pattern a sticky one @param {string} text @param {number} start @returns how much of the text it takes there */
function lengthAt(pattern, text, start) {
  pattern.lastIndex = start;
  return pattern.exec(text)?.[0].length ?? 0;
}
