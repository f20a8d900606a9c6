// @ts-check
/**
 * Marks words where they stand in parts of the page, as the browser marks what is selected: no element is added, so
 * that rows and panels stay as their owners made them. Where the browser cannot, nothing is marked.
 */
import { placesOf } from "./hits.js";

const MOST = 2_000; // marks
const TEXTS = 20_000; // pieces of text looked at
const SOON_MS = 60;
const OURS = "h2, h3, dt, caption, .titles, .tools, .note, .says, button, .waiting"; // words that no client has sent

export class Highlighter {
  /** @type {string[]} */
  #words = [];
  #timer = 0;

  /** @param {Element[]} parts @param {string} name of the marks in the style sheet */
  constructor(parts, name = "hit") {
    this.parts = parts;
    this.name = name;
    const observer = new MutationObserver(() => this.#soon());
    parts.forEach((part) => observer.observe(part, { childList: true, characterData: true, subtree: true }));
  }

  /** @param {string[]} words in lower case */
  set words(words) {
    this.#words = words;
    this.#mark();
  }

  #soon() {
    if (this.#words.length) this.#timer ||= setTimeout(() => this.#mark(), SOON_MS);
  }

  #mark() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!("highlights" in CSS)) return; // Firefox before 140
    CSS.highlights.delete(this.name);
    if (!this.#words.length) return;
    const ranges = this.parts.filter((part) => part.checkVisibility()).flatMap((part) => rangesIn(part, this.#words));
    if (ranges.length) CSS.highlights.set(this.name, new Highlight(...ranges.slice(0, MOST)));
  }
}

/** @param {Element} part @param {string[]} words */
function rangesIn(part, words) {
  const ranges = [];
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) => {
    if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
    return /** @type {Element} */ (node).matches(OURS) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
  });
  for (let seen = 0; walker.nextNode() && seen < TEXTS && ranges.length < MOST; seen += 1) {
    const node = /** @type {Text} */ (walker.currentNode);
    for (const [start, end] of placesOf(node.data, words)) {
      const range = new Range();
      range.setStart(node, start);
      range.setEnd(node, end);
      ranges.push(range);
    }
  }
  return ranges;
}
