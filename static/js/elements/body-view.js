// @ts-check
/**
 * One body in the ways it can be looked at: laid-out JSON, form fields, text, picture, hex. Shows a part of
 * what is long and the rest on demand. Nothing of it is ever treated as markup; a picture comes as a data URL
 * of a type that cannot hold script.
 *
 * @typedef {import("../content.js").View} View
 */
import { bytesOf, formFields, hexDump, imageType, saysJson, viewsOf } from "../content.js";
import { h } from "../dom.js";
import { bytes, bytesText } from "../format.js";
import { jsonError, layOutJson } from "../json-text.js";
import { copyButton } from "./copy-button.js";
import { fieldTable } from "./facts.js";

const TEXT_PIECE = 100_000; // characters laid out at once: about a frame's worth
const HEX_PIECE = 16_384; // bytes, 1024 lines
const COLOURED = 60_000; // characters of JSON whose tokens get elements of their own

/** @type {Record<View, string>} */
const TITLES = { json: "JSON", form: "Form", text: "Text", image: "Picture", hex: "Hex" };

export class BodyView extends HTMLElement {
  /** @type {import("../types.js").Body | null} */
  body = null;
  contentType = "";

  connectedCallback() {
    if (this.body) this.#paint(this.body);
  }

  /** @param {import("../types.js").Body} body */
  #paint(body) {
    const views = viewsOf(body, this.contentType);
    if (!views.length) {
      this.replaceChildren(h("p", { class: "hollow" }, body.size ? "The body was not kept." : "No body."));
      return;
    }
    this.stage = h("div", { class: "stage" });
    this.choice = h("div", { class: "choice", role: "group", "aria-label": "Show the body as" }, ...views.map((view) => this.#button(view)));
    const copy = copyButton(() => bytesText(body.content), "Copy the body");
    this.replaceChildren(h("div", { class: "tools" }, this.choice, h("span", { class: "note" }, sizeNote(body)), copy), ...this.#remarks(body), this.stage);
    this.#open(views[0]);
  }

  /** @param {View} view */
  #button(view) {
    return h("button", { type: "button", "data-view": view, "aria-pressed": "false", click: () => this.#open(view) }, TITLES[view]);
  }

  /** @param {import("../types.js").Body} body @returns {Node[]} */
  #remarks({ content, truncated }) {
    if (truncated || typeof content !== "string" || !saysJson(this.contentType)) return [];
    const error = jsonError(content);
    return error === null ? [] : [h("p", { class: "problem" }, `Sent as JSON, but it is not: ${error}`)];
  }

  /** @param {View} view */
  #open(view) {
    for (const button of this.choice?.children ?? []) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.view === view));
    }
    const content = this.body?.content ?? "";
    this.stage?.replaceChildren(DRAW[view](content));
  }
}

/** @type {Record<View, (content: import("../types.js").Bytes) => HTMLElement>} */
const DRAW = {
  json: (content) => json(bytesText(content)),
  form: (content) => fieldTable(formFields(bytesText(content)), "Form fields in their order"),
  text: (content) => pieces(bytesText(content).length, TEXT_PIECE, (from, to) => bytesText(content).slice(from, to)),
  image: picture,
  hex: (content) => {
    const octets = bytesOf(content);
    return pieces(octets.length, HEX_PIECE, (from, to) => `${hexDump(octets, from, to)}\n`);
  },
};

/** @param {string} text */
function json(text) {
  const tokens = layOutJson(text);
  if (text.length > COLOURED) {
    const whole = tokens.map((token) => token.text).join("");
    return pieces(whole.length, TEXT_PIECE, (from, to) => whole.slice(from, to));
  }
  const parts = tokens.map(({ type, text: word }) => (type === "layout" ? word : h("span", { class: type }, word)));
  return h("pre", { class: "json", tabindex: "0" }, ...parts);
}

/**
 * A long text, the first piece of it at once and each further one when asked for.
 * @param {number} size @param {number} piece @param {(from: number, to: number) => string} cut
 */
function pieces(size, piece, cut) {
  const text = h("pre", { tabindex: "0" }, cut(0, piece));
  if (size <= piece) return text;
  let shown = piece;
  const more = h("button", { type: "button", click: () => {
    text.append(cut(shown, shown + piece));
    shown += piece;
    if (shown >= size) more.remove();
  } }, "Show more");
  return h("div", {}, text, more);
}

/** @param {import("../types.js").Bytes} content */
function picture(content) {
  const octets = bytesOf(content);
  const base64 = typeof content === "string" ? btoa(content) : content.base64;
  return h("img", { class: "picture", alt: "The body as a picture", src: `data:${imageType(octets)};base64,${base64}` });
}

/** @param {import("../types.js").Body} body */
function sizeNote({ size, kept, truncated }) {
  return truncated ? `the first ${bytes(kept)} of ${bytes(size)}` : bytes(size);
}

/** @param {import("../types.js").Body} body @param {string} contentType */
export function bodyView(body, contentType) {
  const view = /** @type {BodyView} */ (h("body-view"));
  view.body = body;
  view.contentType = contentType;
  return view;
}

customElements.define("body-view", BodyView);
