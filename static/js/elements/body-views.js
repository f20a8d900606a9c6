// @ts-check
/**
 * The ways in which a body that was read can be looked at, by its kind: the most telling first.
 */
import { bytesOf, contentOf, hexDump } from "../content.js";
import { h, icon } from "../dom.js";
import { bytes, bytesText, count, countOf, visible } from "../format.js";
import { parseJson } from "../json-parse.js";
import { jsonText } from "../json-tree.js";
import { indentMarkup, partContents, readEventStream } from "../layouts.js";
import { coloured } from "./coloured.js";
import { copyButton } from "./copy-button.js";
import { fieldRows, fieldTable, tableOf } from "./facts.js";
import "./json-tree.js";

const TEXT_PIECE = 50_000; // characters laid out at once: about a frame's worth
const HEX_PIECE = 16_384; // bytes, 1024 lines
const MARKUP = ["xml", "html"];
const STREAM = 500; // events of a stream shown

/** @typedef {Record<string, [string, () => HTMLElement]>} Views by name: title, and what draws it */

/** @param {BodyReading} reading @returns {Views} */
export function bodyViews(reading) {
  const { kind, graphql, json, form, multipart, image, text, content_type } = reading;
  const content = contentOf(reading);
  const cut = cutJson(reading);
  /** @type {Views} */
  const views = {};
  if (graphql) views.graphql = ["GraphQL", () => graphqlRequest(graphql)];
  if (json && (json.lines || json.value !== undefined)) views.tree = ["JSON", () => tree(json)];
  else if (cut) views.tree = ["JSON", () => treeOf([{ key: "$", path: "$", node: cut, level: 1 }], "cut here")];
  if (form) views.form = ["Form", () => formTable(form)];
  if (multipart) views.parts = ["Parts", () => parts(multipart, bytesOf(content))];
  if (image) views.image = ["Picture", () => picture(image)];
  if (text !== null && /^text\/event-stream\b/i.test(content_type ?? "")) views.events = ["Events", () => eventStream(text)];
  if (text !== null && kind === "xml") views.indented = ["Indented", () => source(indentMarkup(text), kind)];
  if (text !== null) views.text = [MARKUP.includes(kind) ? "Source" : "Text", () => source(text, kind, json?.error)];
  views.hex = ["Hex", () => hex(content)];
  return views;
}

/** @param {BodyReading} reading */
export function copyOf(reading) {
  return reading.text ?? bytesText(contentOf(reading));
}

/** A JSON text of which only the beginning is kept: it is not wrong. @param {BodyReading} reading @returns {JsonNode | undefined} */
export function cutJson({ kind, json, text, truncated, coding }) {
  const isCut = truncated || coding?.state === "stopped" || coding?.state === "cut";
  if (kind !== "json" || json?.value !== undefined || text === null || !isCut) return undefined;
  const read = parseJson(text);
  return read?.isCut ? read.node : undefined;
}

/** The document in its own lines, as no JSON string shows it. @param {GraphqlRead} request */
function graphqlRequest({ query, operation, name, variables }) {
  return h("div",
    h("p.note", [operation, name !== null && visible(name)].filter(Boolean).join(" ")),
    h("div.cornered", h("pre.source", { tabindex: "0" }, ...coloured(query, "code")), copyButton(query, "Copy the document")),
    variables !== null && h("section", h("h3", "Variables"), treeOf([{ key: "variables", path: "$.variables", node: variables, level: 1 }])));
}

/** @param {JsonRead} json */
function tree({ value, lines }) {
  return treeOf(lines ? lines.map(lineEntry) : [{ key: "$", path: "$", node: /** @type {JsonNode} */ (value), level: 1 }]);
}

/** @param {TreeEntry[]} roots @param {string} end what stands below the last row */
function treeOf(roots, end = "") {
  const element = h("json-tree");
  queueMicrotask(() => element.show(roots)); // once it stands in the page
  return end ? h("div", element, h("p.note", `… ${end}`)) : element;
}

/** Server-sent events, one below the other. @param {string} text */
function eventStream(text) {
  const events = readEventStream(text);
  return h("ol.stream", ...events.slice(0, STREAM).map(({ event, id, data, retry, comment }, index) => h("li", {},
    h("span.note", [`${index + 1}`, event && `event ${visible(event)}`, id && `id ${visible(id)}`, retry && `retry ${visible(retry)}`, comment && `comment ${visible(comment)}`].filter(Boolean).join(" · ")),
    data && dataOf(data))), events.length > STREAM && h("li.note", `${count(events.length - STREAM)} more are in the text.`));
}

