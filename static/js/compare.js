// @ts-check
/**
 * What differs between two exchanges: fields by order and repetition, JSON by structure, texts by line, bytes by place.
 * Pure. Nothing is called the same that was not looked at: what is not aligned is compared one by one, and what is
 * not listed is counted.
 */
import { entriesOf, jsonText, sizeOf } from "./json-tree.js";

const ALIGNED = 400; // lines of each side that are aligned: the table below has their product in cells
const LISTED = 300; // differences of a JSON text

/** @typedef {[string, string]} Pair */

/**
 * Two lists of named values, aligned: the longest common part stays, the rest was changed, moved, removed or added.
 * @param {Pair[]} first @param {Pair[]} second @returns {Difference[]} in the order of both
 */
export function compareFields(first, second) {
  /** @type {Difference[]} */
  const rows = [];
  for (const { a, b, isSame } of stretches(first, second, (x, y) => x[0] === y[0] && x[1] === y[1])) {
    if (isSame) rows.push(...a.map(([name, value]) => /** @type {Difference} */ ({ kind: "same", name, a: value, b: value })));
    else rows.push(...between(a, b));
  }
  return markMoved(rows);
}

/**
 * Two lists cut into stretches that both have, and what stands between these.
 * @template T @param {T[]} a @param {T[]} b @param {(x: T, y: T) => boolean} isSame
 * @returns {{a: T[], b: T[], isSame: boolean, from: [number, number]}[]}
 */
function stretches(a, b, isSame) {
  let head = 0;
  while (head < a.length && head < b.length && isSame(a[head], b[head])) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && isSame(a[a.length - 1 - tail], b[b.length - 1 - tail])) tail += 1;
  const [endA, endB] = [a.length - tail, b.length - tail];
  const found = [{ a: a.slice(0, head), b: b.slice(0, head), isSame: true, from: /** @type {[number, number]} */ ([0, 0]) }];
  let [i, j] = [head, head];
  for (const [x, y] of [...commonPairs(a.slice(head, endA), b.slice(head, endB), isSame), [endA - head, endB - head]]) {
    const [toA, toB] = [head + x, head + y];
    if (toA > i || toB > j) found.push({ a: a.slice(i, toA), b: b.slice(j, toB), isSame: false, from: [i, j] });
    if (toA < endA && toB < endB) found.push({ a: [a[toA]], b: [b[toB]], isSame: true, from: [toA, toB] });
    [i, j] = [toA + 1, toB + 1];
  }
  found.push({ a: a.slice(endA), b: b.slice(endB), isSame: true, from: [endA, endB] });
  return found.filter((stretch) => stretch.a.length > 0 || stretch.b.length > 0);
}

/**
 * The longest common subsequence, as pairs of indexes; beyond what is aligned, those that stand at the same place.
 * @template T @param {T[]} a @param {T[]} b @param {(x: T, y: T) => boolean} isSame @returns {[number, number][]}
 */
function commonPairs(a, b, isSame) {
  const [m, n] = [Math.min(a.length, ALIGNED), Math.min(b.length, ALIGNED)];
  const width = n + 1;
  const lengths = new Uint16Array((m + 1) * width);
  for (let i = m - 1; i >= 0; i -= 1) {
    for (let j = n - 1; j >= 0; j -= 1) {
      const skip = Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
      lengths[i * width + j] = isSame(a[i], b[j]) ? lengths[(i + 1) * width + j + 1] + 1 : skip;
    }
  }
  /** @type {[number, number][]} */
  const pairs = [];
  for (let i = 0, j = 0; i < m && j < n; ) {
    if (isSame(a[i], b[j])) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i += 1;
    else j += 1;
  }
  for (let at = ALIGNED; at < Math.min(a.length, b.length); at += 1) if (isSame(a[at], b[at])) pairs.push([at, at]);
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
  const added = new Map(rows.filter(({ kind }) => kind === "added").map((row) => [`${row.name}\n${row.b}`, row]));
  for (const removed of rows.filter(({ kind }) => kind === "removed")) {
    const other = added.get(`${removed.name}\n${removed.a}`);
    if (other?.kind === "added") other.kind = removed.kind = "moved";
  }
  return rows;
}

/**
 * Two query strings as they were sent. Where only the writing differs (`%2F` and `/`, `+` and `%20`, `a` and `a=`) that
 * is said: signatures break on it.
 * @param {string} first @param {string} second @param {(text: string) => [string, string][]} fieldsOf
 */
export function compareQueries(first, second, fieldsOf) {
  /** @param {string} query @returns {Pair[]} */
  const pairsOf = (query) => (query ? query.split("&").map((raw) => [fieldsOf(raw)[0]?.[0] ?? "", raw]) : []);
  const valueOf = (/** @type {string} */ raw) => fieldsOf(raw)[0]?.[1] ?? "";
  return compareFields(pairsOf(first), pairsOf(second)).map((row) => {
    const isSame = row.kind === "changed" && row.a !== null && row.b !== null && valueOf(row.a) === valueOf(row.b);
    return isSame ? /** @type {Difference} */ ({ ...row, kind: "written" }) : row;
  });
}

