// @ts-check
/**
 * What the text behind a field of a search asks of a value. The mirror of `echoscope/search/conditions.py`.
 */

/** @typedef {"text" | "whole" | "choice" | "number" | "status" | "size" | "duration" | "address" | "since"} Kind */
/** @typedef {(value: string | number) => boolean} Condition */

/** There is a value, whatever it is. @type {Condition} */
export const ANYTHING = () => true;

/** What a value of a kind looks like, for error messages. @type {Record<string, string>} */
export const EXAMPLES = {
  number: "a number like 42, >42, <=42 or 10-42",
  status: "a status like 404, >=400, 200-299 or 4xx",
  size: "a size like 512, >10kb or 1kib-2mib",
  duration: "a duration like 20, >100ms or 1-2s",
  address: "an address, its beginning, or a network like 10.0.0.0/8",
  since: "how long ago, like 30s, 5m, 2h or 7d, or a time like 2026-11-22T09:00:00Z",
};

/** @type {Record<string, Record<string, number>>} */
const UNITS = {
  number: { "": 1 },
  status: { "": 1 },
  size: { "": 1, b: 1, kb: 1e3, kib: 2 ** 10, mb: 1e6, mib: 2 ** 20, gb: 1e9, gib: 2 ** 30 },
  duration: { "": 1, ms: 1, s: 1000 },
};

/** @type {Record<string, (value: number, bound: number) => boolean>} */
const COMPARE = {
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  "=": (value, bound) => value === bound,
  ">=": (value, bound) => value >= bound,
  ">": (value, bound) => value > bound,
};

const AMOUNT = String.raw`([0-9]{1,15}(?:\.[0-9]{1,6})?)([a-z]*)`;
const COMPARISON = new RegExp(`^(>=|<=|>|<|=)?${AMOUNT}$`);
const RANGE = new RegExp(`^${AMOUNT}-${AMOUNT}$`);
const STATUS_CLASS = /^([1-9])xx$/;
const AGE = /^[0-9]{1,9}[smhd]$/;
const TIME = /^([0-9]{4})-([0-9]{2})-([0-9]{2})[t ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.][0-9]{1,9})?(?:z|[+-]([0-9]{2}):([0-9]{2}))$/;
const ADDRESS = /^[0-9a-f.:]+(\/[0-9]{1,3})?$/;
const OCTET = "(0|[1-9][0-9]{0,2})";
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

/**
 * What `text` asks for; null when it is not of the kind.
 * @param {Kind} kind @param {string} text @param {string[]} choices
 * @param {boolean} literal whether a `*` in it is a `*`
 * @returns {Condition | null}
 */
export function parseCondition(kind, text, choices, literal) {
  const value = text.toLowerCase();
  if (value === "") return ANYTHING;
  switch (kind) {
    case "text":
    case "whole":
      return parseText(value, kind === "whole", literal);
    case "choice":
      return choices.includes(value) ? fitting([value]) : null;
    case "address":
      return parseNetwork(value);
    case "since":
      return AGE.test(value) || isTime(value) ? ANYTHING : null;
    default:
      return parseNumbers(kind, value);
  }
}

/**
 * `text` anywhere in a value, or as the whole; with a `*` that is not literal it is always the whole.
 * @param {string} text @returns {Condition}
 */
export function parseText(text, whole = false, literal = true) {
  const value = text.toLowerCase();
  if (value === "*" && !literal) return ANYTHING;
  if (value.includes("*") && !literal) return fitting(value.split("*"));
  return fitting(whole ? [value] : ["", value, ""]);
}

/** Exactly this text. @param {string} text @returns {Condition} */
export function parseExact(text) {
  return fitting([text.toLowerCase()]);
}

/** Whether a text is a time of RFC 3339; which moment it is, and what time it is now, the server knows. @param {string} value */
function isTime(value) {
  const [year, month, day, hour, minute, second, hours, minutes] = (TIME.exec(value) ?? []).slice(1).map((digits) => Number(digits ?? 0));
  const days = month >= 1 && month <= 12 ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() : 0;
  return year >= 1 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60 && hours < 24 && minutes < 60;
}