/** JSON laid out, anything else as it is. @param {string} data */
export function dataOf(data) {
  const json = /^\s*[{[]/.test(data) ? parseJson(data) : null;
  return json && !json.isCut ? h("pre", { tabindex: "0" }, ...coloured(jsonText(json.node), "json")) : h("pre", { tabindex: "0" }, data);
}

/** @param {NonNullable<JsonRead["lines"]>[number]} line @returns {TreeEntry} */
function lineEntry({ line, value, error }) {
  return { key: `line ${line}`, path: "$", level: 1, node: error ? `not JSON: ${error.detail}` : /** @type {JsonNode} */ (value) };
}

/** @param {NonNullable<BodyReading["form"]>} form */
function formTable({ fields, omitted }) {
  const readings = fields.map(([, value]) => /^\s*[{[]/.test(bytesText(value)) && parseJson(bytesText(value))
    && h("details.says", h("summary", "JSON in it"), dataOf(bytesText(value))));
  return h("div", tableOf("Form fields in their order", fieldRows(fields, { readings })), omitted > 0 && h("p.remark", `${countOf(omitted, "field")} more are in the text.`));
}

/** @param {NonNullable<BodyReading["multipart"]>} multipart @param {Uint8Array} body */
function parts({ parts: all, detail, boundary }, body) {
  const contents = partContents(body, boundary);
  const isSure = all.every(({ size }, at) => contents[at]?.length === size); // read the same way here and there
  return h("div.parts", detail && h("p.remark.problem", detail), ...all.map((one, at) => part(one, isSure ? contents[at] : null)));
}

/** @param {Part} part @param {Uint8Array | null} whole its content, where the reading has the beginning */
function part({ name, filename, content_type, headers, size, complete, kind, content, shown, image }, whole) {
  const title = h("h3", name === null ? "no name" : visible(bytesText(name)), filename !== null && h("bdi.file", visible(bytesText(filename))));
  const isShort = shown < size && !(image && whole);
  return h("section.part", title,
    h("p.note", [content_type && visible(content_type), bytes(size), !complete && "cut off", isShort && `the first ${bytes(shown)} are shown`].filter(Boolean).join(" · "),
      size > 0 && savePart(whole ?? bytesOf(content), whole !== null || shown === size, filename === null ? "part" : bytesText(filename))),
    size > 0 && partContent(kind, content, image && whole && complete ? wholePicture(image, whole) : image),
    h("details.says", h("summary", countOf(headers.length, "header")), fieldTable(headers, "Headers of the part")));
}

/** Under a name that cannot mislead, and as bytes that no browser runs. @param {Uint8Array} content @param {boolean} isWhole @param {string} name */
function savePart(content, isWhole, name) {
  const title = isWhole ? `Save this part, ${bytes(content.length)}` : `Save the first ${bytes(content.length)} of this part`;
  const click = () => {
    const href = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (content)], { type: "application/octet-stream" }));
    h("a", { href, download: name.replace(/[^\w. -]+/g, "_").slice(-100) || "part" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  };
  return h("button.quiet", { type: "button", title, "aria-label": title, click }, icon("save"));
}

/** @param {ImageRead} image of a type that the server takes for a picture without script @param {Uint8Array} whole @returns {ImageRead} */
function wholePicture(image, whole) {
  if (image.data_url || !/^image\/(png|jpeg|gif|webp|bmp|avif)$/.test(image.media_type)) return image;
  let binary = "";
  for (let at = 0; at < whole.length; at += 0x8000) binary += String.fromCharCode(...whole.subarray(at, at + 0x8000));
  return { ...image, data_url: `data:${image.media_type};base64,${btoa(binary)}` };
}

/** @param {string} kind @param {Bytes} content @param {ImageRead | null} image */
function partContent(kind, content, image) {
  if (image) return picture(image);
  if (typeof content === "string" && kind === "json") return dataOf(content);
  return typeof content === "string" ? source(content, kind) : hex(content);
}

/** @param {ImageRead} image */
function picture({ data_url, width }) {
  if (!data_url) return h("p.hollow", "A picture, but not all of it is here to be shown.");
  const error = (/** @type {Event} */ { target }) => /** @type {Element} */ (target).replaceWith(h("p.hollow", "It is said to be a picture, but it cannot be shown as one."));
  return h("img.picture", { alt: "The body as a picture", src: data_url, "data-small": width !== null && width < 96, error });
}

/** @param {string} text @param {string} kind @param {JsonError} [error] whose place is marked */
function source(text, kind, error) {
  const at = error?.position ?? -1;
  const cut = (/** @type {number} */ from, /** @type {number} */ to) => text.slice(from, to);
  if (at >= 0 && at < TEXT_PIECE) {
    const mark = h("mark.fault", { title: error?.detail ?? "" }, text.slice(at, at + 1) || " ");
    queueMicrotask(() => mark.scrollIntoView({ block: "nearest" }));
    return pieces(text.length, TEXT_PIECE, (from, to) => (from > 0 ? [cut(from, to)] : [cut(0, at), mark, cut(at + 1, to)]));
  }
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