/** Two texts, line by line. @param {string} first @param {string} second @returns {Difference[]} named by the number of the line */
export function compareLines(first, second) {
  const [a, b] = [first, second].map((text) => text.split("\n"));
  /** @type {Difference[]} */
  const rows = [];
  for (const { a: left, b: right, isSame, from: [i, j] } of stretches(a, b, (x, y) => x === y)) {
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
      const [x, y] = [left[at] ?? null, right[at] ?? null];
      const name = isSame || i === j ? `line ${i + at + 1}` : x === null ? `line ${j + at + 1}` : y === null ? `line ${i + at + 1}` : `line ${i + at + 1}, ${j + at + 1}`;
      rows.push({ kind: isSame ? "same" : x === null ? "added" : y === null ? "removed" : "changed", name, a: x, b: y });
    }
  }
  return rows;
}

/**
 * Two JSON documents: objects member by member, whatever their order, arrays aligned; of repeated keys the first with
 * the first. Iterative.
 * @param {JsonNode} a @param {JsonNode} b
 * @returns {{rows: Difference[], isWhole: boolean}} what differs, by path; `isWhole`: whether all of it is listed
 */
export function compareJson(a, b) {
  /** @type {Difference[]} */
  const rows = [];
  /** @type {Both[]} */
  const waiting = [{ path: "$", a, b }];
  while (waiting.length) {
    const next = /** @type {Both} */ (waiting.pop());
    if (textOf(next.a) === textOf(next.b)) continue;
    if (rows.length === LISTED) return { rows, isWhole: false };
    if (canHoldBoth(next.a, next.b)) waiting.push(...children(next).reverse());
    else rows.push(difference(next));
  }
  return { rows, isWhole: true };
}

/** @typedef {{path: string, a: JsonNode | undefined, b: JsonNode | undefined}} Both */

/** @param {JsonNode | undefined} a @param {JsonNode | undefined} b */
function canHoldBoth(a, b) {
  return a !== undefined && b !== undefined && sizeOf(a) >= 0 && sizeOf(b) >= 0 && Array.isArray(a) === Array.isArray(b);
}

/** @param {any} both @returns {Both[]} the members of either */
function children({ path, a, b }) {
  if (Array.isArray(a)) return items(path, a, b);
  const [left, right] = [a, b].map((node) => byPath(entriesOf({ path, node })));
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => ({ path: key, a: left.get(key), b: right.get(key) }));
}

/** Of arrays what is between the items that both have: an item that was put in is one difference. @param {string} path @param {JsonNode[]} a @param {JsonNode[]} b */
function items(path, a, b) {
  /** @type {Both[]} */
  const found = [];
  for (const { a: left, b: right, isSame, from: [i, j] } of stretches(a, b, (x, y) => textOf(x) === textOf(y))) {
    for (let at = 0; !isSame && at < Math.max(left.length, right.length); at += 1) {
      found.push({ path: `${path}[${at < left.length ? i + at : j + at}]`, a: left[at], b: right[at] });
    }
  }
  return found;
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

/** What each node says, its members in the order of their names: computed once. @type {WeakMap<object, string>} */
const texts = new WeakMap();

/** @param {JsonNode | undefined} node @returns {string | null} */
function textOf(node) {
  if (node === undefined) return null;
  if (typeof node !== "object" || node === null) return jsonText(node);
  const known = texts.get(node);
  if (known !== undefined) return known;
  const text = "members" in node ? membersText(node.members) : Array.isArray(node) ? `[${node.map(textOf).join()}]` : jsonText(node);
  texts.set(node, text);
  return text;
}

/** Of members with the same name the order counts. @param {[string, JsonNode][]} members */
function membersText(members) {
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const texts = sorted.map(([key, item]) => `${JSON.stringify(key)}:${textOf(item)}`);
  return `{${texts.join()}}`;
}

/** @param {Both} both @returns {Difference} */
function difference({ path, a, b }) {
  const kind = a === undefined ? "added" : b === undefined ? "removed" : "changed";
  return { kind, name: path, a: a === undefined ? null : jsonText(a), b: b === undefined ? null : jsonText(b) };
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

/**
 * What can be said of two bodies of which perhaps not all is kept.
 * @typedef {{bytes: Uint8Array, size: number, isCut: boolean, sha256: string | null, isMasked: boolean}} KeptBody
 * @param {KeptBody} a @param {KeptBody} b
 * @returns {{isSame: boolean | null, first: number | null, differing: number, known: "whole" | "kept" | "digest" | "size"}} `isSame` is null
 *   where it cannot be told; `known`: by what it was
 */
export function compareBodies(a, b) {
  const { first, differing } = compareBytes(a.bytes, b.bytes);
  const isCut = a.isCut || b.isCut;
  const both = { first, differing };
  if (differing > 0 || (first !== null && !isCut)) return { ...both, isSame: false, known: "kept" };
  if (a.size !== b.size) return { ...both, isSame: false, known: "size" };
  if (a.sha256 && b.sha256) return { ...both, isSame: a.sha256 === b.sha256, known: isCut ? "digest" : "whole" };
  if (isCut || a.isMasked || b.isMasked) return { ...both, isSame: null, known: "kept" };
  return { ...both, isSame: true, known: "whole" };
}
