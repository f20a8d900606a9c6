// @ts-check
/**
 * The first screen of a body: enough to know what it is. Up goes `tab-select` for all of it.
 */
import { bytesOf, contentOf, hexDump } from "../content.js";
import { fill, h, tell } from "../dom.js";
import { bytes, bytesText, visible } from "../format.js";
import { jsonText } from "../json-tree.js";
import { PATHS, read } from "../readings.js";
import { coloured } from "./coloured.js";
import { fieldTable } from "./facts.js";

const LINES = 24;
const CHARACTERS = 4_000;
const FIELDS = 12;
const HEX_BYTES = 160;

customElements.define("body-glance", class extends HTMLElement {
  /** @param {ExchangeDocument} exchange @param {"request" | "response"} of */
  show(exchange, of) {
    const all = (/** @type {string} */ title) => h("button.link", { type: "button", click: () => tell(this, "tab-select", of === "request" ? "body" : "response") }, title);
    read(this, exchange, PATHS[`${of}Body`], (reading) => {
      const { element, isWhole } = glanceOf(reading);
      fill(this, element, !isWhole && all(`All of it: ${bytes(reading.size)}`));
    });
  }
});

/** @param {BodyReading} reading @returns {{element: HTMLElement, isWhole: boolean}} */
function glanceOf(reading) {
  const { kept, size, graphql, json, form, multipart, image, text } = reading;
  if (!kept) return { element: h("p.note", size ? "It was not kept." : "None."), isWhole: true };
  if (graphql) return cut([graphql.query, graphql.variables !== null && jsonText(graphql.variables)].filter(Boolean).join("\n\n"), "code");
  if (form) return { element: fieldTable(form.fields.slice(0, FIELDS), "Form fields"), isWhole: form.fields.length <= FIELDS && !form.omitted };
  if (multipart) return { element: h("ul.glance-parts", ...multipart.parts.slice(0, FIELDS).map(partLine)), isWhole: false };
  if (image?.data_url) return { element: h("img.picture", { alt: "The body as a picture", src: image.data_url }), isWhole: false };
  if (json?.value !== undefined) return cut(jsonText(json.value), "code");
  if (json?.lines) return cut(json.lines.slice(0, LINES).map(({ value, error }) => (error ? `not JSON: ${error.detail}` : jsonText(/** @type {JsonNode} */ (value)).replace(/\n\s*/g, " "))).join("\n"), "code", json.lines.length > LINES);
  if (text !== null) return cut(text, null, kept < size);
  const octets = bytesOf(contentOf(reading));
  return { element: h("pre", { tabindex: "0" }, hexDump(octets, 0, HEX_BYTES)), isWhole: octets.length <= HEX_BYTES };
}

/** @param {string} text @param {"code" | null} syntax @param {boolean} goesOn @returns {{element: HTMLElement, isWhole: boolean}} */
function cut(text, syntax, goesOn = false) {
  const lines = text.slice(0, CHARACTERS).split("\n").slice(0, LINES).join("\n");
  const isWhole = lines.length === text.length && !goesOn;
  return { element: h("pre", { tabindex: "0" }, ...(syntax ? coloured(lines, "json") : [lines]), !isWhole && "\n…"), isWhole };
}

/** @param {Part} part */
function partLine({ name, filename, content_type, size, image, kind, content }) {
  const what = [filename !== null && visible(bytesText(filename)), content_type && visible(content_type), bytes(size)].filter(Boolean).join(" · ");
  const value = filename === null && kind !== "binary" && typeof content === "string" && content.length < 200 ? content : null;
  return h("li", h("b", name === null ? "no name" : visible(bytesText(name))), " ", value === null ? h("span.note", what) : h("bdi", visible(value)),
    image?.data_url && h("img.picture", { alt: "", src: image.data_url }));
}

