// @ts-check
/**
 * How the page looks: theme, density, the columns of the list and their order, rows folded or not. Data comes by
 * `open`; up goes `settings-change` (detail: what is chosen now).
 */
import { DENSITIES, THEMES } from "../arranging.js";
import { columnOf, COLUMNS, isRead, USUAL } from "../columns.js";
import { fill, h, setText, tell } from "../dom.js";
import { choice } from "./choices.js";

customElements.define("view-settings", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  #body = /** @type {HTMLElement} */ (this.querySelector(".settings"));
  /** @type {string[]} */
  #columns = [];

  /** @param {import("../arranging.js").Arranging} now */
  open({ theme, density, isFolded, columns }) {
    this.#columns = columns;
    const rows = h("ol.columns");
    const fold = h("input", { type: "checkbox", id: "fold-rows", change: () => tell(this, "settings-change", { isFolded: fold.checked }) });
    fold.checked = isFolded;
    fill(this.#body,
      h("section", h("h3", "Theme"), choice("Theme", THEMES, theme, (chosen) => tell(this, "settings-change", { theme: chosen })),
        h("h3", "Density"), choice("Density", DENSITIES, density, (chosen) => tell(this, "settings-change", { density: chosen })),
        h("h3", "Rows"), h("p.check", fold, h("label", { for: "fold-rows" }, "Fold rows of the same method and path")),
        h("p.note", "A click on a column's title sorts by it: the largest first, the smallest first, as they came.")),
      h("section", h("h3", "Columns"), rows,
        this.#adder(rows),
        h("button", { type: "button", click: () => this.#choose(USUAL, rows) }, "The usual ones"),
        h("p.note", "Those that do not fit wait until there is room.")));
    this.#paint(rows);
    this.#dialog.showModal();
  }

  /** @param {HTMLElement} rows */
  #paint(rows) {
    const others = COLUMNS.map(({ name }) => name).filter((name) => !this.#columns.includes(name));
    fill(rows, ...[...this.#columns, ...others].map((name) => this.#row(name, rows)));
  }

  /** Any header, member of a JSON body, cookie or parameter. @param {HTMLElement} rows */
  #adder(rows) {
    const field = h("input", { id: "column-name", placeholder: "header.x-github-event", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: "110" });
    const problem = h("p.note", { role: "status" });
    const add = () => {
      const name = field.value.trim().toLowerCase();
      const isNew = isRead(name) && !this.#columns.includes(name);
      setText(problem, isNew || !name ? "" : isRead(name) ? "This column is there." : "A column is named header.NAME, response.header.NAME, json.PATH, query.NAME or cookie.NAME.");
      if (!isNew) return;
      field.value = "";
      this.#choose([...this.#columns, name], rows, "column-name");
    };
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      add();
    });
    return h("div.adder", h("label", { for: "column-name" }, "Another one: a header, or a member of the JSON"), h("p", field, h("button", { type: "button", click: add }, "Add")), problem);
  }

  /** @param {string} name @param {HTMLElement} rows */
  #row(name, rows) {
    const { title, help } = columnOf(name);
    const at = this.#columns.indexOf(name);
    const box = h("input", { type: "checkbox", id: `column-${name}`, change: () => {
      this.#choose(box.checked ? [...this.#columns, name] : this.#columns.filter((one) => one !== name), rows, box.id);
    } });
    box.checked = at >= 0;
    box.disabled = name === "path";
    return h("li", box, h("label", { for: box.id }, title, h("span.note", ` ${help}`)),
      at >= 0 && this.#mover(name, -1, at > 0, rows), at >= 0 && this.#mover(name, 1, at < this.#columns.length - 1, rows));
  }

  /** @param {string} name @param {1 | -1} step @param {boolean} isPossible @param {HTMLElement} rows */
  #mover(name, step, isPossible, rows) {
    const label = `Move ${columnOf(name).title} ${step < 0 ? "to the left" : "to the right"}`;
    const click = () => {
      const columns = this.#columns.filter((one) => one !== name);
      columns.splice(this.#columns.indexOf(name) + step, 0, name);
      this.#choose(columns, rows, `move-${name}-${step}`);
    };
    const button = h("button.quiet", { type: "button", id: `move-${name}-${step}`, title: label, "aria-label": label, click }, step < 0 ? "↑" : "↓");
    button.disabled = !isPossible;
    return button;
  }

  /** @param {string[]} columns @param {HTMLElement} rows @param {string} focus the id of what was used */
  #choose(columns, rows, focus = "") {
    this.#columns = columns;
    tell(this, "settings-change", { columns });
    this.#paint(rows);
    document.getElementById(focus)?.focus();
  }
});
