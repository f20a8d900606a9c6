// @ts-check
/**
 * Texts and bodies taken apart for reading: markup indented, event streams by event, the bytes of each part of a
 * multipart. Pure.
 */

/** @param {string} text XML @returns it with one tag to a line, two spaces deeper inside; elements that hold only text stay in one */
export function indentMarkup(text) {
  let depth = 0;
  const lines = [];
  const tokens = text.match(/<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<[^>]*>|[^<]+/g) ?? [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at].trim();
    if (!token) continue;
    const isClose = token.startsWith("</");
    const isOpen = /^<[^!?/]/.test(token) && !token.endsWith("/>");
    if (isClose) depth = Math.max(0, depth - 1);
    const isLeaf = isOpen && (tokens[at + 1] ?? "").trim() !== "" && !tokens[at + 1].startsWith("<") && (tokens[at + 2] ?? "").startsWith("</");
    const isEmpty = isOpen && (tokens[at + 1] ?? "").startsWith("</");
    const line = isLeaf ? token + tokens[at + 1].trim() + tokens[at + 2] : isEmpty ? token + tokens[at + 1] : token;
    lines.push("  ".repeat(Math.min(depth, 40)) + line);
    if (isLeaf) at += 2;
    else if (isEmpty) at += 1;
    else if (isOpen) depth += 1;
  }
  return lines.join("\n");
}

/**
 * Server-sent events, as the HTML standard reads them (section 9.2.6).
 * @param {string} text
 * @returns {{event: string, id: string, data: string, retry: string, comment: string}[]} comments that stand alone are events without data
 */
export function readEventStream(text) {
  const blocks = text.replace(/^\ufeff/, "").split(/(?:\r\n|\r|\n){2,}/);
  return blocks.filter((block) => block.trim()).map((block) => {
    const found = { event: "", id: "", data: "", retry: "", comment: "" };
    /** @type {string[]} */
    const data = [];
    for (const line of block.split(/\r\n|\r|\n/)) {
      const [, name, value = ""] = /^([^:]*)(?::[ ]?(.*))?$/s.exec(line) ?? [];
      if (name === "data") data.push(value);
      else if (name === "") found.comment += value;
      else if (name === "event" || name === "id" || name === "retry") found[name] = value;
    }
    return { ...found, data: data.join("\n") };
  });
}

/**
 * The content of each part (RFC 2046, section 5.1.1), whole, where the reading has only its beginning.
 * @param {Uint8Array} bytes of the whole body @param {string} boundary
 * @returns {Uint8Array[]}
 */
export function partContents(bytes, boundary) {
  if (!boundary) return [];
  const text = new TextDecoder("latin1").decode(bytes); // one character per byte
  const delimiter = `--${boundary}`;
  const parts = [];
  let start = text.startsWith(delimiter) ? 0 : text.indexOf(`\r\n${delimiter}`);
  if (start < 0) return [];
  while (start >= 0) {
    const head = text.indexOf("\r\n", start === 0 ? delimiter.length : start + 2 + delimiter.length);
    const end = text.indexOf(`\r\n${delimiter}`, Math.max(head, start + 1));
    const isLast = text.startsWith("--", (start === 0 ? 0 : start + 2) + delimiter.length);
    if (isLast || head < 0) break;
    const blank = text.startsWith("\r\n", head + 2) ? head : text.indexOf("\r\n\r\n", head);
    if (blank >= 0 && (end < 0 || blank <= end)) parts.push(bytes.subarray(Math.min(blank + 4, bytes.length), end < 0 ? bytes.length : Math.max(end, Math.min(blank + 4, bytes.length))));
    start = end;
  }
  return parts;
}
