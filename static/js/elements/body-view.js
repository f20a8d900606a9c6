// @ts-check
/**
 * One body in the ways it can be looked at: laid-out JSON, form fields, text, picture, hex. Shows a part of
 * what is long and the rest on demand. Nothing of it is ever treated as markup; a picture comes as a data URL
 * of a type that cannot hold script.
 */
import { bytesOf, formFields, hexDump, imageType, saysJson, viewsOf } from "../content.js";
import { fill, h } from "../dom.js";
import { bytes, bytesText } from "../format.js";
import { jsonError, layOutJson } from "../json-text.js";
import { copyButton } from "./copy-button.js";
import { fieldTable } from "./facts.js";

const TEXT_PIECE = 100_000; // characters laid out at once: about a frame's worth
const HEX_PIECE = 16_384; // bytes, 1024 lines
const COLOURED = 60_000; // characters of JSON whose tokens get elements of their own

/** @type {Record<View, [string, (content: Bytes) => HTMLElement]>} */
const VIEWS = {
  json: ["JSON", (content) => json(bytesText(content))],
  form: ["Form", (content) => fieldTable(formFields(bytesText(content)), "Form fields in their order")],
  text: ["Text", (content) => text(bytesText(content))],
  image: ["Picture", picture],
  hex: ["Hex", hex],
};

export class BodyView extends HTMLElement {
  #stage = h("div", { class: "stage" });
  /** @type {HTMLElement[]} */
  #buttons = [];

  /** @param {Body} body @param {string} contentType */
  show(body, contentType) {
    const views = viewsOf(body, contentType);
    if (!views.length) {
      fill(this, h("p", { class: "hollow" }, body.size ? "The body was not kept." : "No body."));
      return;
    }
    this.#buttons = views.map((view) => h("button", { type: "button", "data-view": view, click: () => this.#open(view, body) }, VIEWS[view][0]));
    fill(this,
      h("div", { class: "tools" },
        h("div", { class: "choice", role: "group", "aria-label": "Show the body as" }, ...this.#buttons),
        h("span", { class: "note" }, body.truncated ? `the first ${bytes(body.kept)} of ${bytes(body.size)}` : bytes(body.size)),
        copyButton(() => bytesText(body.content), "Copy the body")),
      problem(body, contentType), this.#stage);
    this.#open(views[0], body);
  }

  /** @param {View} view @param {Body} body */
  #open(view, body) {
    for (const button of this.#buttons) button.ariaPressed = String(button.dataset.view === view);
    fill(this.#stage, VIEWS[view][1](body.content));
  }
}

/** @param {Body} body @param {string} contentType */
function problem({ content, truncated }, contentType) {
  if (truncated || typeof content !== "string" || !saysJson(contentType)) return null;
  const error = jsonError(content);
  return error && h("p", { class: "problem" }, `Sent as JSON, but it is not: ${error}`);
}

/** @param {string} source */
function json(source) {
  const tokens = layOutJson(source);
  if (source.length > COLOURED) return text(tokens.map((token) => token.text).join(""));
  const parts = tokens.map(({ type, text: word }) => (type === "layout" ? word : h("span", { class: type }, word)));
  return h("pre", { class: "json", tabindex: "0" }, ...parts);
}

/** @param {string} whole */
function text(whole) {
  return pieces(whole.length, TEXT_PIECE, (from, to) => whole.slice(from, to));
}

/** @param {Bytes} content */
function hex(content) {
  const octets = bytesOf(content);
  return pieces(octets.length, HEX_PIECE, (from, to) => `${hexDump(octets, from, to)}\n`);
}

/**
 * A long text, the first piece of it at once and each further one when asked for.
 * @param {number} size @param {number} piece @param {(from: number, to: number) => string} cut
 */
function pieces(size, piece, cut) {
  let shown = piece;
  const lines = h("pre", { tabindex: "0" }, cut(0, shown));
  const more = h("button", { type: "button", click: () => {
    lines.append(cut(shown, shown + piece));
    shown += piece;
    if (shown >= size) more.remove();
  } }, "Show more");
  return h("div", {}, lines, size > piece && more);
}

/** @param {Bytes} content */
function picture(content) {
  const base64 = typeof content === "string" ? btoa(content) : content.base64;
  return h("img", { class: "picture", alt: "The body as a picture", src: `data:${imageType(bytesOf(content))};base64,${base64}` });
}

/** @param {Body} body @param {string} contentType */
export function bodyView(body, contentType) {
  const view = h("body-view");
  view.show(body, contentType);
  return view;
}

customElements.define("body-view", BodyView);
