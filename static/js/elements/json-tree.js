// @ts-check
/**
 * JSON as a tree that unfolds: one row per value, made when its parent opens, a hundred at a time. One row is
 * selected; its path and value can be copied. A search lists what it finds by path. Keys as in the ARIA tree pattern.
 */
import { fill, h, setText } from "../dom.js";
import { count, countOf, visible } from "../format.js";
import { Highlighter } from "../highlighter.js";
import { entriesOf, findEntries, jsonText, preview, sizeOf, typeOf } from "../json-tree.js";
import { copyButton } from "./copy-button.js";
import { levelOf, moveOf } from "./tree-moves.js";

const PIECE = 100; // rows made at once
const FOUND = 200; // matches listed
const OPENED = 80; // rows up to which a tree unfolds by itself
const SHOWN = 300; // characters of a value; all of them in the selected row

customElements.define("json-tree", class extends HTMLElement {
  /** @type {TreeEntry[]} */
  #roots = [];
  /** @type {WeakMap<Element, TreeEntry>} */
  #entries = new WeakMap();
  #rows = h("div", { role: "tree", "aria-label": "JSON", keydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event), click: (/** @type {Event} */ event) => this.#clicked(event) });
  #path = h("code.path");
  #found = h("span.note", { role: "status" });
  #field = h("input", { type: "search", placeholder: "Find in the JSON", "aria-label": "Find in the JSON", autocomplete: "off", spellcheck: "false", input: () => this.#search() });
  #highlighter = new Highlighter([this.#rows], "found");
  /** @type {HTMLElement | null} */
  #selected = null;

  connectedCallback() {
    const chosen = () => /** @type {TreeEntry} */ (this.#entries.get(/** @type {Element} */ (this.#selected)));
    fill(this,
      h("div.tree-head", this.#field, this.#found, this.#path,
        h("span.copies", "path", copyButton(() => chosen().path, "Copy the path of the selected value"),
          "value", copyButton(() => copyText(chosen()), "Copy the selected value"))),
      this.#rows);
  }

  /** @param {TreeEntry[]} roots */
  show(roots) {
    this.#roots = roots;
    this.#field.value = "";
    setText(this.#found, "");
    this.#put(roots, (entry) => entry.key);
    this.#unfold();
  }

  /** @param {TreeEntry[]} entries @param {(entry: TreeEntry) => string} label */
  #put(entries, label) {
    fill(this.#rows, ...entries.map((entry) => this.#row(entry, label(entry))));
    this.#select(/** @type {HTMLElement | null} */ (this.#rows.firstElementChild));
  }

  /** A small document is open at once, a large one at its first level. */
  #unfold() {
    for (let row = this.#rows.firstElementChild; row; row = row.nextElementSibling) {
      const entry = /** @type {TreeEntry} */ (this.#entries.get(row));
      const isSmall = this.#rows.childElementCount + sizeOf(entry.node) <= OPENED;
      if (isSmall || (entry.level === 1 && this.#roots.length === 1)) this.#open(/** @type {HTMLElement} */ (row), true);
    }
  }

  #search() {
    const wanted = this.#field.value;
    this.#highlighter.words = wanted ? [wanted.toLowerCase()] : [];
    if (!wanted) return this.show(this.#roots);
    const found = findEntries(this.#roots, wanted, FOUND);
    setText(this.#found, found.length === FOUND ? `the first ${FOUND} matches` : `${found.length} match${found.length === 1 ? "" : "es"}`);
    this.#put(found.map((entry) => ({ ...entry, level: 1 })), (entry) => entry.path);
  }

  /** @param {TreeEntry} entry @param {string} label */
  #row(entry, label) {
    const held = sizeOf(entry.node);
    const row = this.#item("div.node", entry, entry.level, h("span.code-key", visible(label)), ": ", h(`span.code-${typeOf(entry.node)}`));
    if (held > 0) row.ariaExpanded = "false";
    this.#paint(row);
    return row;
  }

  /** @param {string} tag @param {TreeEntry} entry @param {number} level @param {Child[]} content */
  #item(tag, entry, level, ...content) {
    const item = h(tag, { role: "treeitem", "aria-level": String(level), "aria-selected": "false", tabindex: "-1" }, ...content);
    item.style.setProperty("--level", String(level));
    this.#entries.set(item, entry);
    return item;
  }

  /** @param {HTMLElement} row */
  #paint(row) {
    const { node } = /** @type {TreeEntry} */ (this.#entries.get(row));
    const held = sizeOf(node);
    const isSelected = row === this.#selected;
    const text = held < 0 ? jsonText(node) : "";
    const isCut = text.length > SHOWN && !isSelected;
    const isUnfolded = isSelected && typeof node === "string" && node.includes("\n"); // as the lines that it has
    const amount = Array.isArray(node) ? `[${count(held)}]` : `{${count(held)}}`;
    fill(/** @type {Element} */ (row.lastElementChild), isUnfolded ? `"${node.split("\n").map(visible).join("\n")}"` : held < 0 ? visible(isCut ? text.slice(0, SHOWN) : text) : amount,
      isCut && h("small", ` … ${countOf(text.length, "character")}`),
      held > 0 && row.ariaExpanded === "false" && h("small", ` ${visible(preview(node))}`));
  }

  /** @param {HTMLElement} row @param {boolean} isOpen */
  #open(row, isOpen) {
    if (row.ariaExpanded === null || (row.ariaExpanded === "true") === isOpen) return;
    row.ariaExpanded = String(isOpen);
    if (isOpen) row.after(...this.#children(row, 0));
    else while (levelOf(row.nextElementSibling) > levelOf(row)) row.nextElementSibling?.remove();
    this.#paint(row);
  }

  /** @param {HTMLElement} row @param {number} from */
  #children(row, from) {
    const entry = /** @type {TreeEntry} */ (this.#entries.get(row));
    const rows = entriesOf(entry, from, from + PIECE).map((child) => this.#row(child, child.key));
    const left = sizeOf(entry.node) - from - PIECE;
    return left > 0 ? [...rows, this.#more(row, from + PIECE, left)] : rows;
  }

  /** @param {HTMLElement} parent @param {number} from @param {number} left */
  #more(parent, from, left) {
    const entry = /** @type {TreeEntry} */ (this.#entries.get(parent));
    const row = this.#item("div.node.more", entry, entry.level + 1, `Show ${count(Math.min(left, PIECE))} of ${count(left)} more`);
    row.addEventListener("more", () => {
      const rows = this.#children(parent, from);
      row.replaceWith(...rows);
      this.#select(rows[0], true);
    });
    return row;
  }

  /** @param {HTMLElement | null} row @param {boolean} takesFocus */
  #select(row, takesFocus = false) {
    const before = this.#selected;
    this.#selected = row;
    for (const one of [before, row]) {
      if (!one) continue;
      one.ariaSelected = String(one === row);
      one.tabIndex = one === row ? 0 : -1;
      if (!one.matches(".more")) this.#paint(one);
    }
    setText(this.#path, row ? visible(/** @type {TreeEntry} */ (this.#entries.get(row)).path) : "");
    if (takesFocus) row?.focus();
  }

  /** @param {HTMLElement} row */
  #act(row) {
    if (row.matches(".more")) row.dispatchEvent(new CustomEvent("more"));
    else this.#open(row, row.ariaExpanded === "false");
  }

  /** @param {Event} event */
  #clicked({ target }) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[role=treeitem]"));
    if (!row) return;
    const wasSelected = row === this.#selected;
    this.#select(row, true);
    if (wasSelected || row.ariaExpanded !== null || row.matches(".more")) this.#act(row);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const row = this.#selected;
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moveOf(row, event.key);
    if (!move) return;
    event.preventDefault();
    if (move.acts) this.#act(row);
    if (move.to) this.#select(/** @type {HTMLElement} */ (move.to), true);
  }
});

/** A text is copied as itself, anything else as JSON. @param {TreeEntry} entry */
function copyText({ node }) {
  return typeof node === "string" ? node : jsonText(node);
}
