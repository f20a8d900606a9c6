// @ts-check
/**
 * The fields of a signature: the scheme, its options, and the secret, which is only ever sent. Data comes by `show`;
 * `value` is what is to be sent.
 */
import { fill, h } from "../dom.js";

customElements.define("scheme-fields", class extends HTMLElement {
  #scheme = h("select", { "aria-label": "Scheme", change: () => this.#paint({}) });
  #secret = h("input", { type: "password", autocomplete: "off", spellcheck: "false", maxlength: "1000" });
  #options = h("div.options");
  #note = h("p.note");
  /** @type {SchemeDocument[]} */
  #schemes = [];

  /** @param {SchemeDocument[]} schemes @param {{scheme: string, options: Record<string, string>} | null} [present] */
  show(schemes, present = null) {
    this.#schemes = schemes;
    fill(this.#scheme, ...schemes.map(({ id, title }) => h("option", { value: id }, title)));
    if (present) this.#scheme.value = present.scheme;
    fill(this, h("label", "Sender", this.#scheme), this.#options, h("label", "Secret", this.#secret), this.#note);
    this.#paint(present?.options ?? {});
  }

  /** @returns {{scheme: string, secret: string, options: Record<string, string>}} */
  get value() {
    const fields = /** @type {NodeListOf<HTMLInputElement>} */ (this.#options.querySelectorAll("[name]"));
    const options = Object.fromEntries([...fields].filter((field) => field.value).map((field) => [field.name, field.value]));
    return { scheme: this.#scheme.value, secret: this.#secret.value, options };
  }

  forget() {
    this.#secret.value = "";
  }

  /** @param {Record<string, string>} options */
  #paint(options) {
    const scheme = this.#schemes.find(({ id }) => id === this.#scheme.value);
    if (!scheme) return;
    this.#secret.placeholder = scheme.secret;
    fill(this.#note, `${scheme.signs}.`);
    fill(this.#options, ...scheme.options.map(({ name, title, default: usual, choices }) => {
      const field = choices.length
        ? h("select", { name }, ...choices.map((choice) => h("option", { value: choice }, choice)))
        : h("input", { name, placeholder: usual, spellcheck: "false", autocomplete: "off" });
      field.value = options[name] ?? (choices.length ? usual : "");
      return h("label", title, field);
    }));
  }
});
