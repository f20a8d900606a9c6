// @ts-check
/**
 * JSON read in the browser into the nodes that the server sends: digits and repeated keys stay as they are. What ends
 * in the middle is read as far as it goes. Pure, bounded in depth.
 */

const DEPTH = 64;
const TOKEN = /\s*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;

class Cut extends Error {}

/**
 * @param {string} text
 * @returns {{node: JsonNode, isCut: boolean} | null} null for what is no JSON; `isCut`: the end is missing
 */
export function parseJson(text) {
  const reader = new Reader(text);
  try {
    const node = reader.value(0);
    return reader.isAtEnd() ? { node, isCut: false } : null;
  } catch (error) {
    if (!(error instanceof Cut)) return null;
    return reader.root === undefined ? null : { node: reader.root, isCut: true };
  }
}

class Reader {
  #at = 0;
  /** The outermost value, as soon as it has begun. @type {JsonNode | undefined} */
  root;

  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  isAtEnd() {
    return /^\s*$/.test(this.text.slice(this.#at));
  }

  /** @returns {RegExpExecArray} the next token; throws where there is none */
  #next() {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.text);
    if (!token) throw this.#isCutHere() ? new Cut() : new SyntaxError("no JSON");
    this.#at = TOKEN.lastIndex;
    return token;
  }

  /** Whether what is left could still become a token. */
  #isCutHere() {
    const rest = this.text.slice(this.#at).trimStart();
    return /^"(?:[^"\\\u0000-\u001f]|\\.)*\\?$/.test(rest) || /^-?$/.test(rest) || ["true", "false", "null"].some((word) => word.startsWith(rest));
  }

  /** @param {number} depth @param {(node: JsonNode) => void} [keep] takes a list or an object before it is filled @returns {JsonNode} */
  value(depth, keep = (node) => { this.root = node; }) {
    const [, mark, string, number, word] = this.#next();
    if (string !== undefined) return JSON.parse(string);
    if (number !== undefined) return { number };
    if (word !== undefined) return word === "null" ? null : word === "true";
    if (depth > DEPTH || (mark !== "[" && mark !== "{")) throw new SyntaxError("no JSON");
    return mark === "[" ? this.#list(depth, keep) : this.#object(depth, keep);
  }

  /** @param {number} depth @param {(node: JsonNode) => void} keep */
  #list(depth, keep) {
    /** @type {JsonNode[]} */
    const items = [];
    keep(items);
    if (this.#takes("]")) return items;
    do {
      const at = items.length;
      items[at] = this.value(depth + 1, (node) => { items[at] = node; });
    } while (this.#goesOn("]"));
    return items;
  }

  /** @param {number} depth @param {(node: JsonNode) => void} keep */
  #object(depth, keep) {
    /** @type {[string, JsonNode][]} */
    const members = [];
    const object = { members };
    keep(object);
    if (this.#takes("}")) return object;
    do {
      const [, , name] = this.#next();
      if (name === undefined) throw new SyntaxError("no JSON");
      if (this.#next()[1] !== ":") throw new SyntaxError("no JSON");
      const at = members.length;
      members[at] = [JSON.parse(name), this.value(depth + 1, (node) => { members[at] = [JSON.parse(name), node]; })];
    } while (this.#goesOn("}"));
    return object;
  }

  /** @param {string} mark whether it comes next; taken if so */
  #takes(mark) {
    const before = this.#at;
    if (this.#next()[1] === mark) return true;
    this.#at = before;
    return false;
  }

  /** @param {string} end @returns whether a comma comes, and not the end */
  #goesOn(end) {
    const [, mark] = this.#next();
    if (mark !== "," && mark !== end) throw new SyntaxError("no JSON");
    return mark === ",";
  }
}
