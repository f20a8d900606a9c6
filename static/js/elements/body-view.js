// @ts-check
/**
 * One body, as the server read it, in the ways it can be looked at; the coding undone or as it was sent. Nothing
 * of it is ever treated as markup; a picture comes as a data URL of a type that cannot hold script.
 */
import { contentOf } from "../content.js";
import { fill, h, icon } from "../dom.js";
import { bytes, countOf } from "../format.js";
import { PATHS, read } from "../readings.js";
import { bodyViews, copyOf, cutJson } from "./body-views.js";
import { choice, toggle } from "./choices.js";
import { copyButton } from "./copy-button.js";

customElements.define("body-view", class extends HTMLElement {
  #stage = h("div.stage");
  /** @type {any} */
  #exchange = null;
  #of = "request";
  #view = ""; // that was chosen
  #isUndone = true;
  #shown = "";

  /** As the panel of a tab: that of the request. @param {ExchangeDocument} exchange */
  set document(exchange) {
    this.show(exchange, "request");
  }

  /** @param {ExchangeDocument} exchange @param {"request" | "response"} of */
  show(exchange, of) {
    if (exchange.id !== this.#exchange?.id) this.#isUndone = true;
    this.#exchange = exchange;
    this.#of = of;
    read(this, exchange, this.#isUndone ? PATHS[`${of}Body`] : `body/view?of=${of}&decode=0`, (reading) => this.#paint(reading));
  }

  /** An update that changes nothing must not fold what was opened. @param {BodyReading} reading */
  #paint(reading) {
    const fingerprint = JSON.stringify([reading.size, reading.kept, reading.coding, contentOf(reading), reading.masked]);
    if (fingerprint === this.#shown) return;
    this.#shown = fingerprint;
    if (!reading.kept) {
      fill(this, h("p.hollow", reading.size ? "The body was not kept." : "No body."));
      return;
    }
    const views = bodyViews(reading);
    const open = (/** @type {string} */ name) => fill(this.#stage, views[(this.#view = name)][1]());
    const first = views[this.#view] ? this.#view : Object.keys(views)[0];
    fill(this, this.#tools(reading, Object.fromEntries(Object.entries(views).map(([name, [title]]) => [name, title])), first, open),
      ...remarks(reading), this.#stage);
    open(first);
  }

  /** @param {BodyReading} reading @param {Record<string, string>} titles @param {string} first @param {(name: string) => void} open */
  #tools(reading, titles, first, open) {
    const isCoded = reading.coding?.undone || !this.#isUndone;
    return h("div.tools",
      choice("Show the body as", titles, first, open),
      isCoded && toggle("As sent", !this.#isUndone, (isRaw) => this.#undo(!isRaw)),
      h("span.note", facts(reading)),
      h("span.actions", copyButton(() => copyOf(reading), reading.masked ? "Copy the body, secrets masked" : "Copy the body"), this.#download()));
  }

  #download() {
    const href = `${document.body.dataset.base}/api/exchanges/${encodeURIComponent(this.#exchange.id)}/body?of=${this.#of}`;
    return h("a.quiet", { href, download: "", title: "Save the bytes as they were sent", "aria-label": "Save the bytes as they were sent" }, icon("save"));
  }

  /** @param {boolean} isUndone */
  #undo(isUndone) {
    this.#isUndone = isUndone;
    this.#view = isUndone ? "" : "hex"; // what is still coded is seldom text
    this.show(this.#exchange, /** @type {"request" | "response"} */ (this.#of));
  }
});

/** @param {BodyReading} reading */
function facts({ size, coding, decoded_size, charset, image }) {
  return [
    bytes(size),
    coding?.undone && `${coding.undone} undone, ${bytes(decoded_size)}`,
    charset?.name,
    image && image.width !== null && `${image.media_type}, ${image.width} × ${image.height}`,
  ].filter(Boolean).join(" · ");
}

/** @param {BodyReading} reading */
function remarks(reading) {
  const { notes, coding, charset, json, masked } = reading;
  const isCut = json?.error && cutJson(reading) !== undefined;
  const texts = [masked && "Secrets in it are hidden.", coding?.detail, charset?.detail, ...notes, ...(json?.notes ?? []), isCut && "The JSON is read as far as it is kept."];
  return [
    ...texts.filter(Boolean).map((text) => h("p.remark", text)),
    json?.error && !isCut && faultRemark(json.error),
    json?.omitted ? h("p.remark", `${countOf(json.omitted, "line")} more are not read; see the text.`) : null,
  ].filter((one) => one !== null && one !== undefined);
}

/** A text without a place to blame may be JSON that is too much to lay out. @param {JsonError} error */
function faultRemark({ detail, line, column }) {
  return line === null ? h("p.remark", `${detail}.`) : h("p.remark.problem", `Not JSON: ${detail}, line ${line}, column ${column}`);
}
