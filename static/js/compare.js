// @ts-check
/**
 * What differs between two exchanges: fields by order and repetition, JSON by structure, bytes by place. Pure and
 * bounded: what is longer than the bounds is compared as far as they reach.
 */
import { entriesOf, jsonText, sizeOf } from "./json-tree.js";

const LINES = 400; // of each side that are aligned: the table below has their product in cells
const DIFFERENCES = 300; // listed of a JSON text

/** @typedef {[string, string]} Pair */

/**
 * Two lists of named values, aligned: the longest common part stays, the rest was changed, moved, removed or added.
 * @param {Pair[]} first @param {Pair[]} second @returns {Difference[]} in the order of both
 */
export function compareFields(first, second) {
  const a = first.slice(0, LINES);
  const b = second.slice(0, LINES);
  /** @type {Difference[]} */
  const rows = [];
  let [i, j] = [0, 0];
  for (const [x, y] of [...commonPairs(a, b), [a.length, b.length]]) {
    rows.push(...between(a.slice(i, x), b.slice(j, y)));
    if (x < a.length) rows.push({ kind: "same", name: a[x][0], a: a[x][1], b: b[y][1] });
    [i, j] = [x + 1, y + 1];
  }
  return markMoved(rows);
}

/** The longest common subsequence, as pairs of indexes. @param {Pair[]} a @param {Pair[]} b @returns {[number, number][]} */
function commonPairs(a, b) {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const isSame = (/** @type {number} */ i, /** @type {number} */ j) => a[i][0] === b[j][0] && a[i][1] === b[j][1];
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const skip = Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
      lengths[i * width + j] = isSame(i, j) ? lengths[(i + 1) * width + j + 1] + 1 : skip;
    }
  }
  /** @type {[number, number][]} */
  const pairs = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (isSame(i, j)) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return pairs;
}

/** What stands between two common lines: names that both have were changed. @param {Pair[]} a @param {Pair[]} b @returns {Difference[]} */
function between(a, b) {
  const left = [...b];
  /** @type {Difference[]} */
  const rows = a.map(([name, value]) => {
    const at = left.findIndex(([other]) => other === name);
    if (at < 0) return { kind: "removed", name, a: value, b: null };
    return { kind: "changed", name, a: value, b: left.splice(at, 1)[0][1] };
  });
  return [...rows, ...left.map(([name, value]) => /** @type {Difference} */ ({ kind: "added", name, a: null, b: value }))];
}

/** What was removed here and added elsewhere has moved; shown once per place. @param {Difference[]} rows */
function markMoved(rows) {
  for (const removed of rows.filter(({ kind }) => kind === "removed")) {
    const added = rows.find(({ kind, name, b }) => kind === "added" && name === removed.name && b === removed.a);
    if (added) added.kind = removed.kind = "moved";
  }
  return rows;
}

/**
 * Two JSON documents, member by member; of repeated keys the first with the first. Iterative.
 * @param {JsonNode} a @param {JsonNode} b @returns {Difference[]} what differs, by path, at most DIFFERENCES
 */
export function compareJson(a, b) {
  /** @type {Difference[]} */
  const found = [];
  const waiting = [{ path: "$", a, b }];
  while (waiting.length && found.length < DIFFERENCES) {
    const next = /** @type {{path: string, a: JsonNode | undefined, b: JsonNode | undefined}} */ (waiting.pop());
    if (canHoldBoth(next.a, next.b)) waiting.push(...children(next).reverse());
    else if (textOf(next.a) !== textOf(next.b)) found.push(difference(next));
  }
  return found;
}

/** @param {JsonNode | undefined} a @param {JsonNode | undefined} b */
function canHoldBoth(a, b) {
  return a !== undefined && b !== undefined && sizeOf(a) >= 0 && sizeOf(b) >= 0 && Array.isArray(a) === Array.isArray(b);
}

/** @param {any} both @returns {any[]} the members of either, in the order of the first */
function children({ path, a, b }) {
  const [left, right] = [a, b].map((node) => byPath(entriesOf({ path, node })));
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => ({ path: key, a: left.get(key), b: right.get(key) }));
}

/** @param {TreeEntry[]} entries */
function byPath(entries) {
  /** @type {Map<string, JsonNode>} */
  const nodes = new Map();
  for (const { path, node } of entries) {
    let name = path;
    for (let nth = 2; nodes.has(name); nth += 1) name = `${path} (${nth})`;
    nodes.set(name, node);
  }
  return nodes;
}

/** @param {JsonNode | undefined} node */
function textOf(node) {
  return node === undefined ? null : jsonText(node);
}

/** @param {any} both @returns {Difference} */
function difference({ path, a, b }) {
  const kind = a === undefined ? "added" : b === undefined ? "removed" : "changed";
  return { kind, name: path, a: textOf(a), b: textOf(b) };
}

/**
 * Two bodies, byte by byte.
 * @param {Uint8Array} a @param {Uint8Array} b
 * @returns {{first: number | null, differing: number}} where they part, and how many of the bytes that both have differ
 */
export function compareBytes(a, b) {
  const shared = Math.min(a.length, b.length);
  let first = null;
  let differing = 0;
  for (let at = 0; at < shared; at += 1) {
    if (a[at] === b[at]) continue;
    first ??= at;
    differing += 1;
  }
  return { first: first ?? (a.length === b.length ? null : shared), differing };
}
