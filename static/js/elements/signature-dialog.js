// @ts-check
/**
 * Checks the signature of one exchange with a secret that nobody keeps.
 */
import { fill, h } from "../dom.js";
import { verdict } from "./verdict.js";
import "./scheme-fields.js";

customElements.define("signature-dialog", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  #fields = /** @type {any} */ (this.querySelector("scheme-fields"));
  #said = /** @type {HTMLElement} */ (this.querySelector(".said"));
  /** @type {(wish: any) => Promise<Verdict>} */
  #check = () => Promise.reject(new Error("nothing to check"));

  connectedCallback() {
    this.querySelector("form.check")?.addEventListener("submit", (event) => this.#submit(event));
    this.#dialog.addEventListener("close", () => this.#fields.forget());
  }

  /** @param {SchemeDocument[]} schemes @param {(wish: any) => Promise<Verdict>} check */
  open(schemes, check) {
    this.#check = check;
    this.#fields.show(schemes);
    fill(this.#said);
    this.#dialog.showModal();
  }

  /** @param {Event} event */
  async #submit(event) {
    if (/** @type {any} */ (/** @type {SubmitEvent} */ (event).submitter)?.value === "no") return;
    event.preventDefault();
    try {
      fill(this.#said, verdict(await this.#check(this.#fields.value)));
    } catch (error) {
      fill(this.#said, h("p.problem", { role: "alert" }, /** @type {Error} */ (error).message));
    }
  }
});
