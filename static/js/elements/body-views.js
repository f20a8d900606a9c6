// @ts-check
/**
 * The ways in which a body that was read can be looked at, by its kind: the most telling first.
 */
import { bytesOf, hexDump } from "../content.js";
import { h } from "../dom.js";
import { bytes, bytesText, countOf, visible } from "../format.js";
import { coloured } from "./coloured.js";
import { fieldTable } from "./facts.js";
import "./json-tree.js";

const TEXT_PIECE = 50_000; // characters laid out at once: about a frame's worth
const HEX_PIECE = 16_384; // bytes, 1024 lines
const MARKUP = ["xml", "html"];

/** @typedef {Record<string, [string, () => HTMLElement]>} Views by name: title, and what draws it */

/** @param {BodyReading} reading @returns {Views} */
export function bodyViews(reading) {
  const { kind, json, form, multipart, image, text, content } = reading;
  /** @type {Views} */
  const views = {};
  if (json && (json.lines || json.value !== undefined)) views.tree = ["JSON", () => tree(json)];
  if (form) views.form = ["Form", () => formTable(form)];
  if (multipart) views.parts = ["Parts", () => parts(multipart)];
  if (image) views.image = ["Picture", () => picture(image)];
  if (text !== null) views.text = [MARKUP.includes(kind) ? "Source" : "Text", () => source(text, kind)];
  views.hex = ["Hex", () => hex(content)];
  return views;
}

/** @param {BodyReading} reading */
export function copyOf({ text, content }) {
  return text ?? bytesText(content);
}

/** @param {JsonRead} json */
function tree({ value, lines }) {
  const element = h("json-tree");
  const roots = lines ? lines.map(lineEntry) : [{ key: "$", path: "$", node: /** @type {JsonNode} */ (value), level: 1 }];
  queueMicrotask(() => element.show(roots)); // once it stands in the page
  return element;
}

/** @param {NonNullable<JsonRead["lines"]>[number]} line @returns {TreeEntry} */
function lineEntry({ line, value, error }) {
  return { key: `line ${line}`, path: "$", level: 1, node: error ? `not JSON: ${error.detail}` : /** @type {JsonNode} */ (value) };
}

/** @param {NonNullable<BodyReading["form"]>} form */
function formTable({ fields, omitted }) {
  return h("div", fieldTable(fields, "Form fields in their order"), omitted > 0 && h("p.remark", `${countOf(omitted, "field")} more are in the text.`));
}

/** @param {NonNullable<BodyReading["multipart"]>} multipart */
function parts({ parts: all, detail }) {
  return h("div.parts", detail && h("p.remark.problem", detail), ...all.map(part));
}

/** @param {Part} part */
function part({ name, filename, content_type, headers, size, complete, kind, content, shown, image }) {
  const title = h("h3", name === null ? "no name" : visible(bytesText(name)), filename !== null && h("bdi.file", visible(bytesText(filename))));
  return h("section.part", title,
    h("p.note", [content_type && visible(content_type), bytes(size), !complete && "cut off", shown < size && `the first ${bytes(shown)} are shown`].filter(Boolean).join(" · ")),
    size > 0 && partContent(kind, content, image),
    h("details.says", h("summary", countOf(headers.length, "header")), fieldTable(headers, "Headers of the part")));
}

/** @param {string} kind @param {Bytes} content @param {ImageRead | null} image */
function partContent(kind, content, image) {
  if (image) return picture(image);
  return typeof content === "string" ? source(content, kind) : hex(content);
}

/** @param {ImageRead} image */
function picture({ data_url, width }) {
  if (!data_url) return h("p.hollow", "A picture, but not all of it is here to be shown.");
  return h("img.picture", { alt: "The body as a picture", src: data_url, "data-small": width !== null && width < 96 });
}

/** @param {string} text @param {string} kind */
function source(text, kind) {
  const cut = (/** @type {number} */ from, /** @type {number} */ to) => text.slice(from, to);
  return pieces(text.length, TEXT_PIECE, (from, to) => (MARKUP.includes(kind) ? coloured(cut(from, to), "markup") : [cut(from, to)]));
}

/** @param {Bytes} content */
function hex(content) {
  const octets = bytesOf(content);
  return pieces(octets.length, HEX_PIECE, (from, to) => [`${hexDump(octets, from, to)}\n`]);
}

/**
 * A long text, the first piece of it at once and each further one when asked for.
 * @param {number} size @param {number} piece @param {(from: number, to: number) => (Node | string)[]} cut
 */
function pieces(size, piece, cut) {
  let shown = piece;
  const lines = h("pre", { tabindex: "0" }, ...cut(0, shown));
  const more = h("button", { type: "button", click: () => {
    lines.append(...cut(shown, shown + piece));
    shown += piece;
    if (shown >= size) more.remove();
  } }, "Show more");
  return h("div", lines, size > piece && more);
}
