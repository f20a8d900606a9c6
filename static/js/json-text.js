// @ts-check
/**
 * JSON laid out for reading without changing it: long numbers keep their digits, repeated keys stay repeated,
 * the order stays. `JSON.parse` only says whether it is JSON.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/** @param {string} text @returns why it is not JSON, null when it is */
export function jsonError(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

/** @param {string} text valid JSON @returns {Token[]} two spaces deeper per level; joined they are the pretty text */
export function layOutJson(text) {
  const words = text.match(TOKEN) ?? [];
  let depth = 0;
  return words.flatMap((word, index) => {
    const next = words[index + 1];
    if (word === "{" || word === "[") {
      if (next === "}" || next === "]") return layout(word);
      depth += 1;
      return layout(word + newLine(depth));
    }
    if (word === "}" || word === "]") return layout(isOpener(words[index - 1]) ? word : newLine(--depth) + word);
    if (word === ",") return layout(`,${newLine(depth)}`);
    if (word === ":") return layout(": ");
    return [/** @type {Token} */ ({ type: typeOf(word, next), text: word })];
  });
}

/** @param {string} text @returns {Token[]} */
function layout(text) {
  return [{ type: "layout", text }];
}

/** @param {number} depth */
function newLine(depth) {
  return `\n${"  ".repeat(depth)}`;
}

/** @param {string | undefined} word */
function isOpener(word) {
  return word === "{" || word === "[";
}

/** @param {string} word @param {string | undefined} next @returns {Token["type"]} */
function typeOf(word, next) {
  if (word.startsWith('"')) return next === ":" ? "key" : "string";
  return /^[-\d]/.test(word) ? "number" : "literal";
}
