// @ts-check
/**
 * Export and import: which exchanges, with or without secrets, as which file; and a file to read back. Data
 * comes by `open`; up goes `files-chosen` (detail: File[]).
 */
import { fill, h, icon, tell } from "../dom.js";

/** Ending, title, and what it is for. */
const FORMATS = [
  ["html", "HTML page", "One file that opens in any browser: for a bug report"],
  ["har", "HAR 1.2", "For the network panel of a browser, and for proxies"],
  ["jsonl", "JSON Lines", "Everything, one exchange per line; can be imported again"],
  ["csv", "CSV", "The list, for a spreadsheet"],
];

export class TransferDialog extends HTMLElement {
  #choice = h("select", { id: "export-what", change: () => this.#address() });
  #reveal = h("input", { type: "checkbox", id: "export-reveal", change: () => this.#address() });
  #links = FORMATS.map(([format, title, help]) => h("a", { download: `echoscope.${format}` }, h("b", {}, title), h("span", { class: "note" }, help)));
  #file = h("input", { type: "file", id: "import-file", accept: ".har,.json,.jsonl,.ndjson", change: () => this.#chosen() });
  #dialog = h("dialog", { class: "sheet transfer", "aria-labelledby": "transfer-title" },
    h("form", { method: "dialog", class: "sheet-head" }, h("h2", { id: "transfer-title" }, "Export and import"),
      h("button", { class: "quiet", "aria-label": "Close" }, icon("close"))),
    h("div", { class: "sheet-body" },
      h("section", {}, h("h3", {}, "Export"), h("p", {}, h("label", { for: "export-what" }, "What"), this.#choice),
        h("p", {}, this.#reveal, h("label", { for: "export-reveal" }, "With secrets: tokens, cookies and passwords as they were sent")),
        h("ul", { class: "formats" }, ...this.#links.map((link) => h("li", {}, link))), h("p", { class: "note" }, "At most 1,000 exchanges, the newest.")),
      h("section", {}, h("h3", {}, "Import"), h("p", { class: "note" }, "A HAR or JSON Lines file; it can be dropped anywhere on this page too."),
        h("p", {}, h("label", { for: "import-file" }, "File"), this.#file))));
  /** @type {ExportChoice[]} */
  #choices = [];

  /** @type {(format: string, wish: {q?: string, ids?: string[], reveal?: boolean}) => string} */
  addressOf = () => "#";

  connectedCallback() {
    this.append(this.#dialog);
  }

  /** @param {ExportChoice[]} choices the first one is proposed */
  open(choices) {
    this.#choices = choices;
    this.#reveal.checked = false;
    this.#file.value = "";
    fill(this.#choice, ...choices.map(({ title }, index) => h("option", { value: String(index) }, title)));
    this.#address();
    this.#dialog.showModal();
  }

  #address() {
    const { q, ids } = this.#choices[this.#choice.selectedIndex];
    FORMATS.forEach(([format], at) => {
      this.#links[at].href = this.addressOf(format, { q, ids, reveal: this.#reveal.checked });
    });
  }

  #chosen() {
    this.#dialog.close();
    tell(this, "files-chosen", [...(this.#file.files ?? [])]);
  }
}

customElements.define("transfer-dialog", TransferDialog);
