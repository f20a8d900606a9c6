// @ts-check
/**
 * What people do to exchanges: pin, note, compare, copy, delete, clear, take away and bring back. Each asks
 * what it has to ask and says what became of it.
 */
import { copyText } from "./elements/copy-button.js";
import { count, countOf } from "./format.js";

/**
 * @typedef {object} Parts
 * @property {import("./api.js").Api} api
 * @property {import("./navigation.js").Navigation} navigation
 * @property {import("./browsing.js").Browsing} browsing
 * @property {import("./marks.js").Marks} marks
 * @property {import("./comparison.js").Comparison} comparison
 * @property {import("./attention.js").Attention} attention
 * @property {(selector: string) => any} find an element of the page
 */

const CLEAR = "Delete all exchanges that the server keeps? Every open inspector loses them; pinned ones stay.";

export class Actions {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {string} text @param {boolean} isProblem */
  say(text, isProblem = false) {
    this.parts.find("notice-line").say(text, isProblem);
  }

  /** @param {Error} error */
  complain = (error) => this.say(`That did not work: ${error.message}`, true);

  async pin() {
    const id = this.#selected();
    if (id) await this.parts.marks.togglePin(id);
  }

  async note() {
    const id = this.#selected();
    if (!id) return;
    const { find, marks } = this.parts;
    const text = await find("note-dialog").ask(marks.noteOf(id));
    if (text !== null) await marks.write(id, text);
  }

  /** The first time marks one, the second time compares it with another; on the same one it takes the mark away. */
  compare() {
    const { comparison, navigation, browsing } = this.parts;
    const id = this.#selected();
    if (!id) return;
    const { marked } = comparison;
    comparison.marked = marked === null ? id : null;
    browsing.list.changed();
    if (marked === null) this.say("Marked. Now choose the other one, and compare again (c).");
    else if (marked !== id) navigation.go({ id: marked, other: id });
  }

  async comparePrevious() {
    const { browsing, comparison, navigation } = this.parts;
    const summary = browsing.summaryOf(this.#selected());
    if (!summary) return;
    await this.#attempt(async () => {
      const previous = await comparison.previous(summary);
      if (previous === null) this.say("No earlier exchange of the same path is kept.");
      else navigation.go({ id: previous, other: summary.id });
    });
  }

  async curl() {
    const id = this.#selected();
    if (!id) return;
    await this.#attempt(async () => {
      const isCopied = await copyText(await this.parts.api.curl(id));
      this.say(isCopied ? "Copied as curl, with secrets masked." : "The browser does not allow copying here.", !isCopied);
    });
  }

  async delete() {
    const { api, browsing, navigation, marks } = this.parts;
    const id = this.#selected();
    if (!id) return;
    const beside = browsing.beside(id);
    await this.#attempt(async () => {
      await api.remove(id);
      navigation.go({ id: beside, other: null }, true);
    });
    await marks.load();
  }

  async clear() {
    const { api, find, navigation, marks } = this.parts;
    if (!(await find("confirm-dialog").ask(CLEAR, "Delete all"))) return;
    await this.#attempt(async () => {
      await api.clear();
      navigation.go({ id: null, other: null });
    });
    await marks.load();
  }

  /** Ask what to take away, the likeliest first. */
  transfer() {
    const { find, marks, navigation } = this.parts;
    const { q, id, isPinned } = navigation.place;
    const pinned = { title: `The pinned ones (${count(marks.pinned.exchanges)})`, ids: marks.pinned.ids };
    const choices = [
      isPinned && pinned.ids.length > 0 && pinned,
      q && { title: `What the search finds: ${q}`, q },
      { title: "All exchanges", q: "" },
      id && { title: "The selected exchange", ids: [id] },
      !isPinned && pinned.ids.length > 0 && pinned,
    ];
    find("transfer-dialog").open(choices.filter(Boolean));
  }

  /** @param {File[]} files */
  async take(files) {
    await this.#attempt(async () => {
      for (const file of files) this.say(tookText(file.name, await this.parts.api.take(file)));
    });
    await this.parts.marks.load();
  }

  async notify() {
    const isOn = await this.parts.attention.toggleNotifications();
    const refusal = globalThis.Notification?.permission === "denied" ? "The browser does not allow notifications here." : "Notifications are off.";
    this.say(isOn ? "Notifications are on: what this list gets while you look elsewhere." : refusal);
  }

  /** @param {() => Promise<void>} deed */
  async #attempt(deed) {
    await deed().catch(this.complain);
  }

  /** @returns {string | null} the exchange to do it to; says so when there is none */
  #selected() {
    const { id, other } = this.parts.navigation.place;
    if (id === null) this.say("Select an exchange first.");
    return other ?? id;
  }
}

/** @param {string} name @param {Imported} result */
function tookText(name, { imported, skipped, skipped_count: omitted }) {
  const parts = [`${name}: ${countOf(imported, "exchange")} imported`];
  if (omitted) parts.push(`${count(omitted)} skipped`);
  if (skipped.length) parts.push(`entry ${skipped[0].entry}: ${skipped[0].reason}`);
  return parts.join(" · ");
}
