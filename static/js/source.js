// @ts-check
/**
 * Cuts source text into words for colouring. Lexical only, and in linear time whatever the text: what opens need
 * not close, so that nothing is tried twice.
 */

const STRING = /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?/.source;
const NUMBER = /\b\d[\d._]*\b/.source;
const SLASHES = "//[^\\n]*|/\\*[^]*?(?:\\*/|$)";

/** By syntax, a pattern for each type; the first that fits counts. @type {Record<string, Record<string, string>>} */
const PATTERNS = {
  shell: { comment: "(?<=^|\\n)#[^\\n]*", string: "\\$?'(?:[^'\\\\]|\\\\.)*'?|\"(?:[^\"\\\\]|\\\\.)*\"?", key: "(?<=\\s)--?[\\w-]+|(?<=^|\\n|\\| )\\w+(?= )" },
  python: { comment: "#[^\\n]*", string: `\\b[bru]*(?:${STRING})|${STRING}`, key: words("import from as with async await def for in print None True False"), number: NUMBER },
  javascript: { comment: SLASHES, string: `${STRING}|\`[^\`]*\`?`, key: words("const let var new await async function return if else for of import from export true false null"), number: NUMBER },
  go: { comment: SLASHES, string: `${STRING}|\`[^\`]*\`?`, key: words("package import func if else for range return defer nil err var true false"), number: NUMBER },
  http: { key: "(?<=^|\\n)[\\w-]+(?=:)|^[A-Z]+(?= )" },
  xml: { comment: "<!--[^]*?(?:-->|$)|<[!?][^>]*>?", key: "</?[\\w:.-]+|/?>", string: "(?<==)(?:\"[^\"<]*\"?|'[^'<]*'?)" },
  css: { comment: "/\\*[^]*?(?:\\*/|$)", string: STRING, key: "(?<![\\w-])[\\w-]+(?=\\s*:)", number: NUMBER },
};

/** @param {string} list */
function words(list) {
  return `\\b(?:${list.replaceAll(" ", "|")})\\b`;
}

/** @param {string} text @param {string} syntax @returns {[string, string][]} type ("" for the rest) and text of each word */
export function tokens(text, syntax) {
  const patterns = PATTERNS[syntax];
  if (!patterns) return [["", text]];
  const pattern = new RegExp(Object.entries(patterns).map(([type, source]) => `(?<${type}>${source})`).join("|"), "g");
  /** @type {[string, string][]} */
  const found = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const type = Object.entries(match.groups ?? {}).find(([, word]) => word !== undefined)?.[0] ?? "";
    if (match.index > end) found.push(["", text.slice(end, match.index)]);
    found.push([type, match[0]]);
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push(["", text.slice(end)]);
  return found;
}
