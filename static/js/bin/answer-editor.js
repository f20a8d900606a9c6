// @ts-check
/**
 * The form of what a bin answers: rules, and answers one behind the other. Data comes by `definition`; each change goes
 * up as `definition-change`.
 */
import { fill, h, tell } from "../dom.js";
import { answerOf, kindOf, linesOf, ruleOf } from "./definition.js";

const KINDS = {
  answer: "An answer",
  echo: "The echo of the request",
  close: "Fault: close the connection without an answer",
  reset: "Fault: cut the connection off",
  hang: "Fault: keep the client waiting, then close",
  half: "Fault: half an answer",
};
const SIGNATURES = { "": "whatever the signature", valid: "signed with the secret", invalid: "not signed, or wrongly" };

customElements.define("answer-editor", class extends HTMLElement {
  #rules = h("div.rules");
  #answers = h("div.answers");

  connectedCallback() {
    this.addEventListener("input", () => tell(this, "definition-change"));
    fill(this,
      h("h3", "Rules"), h("p.note", "The first rule that fits a request decides. A * stands for any text. What is left empty fits everything."), this.#rules,
      h("button", { type: "button", click: () => this.#add(this.#rules, this.#rule({ answers: [{}] })) }, "Add a rule"),
      h("h3", "Otherwise"), h("p.note", "Of several answers each is given so many times, then the next; the last one for ever. Without any the request is echoed."), this.#answers,
      h("button", { type: "button", click: () => this.#add(this.#answers, this.#answer({})) }, "Add an answer"));
  }

  /** @param {Answers} definition */
  set definition({ rules = [], answers = [] }) {
    fill(this.#rules, ...rules.map((rule) => this.#rule(rule)));
    fill(this.#answers, ...answers.map((answer) => this.#answer(answer)));
  }

  /** @returns {Answers} */
  get definition() {
    const rules = [...this.#rules.children].map((element) => /** @type {any} */ (element).read());
    const answers = [...this.#answers.children].map((element) => /** @type {any} */ (element).read());
    return { ...(rules.length && { rules }), ...(answers.length && { answers }) };
  }

  /** @param {HTMLElement} list @param {HTMLElement} element */
  #add(list, element) {
    list.append(element);
    /** @type {HTMLElement | null} */ (element.querySelector("input, select, textarea"))?.focus();
    tell(this, "definition-change");
  }

  /** @param {HTMLElement} element @param {string} what */
  #deeds(element, what) {
    const move = () => element.previousElementSibling?.before(element);
    const done = (/** @type {() => void} */ deed) => () => { deed(); tell(this, "definition-change"); };
    return h("span.deeds",
      h("button", { type: "button", click: done(move) }, "Earlier"),
      h("button", { type: "button", click: done(() => element.remove()) }, `Remove this ${what}`));
  }

  /** @param {Rule} rule */
  #rule(rule) {
    const answers = h("div.answers", ...(rule.answers ?? []).map((answer) => this.#answer(answer)));
    const fields = {
      method: field("Method", h("input", { placeholder: "any, or POST, PUT", value: rule.method ?? "" })),
      path: field("Path below the bin", h("input", { placeholder: "any, or /hooks/*", value: rule.path ?? "" })),
      headers: lines("Headers", "x-event: ping", rule.headers),
      query: lines("Query", "mode: sub*", rule.query),
      json: lines("JSON of the body", "data.items[0].type: *", rule.json),
      signature: options("Signature", SIGNATURES, rule.signature ?? ""),
    };
    const element = h("fieldset.rule", h("legend", "When"), h("div.form-grid", ...Object.values(fields).map(({ label }) => label)),
      h("h4", "then"), answers, h("button", { type: "button", click: () => this.#add(answers, this.#answer({})) }, "Add an answer"));
    element.append(this.#deeds(element, "rule"));
    const read = () => ruleOf(/** @type {any} */ (valuesOf(fields)), [...answers.children].map((one) => /** @type {any} */ (one).read()));
    return Object.assign(element, { read });
  }

  /** @param {Answer} answer */
  #answer(answer) {
    const isText = typeof (answer.body ?? "") === "string";
    const fields = {
      kind: options("What", KINDS, kindOf(answer)),
      status: field("Status", h("input", { type: "number", min: "200", max: "599", value: String(answer.status ?? 200) })),
      delay: field("Delay, seconds", h("input", { type: "number", min: "0", step: "any", value: String(answer.delay ?? 0) })),
      times: field("Times, before the next", h("input", { type: "number", min: "1", value: String(answer.times ?? 1) })),
      headers: lines("Headers", "content-type: application/json", answer.headers),
      body: field(isText ? "Body" : "Body: bytes that are no text, set by the API", h("textarea", { rows: "4", spellcheck: "false", placeholder: '{"challenge": "{{ json.challenge }}"}', disabled: !isText })),
    };
    /** @type {HTMLTextAreaElement} */ (fields.body.control).value = isText ? /** @type {string} */ (answer.body ?? "") : "";
    const element = h("fieldset.answer", h("legend", "Answer"), h("div.form-grid", ...Object.values(fields).map(({ label }) => label)));
    element.append(this.#deeds(element, "answer"));
    const show = () => { element.dataset.kind = fields.kind.control.value; };
    fields.kind.control.addEventListener("change", show);
    show();
    return Object.assign(element, { read: () => answerOf(/** @type {any} */ (valuesOf(fields)), answer.body) });
  }
});

/** @param {string} title @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} control */
function field(title, control) {
  return { label: h("label", { "data-name": title.split(/[ ,:]/)[0].toLowerCase() }, title, control), control };
}

/** @param {string} title @param {string} example @param {any} [pairs] */
function lines(title, example, pairs) {
  const control = h("textarea", { rows: "2", spellcheck: "false", placeholder: example });
  control.value = linesOf(pairs);
  return field(title, control);
}

/** @param {string} title @param {Record<string, string>} choices @param {string} chosen */
function options(title, choices, chosen) {
  const control = h("select", ...Object.entries(choices).map(([value, text]) => h("option", { value }, text)));
  control.value = chosen;
  return field(title, control);
}

/** @param {Record<string, {control: {value: string}}>} fields */
function valuesOf(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, { control }]) => [name, control.value]));
}