/** @param {string[]} pieces @returns {Condition} */
function fitting(pieces) {
  return (value) => fit(pieces, String(value).toLowerCase());
}

/**
 * Whether the pieces follow each other, with anything between them; the first begins the text, the last ends it.
 * @param {string[]} pieces in lower case @param {string} text in lower case
 */
function fit(pieces, text) {
  if (pieces.length === 1) return text === pieces[0];
  const [first, last] = [pieces[0], pieces[pieces.length - 1]];
  let position = first.length;
  const end = text.length - last.length;
  if (position > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, position);
    if (found < 0 || found + piece.length > end) return false;
    position = found + piece.length;
  }
  return true;
}

/** @param {Kind} kind @param {string} value @returns {Condition | null} */
function parseNumbers(kind, value) {
  const hundred = kind === "status" && STATUS_CLASS.exec(value);
  if (hundred) return within(kind, [">=", `${hundred[1]}00`, ""], ["<=", `${hundred[1]}99`, ""]);
  const comparison = COMPARISON.exec(value);
  if (comparison) return within(kind, [comparison[1] ?? "=", comparison[2], comparison[3]]);
  const range = RANGE.exec(value);
  return range && within(kind, [">=", range[1], range[2] || range[4]], ["<=", range[3], range[4]]);
}

/**
 * Bounds in the kind's own unit; null for a foreign unit and for a range that ends before it begins.
 * @param {Kind} kind @param {[sign: string, number: string, unit: string][]} bounds @returns {Condition | null}
 */
function within(kind, ...bounds) {
  const units = UNITS[kind];
  if (bounds.some(([, , unit]) => !Object.hasOwn(units, unit))) return null;
  const numbers = bounds.map(([, number, unit]) => Number(number) * units[unit]);
  if (numbers.length === 2 && numbers[0] > numbers[1]) return null;
  return (value) => bounds.every(([sign], place) => COMPARE[sign](Number(value), numbers[place]));
}

/** @param {string} value @returns {Condition | null} */
function parseNetwork(value) {
  if (!ADDRESS.test(value)) return null;
  const [text, length] = value.split("/");
  const network = length === undefined ? parseAddress(text) : parseLiteral(text);
  if (!network) return length === undefined ? fitting([value, ""]) : null;
  if (Number(length ?? 0) > network.size) return null;
  const rest = BigInt(network.size - Number(length ?? network.size));
  return (host) => {
    const address = parseAddress(String(host));
    return address !== null && address.size === network.size && (address.bits ^ network.bits) >> rest === 0n;
  };
}

/**
 * An address without its zone. IPv4 inside IPv6, as dual-stack sockets report it, is IPv4.
 * @param {string} text @returns {{size: number, bits: bigint} | null}
 */
function parseAddress(text) {
  const address = parseLiteral(text.split("%")[0]);
  const mapped = address?.size === 128 && address.bits >> 32n === 0xffffn;
  return mapped ? { size: 32, bits: address.bits & 0xffffffffn } : address;
}

/** @param {string} text @returns {{size: number, bits: bigint} | null} */
function parseLiteral(text) {
  const octets = IPV4.exec(text)?.slice(1).map(Number);
  if (octets) return octets.some((octet) => octet > 255) ? null : { size: 32, bits: joined(octets, 8n) };
  const groups = text.includes(":") ? parseGroups(text) : null;
  return groups && { size: 128, bits: joined(groups, 16n) };
}

/** The eight groups of an IPv6 address; the URL parser knows every way to write one. @param {string} text */
function parseGroups(text) {
  if (!/^[0-9a-f.:]+$/i.test(text) || !URL.canParse(`http://[${text}]/`)) return null;
  const [head, tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split("::").map(splitGroups);
  return tail ? [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail] : head;
}

/** @param {string} text */
function splitGroups(text) {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

/** @param {number[]} parts @param {bigint} width */
function joined(parts, width) {
  return parts.reduce((bits, part) => (bits << width) | BigInt(part), 0n);
}
