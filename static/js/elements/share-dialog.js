// @ts-check
/**
 * Makes a link that opens one exchange for whoever has it, for a time, and nothing else.
 */
import { fill, h } from "../dom.js";
import { copyButton } from "./copy-button.js";

customElements.define("share-dialog", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  #said = /** @type {HTMLElement} */ (this.querySelector(".said"));
  /** @type {(hours: number, reveal: boolean) => Promise<{url: string, expires_at: string}>} */
  #share = () => Promise.reject(new Error("nothing to share"));

  connectedCallback() {
    this.querySelector("form.check")?.addEventListener("submit", (event) => this.#submit(event));
  }

  /** @param {(hours: number, reveal: boolean) => Promise<{url: string, expires_at: string}>} share */
  open(share) {
    this.#share = share;
    fill(this.#said);
    this.#dialog.showModal();
  }

  /** @param {Event} event */
  async #submit(event) {
    if (/** @type {any} */ (/** @type {SubmitEvent} */ (event).submitter)?.value === "no") return;
    event.preventDefault();
    const [hours, reveal] = /** @type {HTMLInputElement[]} */ (["select", "input"].map((tag) => this.querySelector(tag)));
    try {
      const { url, expires_at } = await this.#share(Number(hours.value), reveal.checked);
      fill(this.#said, h("div.command", h("code", url), copyButton(url, "Copy the link")), h("p.note", `Until ${expires_at.slice(0, 16).replace("T", " ")} UTC. Whoever has the link sees this exchange and nothing else.`));
    } catch (error) {
      fill(this.#said, h("p.problem", { role: "alert" }, /** @type {Error} */ (error).message));
    }
  }
});
