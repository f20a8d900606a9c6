// @ts-check
/**
 * What may come next in a search: names of fields, their values, and whole searches to begin with. Pure; which
 * fields there are comes from the server's own grammar.
 */

const MOST = 8; // suggestions at a time

/** @typedef {{text: string, hint: string}} Suggestion `text` takes the place of what is being typed */

/** To begin with. @type {Suggestion[]} */
export const QUICK = [
  { text: "status:>=400", hint: "what failed" },
  { text: "-method:GET", hint: "what changes something" },
  { text: "type:websocket", hint: "WebSocket sessions" },
  { text: "duration:>1s", hint: "what was slow" },
  { text: "state:open", hint: "what is still open" },
];

/** Values that people look for, where the grammar names none. @type {Record<string, string[]>} */
const VALUES = {
  method: ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
  status: ["2xx", "3xx", "4xx", "5xx", ">=400"],
  duration: [">100ms", ">1s"],
  size: [">0", ">10kb", ">1mb"],
  version: ["1.1", "2"],
};

/** @param {string} text @param {number} caret @returns {{from: number, word: string}} the term that is being typed */
export function termAt(text, caret) {
  const before = text.slice(0, caret);
  const from = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)*$/.exec(before)?.index ?? caret;
  return { from, word: before.slice(from) };
}

/**
 * @param {string} word the term as far as it is typed
 * @param {{name: string, help: string, example: string, choices: string[]}[]} fields
 * @param {(field: string) => string[]} valuesOf what the rows at hand have in a field, the most frequent first
 * @returns {Suggestion[]}
 */
export function suggestions(word, fields, valuesOf = () => []) {
  const minus = word.startsWith("-") ? "-" : "";
  const typed = word.slice(minus.length);
  if (!typed) return [];
  const [, name, value] = /^([\w.-]+):(.*)$/s.exec(typed) ?? [];
  if (name === undefined) return named(typed.toLowerCase(), fields).map(({ name: field, help }) => ({ text: minus + headOf(field), hint: help }));
  const field = fields.find((one) => one.name === name.toLowerCase());
  if (!field) return [];
  const values = [...new Set([...field.choices, ...valuesOf(field.name), ...(VALUES[field.name] ?? [])])];
  const wanted = value.toLowerCase();
  return values.filter((one) => one.toLowerCase().startsWith(wanted) && one.toLowerCase() !== wanted).slice(0, MOST)
    .map((one) => ({ text: `${minus}${name}:${quoted(one)}`, hint: "" }));
}

/** @param {string} typed @param {{name: string, help: string, example: string, choices: string[]}[]} fields */
function named(typed, fields) {
  const starts = fields.filter(({ name }) => name.startsWith(typed));
  const holds = fields.filter(({ name }) => !name.startsWith(typed) && name.includes(typed));
  return [...starts, ...holds].slice(0, MOST);
}

/** @param {string} name `header.NAME` is a family @returns what is typed for it */
function headOf(name) {
  return name.endsWith(".NAME") ? name.slice(0, -"NAME".length) : `${name}:`;
}

/**
 * A term that finds a value where it was found.
 * @param {string} field `header.x-foo` @param {string} value
 */
export function termFor(field, value) {
  const name = /^[\w.-]+$/.test(field) ? field : field.split(".")[0];
  return `${name}:${quoted(value.slice(0, 200))}`;
}

/** @param {string} value */
function quoted(value) {
  return /[\s"*\\]/.test(value) || value === "" ? `"${value.replace(/[\\"]/g, "\\$&")}"` : value;
}
