// @ts-check
/**
 * JSON as a tree of the nodes that the server sends: numbers with their digits, members as pairs. Paths are
 * normalized as in RFC 9535, with the short form for plain names. Nothing here walks deeper than the server reads.
 */

const PREVIEW = 80; // characters

/** @param {JsonNode} node @returns {node is {number: string}} */
function isNumber(node) {
  return typeof node === "object" && node !== null && "number" in node;
}

/** @param {JsonNode} node @returns {number} how many it holds; -1 for what holds nothing */
export function sizeOf(node) {
  if (Array.isArray(node)) return node.length;
  return typeof node === "object" && node && "members" in node ? node.members.length : -1;
}

/** @param {Partial<TreeEntry>} parent with its node @param {number} from @param {number} to @returns {TreeEntry[]} */
export function entriesOf({ node, path = "", level = 0 }, from = 0, to = Infinity) {
  if (Array.isArray(node)) return node.slice(from, to).map((item, at) => entry(String(from + at), `${path}[${from + at}]`, item, level));
  const { members } = /** @type {{members: [string, JsonNode][]}} */ (node);
  return members.slice(from, to).map(([key, item]) => entry(key, path + step(key), item, level));
}

/** @param {string} key @param {string} path @param {JsonNode} node @param {number} level of the parent @returns {TreeEntry} */
function entry(key, path, node, level) {
  return { key, path, node, level: level + 1 };
}

/** @param {string} key */
function step(key) {
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `['${JSON.stringify(key).slice(1, -1).replaceAll("\\\"", "\"").replaceAll("'", "\\'")}']`;
}

/** @param {JsonNode} node @returns what its colour hangs on */
export function typeOf(node) {
  if (typeof node === "string") return "string";
  if (isNumber(node)) return "number";
  return sizeOf(node) < 0 ? "literal" : "holder";
}

/** @param {JsonNode} node @param {string} indent of the line it stands in @returns {string} JSON, two spaces deeper per level */
export function jsonText(node, indent = "") {
  if (isNumber(node)) return node.number;
  if (sizeOf(node) < 1) return Array.isArray(node) ? "[]" : sizeOf(node) === 0 ? "{}" : JSON.stringify(node);
  const deeper = `${indent}  `;
  const isArray = Array.isArray(node);
  const lines = entriesOf({ node })
    .map((child) => deeper + (isArray ? "" : `${JSON.stringify(child.key)}: `) + jsonText(child.node, deeper));
  return `${isArray ? "[" : "{"}\n${lines.join(",\n")}\n${indent}${isArray ? "]" : "}"}`;
}

/** @param {JsonNode} node that holds others @returns a taste of what is in it: the names of its first members */
export function preview(node) {
  if (Array.isArray(node)) return "";
  return entriesOf({ node }, 0, 6).map(({ key }) => key).join(", ").slice(0, PREVIEW);
}

/**
 * Members and values that hold a text, in the order of the document. Iterative: a body may hold 100,000 nodes.
 * @param {TreeEntry[]} roots @param {string} wanted @param {number} limit @returns {TreeEntry[]}
 */
export function findEntries(roots, wanted, limit) {
  const needle = wanted.toLowerCase();
  const found = [];
  const waiting = [...roots].reverse();
  while (waiting.length && found.length < limit) {
    const next = /** @type {TreeEntry} */ (waiting.pop());
    const held = sizeOf(next.node);
    if (`${next.key}\n${held < 0 ? valueText(next.node) : ""}`.toLowerCase().includes(needle)) found.push(next);
    if (held > 0) for (const child of entriesOf(next).reverse()) waiting.push(child);
  }
  return found;
}

/** @param {JsonNode} node */
function valueText(node) {
  return typeof node === "string" ? node : jsonText(node);
}
