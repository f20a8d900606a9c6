// @ts-check
/**
 * Asks where a request is sent to, and lets it be edited as text before: its head, and its body or messages. Stays open
 * until it is sent, so that nothing that was typed is lost. Data comes by `open`, `complain` and `close`.
 */
import { fill, h, setText } from "../dom.js";
import { bytes, countOf } from "../format.js";

const PARTED = "\n---\n"; // messages of several lines

customElements.define("send-dialog", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  #form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
  #to = /** @type {HTMLInputElement} */ (this.querySelector("#send-to"));
  #head = /** @type {HTMLTextAreaElement} */ (this.querySelector("#send-head"));
  #body = /** @type {HTMLTextAreaElement} */ (this.querySelector("#send-body"));
  #remark = /** @type {HTMLElement} */ (this.querySelector(".remark"));
  #problem = /** @type {HTMLElement} */ (this.querySelector(".problem"));
  #button = /** @type {HTMLButtonElement} */ (this.querySelector(".main"));
  #separator = "";
  #isEditing = false;
  /** @type {(wish: SendWish) => Promise<unknown>} */
  #submit = () => Promise.resolve();

  connectedCallback() {
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.querySelector("[value=no]")?.addEventListener("click", () => this.#dialog.close());
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit(this.#button);
    });
  }

  get isOpen() {
    return this.#dialog.open;
  }

  /**
   * @param {{draft: DraftDocument, isEditing: boolean, isRevealing: boolean, addresses: string[], last: string, submit: (wish: SendWish) => Promise<unknown>}} request
   */
  open({ draft, isEditing, isRevealing, addresses, last, submit }) {
    this.#submit = submit;
    this.#isEditing = isEditing;
    this.#dialog.toggleAttribute("data-editing", isEditing);
    setText(/** @type {Node} */ (this.querySelector("h2")), isEditing ? "Edit and send" : "Send to another address");
    fill(/** @type {Element} */ (this.querySelector("datalist")), ...addresses.map((value) => h("option", { value })));
    this.#to.value = isEditing ? "" : last;
    this.#to.required = !isEditing;
    this.#head.value = draft.head;
    this.#showBody(draft);
    setText(this.#remark, remarksOn(draft, isRevealing, isEditing));
    this.complain("");
    this.#dialog.showModal();
    const field = isEditing ? this.#head : this.#to;
    field.focus();
    if (isEditing) field.setSelectionRange(0, 0);
    else field.select();
    field.scrollTo(0, 0);
  }

  close() {
    this.#dialog.close();
  }

  /** @param {string} text */
  complain(text) {
    setText(this.#problem, text);
    this.#button.disabled = false;
  }

  /** @param {DraftDocument} draft */
  #showBody({ body, messages }) {
    const texts = messages ?? [];
    this.#separator = messages === undefined ? "" : texts.some((text) => text.includes("\n")) ? PARTED : "\n";
    const isEditable = messages === undefined ? body !== null : messages !== null && !texts.some((text) => text.includes("\r") || text.includes(PARTED) || text === "");
    this.#body.disabled = !isEditable;
    this.#body.value = !isEditable ? "" : this.#separator ? texts.join(this.#separator) : (body ?? "");
    this.#body.placeholder = isEditable ? "" : "Not text: it is sent as it was.";
    const title = { "": "Body", "\n": "Messages, one in each line", [PARTED]: "Messages, with a line --- between them" }[this.#separator];
    setText(/** @type {Node} */ (this.querySelector("[for=send-body]")), title ?? "");
  }

  /** @param {Event} event */
  async #submitted(event) {
    event.preventDefault();
    this.complain("");
    this.#button.disabled = true;
    await this.#submit({ to: this.#to.value.trim(), ...(this.#isEditing ? this.#edited() : {}) });
    this.#button.disabled = false;
  }

  #edited() {
    const head = this.#head.value;
    if (this.#body.disabled) return { head };
    if (!this.#separator) return { head, body: this.#body.value };
    return { head, messages: this.#body.value.split(this.#separator).filter(Boolean) };
  }
});

/** @param {DraftDocument} draft @param {boolean} isRevealing @param {boolean} isEditing */
function remarksOn({ size, cut, messages, body }, isRevealing, isEditing) {
  const remarks = [isEditing ? "The length, and what concerns one connection only, are made anew." : "The same request, with that server's name as its Host."];
  if (cut && isEditing) remarks.push(messages === undefined ? `Only the beginning of the body of ${bytes(size)} was kept.` : "Not all messages were kept.");
  if (body === null && messages === undefined && size) remarks.push(`The body of ${bytes(size)} is no text.`);
  if (messages) remarks.push(`${countOf(messages.length, "message")} of the client.`);
  if (!isRevealing) remarks.push("Secrets are hidden: lines that you leave as they are, are sent with them.");
  return remarks.join(" ");
}
