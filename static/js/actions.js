// @ts-check
/**
 * What people do to exchanges: pin, note, compare, copy, delete, clear, take away and bring back. Each asks
 * what it has to ask and says what became of it. With several chosen, what can be done to several is done to all.
 */
import { copyOf } from "./elements/body-views.js";
import { copyText } from "./elements/copy-button.js";
import { UNDO_MS } from "./deletions.js";
import { count, countOf } from "./format.js";
import { ask, PATHS } from "./readings.js";

/**
 * @typedef {object} Parts
 * @property {import("./api.js").Api} api
 * @property {import("./navigation.js").Navigation} navigation
 * @property {import("./browsing.js").Browsing} browsing
 * @property {import("./marks.js").Marks} marks
 * @property {import("./comparison.js").Comparison} comparison
 * @property {import("./attention.js").Attention} attention
 * @property {import("./session.js").Session} session
 * @property {import("./deletions.js").Deletions} deletions
 * @property {import("./resends.js").Resends} resends
 * @property {(selector: string) => any} find an element of the page
 */

const CLEAR = "Delete all exchanges that the server keeps? Every open inspector loses them; pinned ones stay.";

export class Actions {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {string} text @param {boolean} isProblem @param {{title: string, act: () => void, ms: number}} [offer] */
  say(text, isProblem = false, offer) {
    this.parts.find("notice-line").say(text, isProblem, offer);
  }

  /** @param {Error} error */
  complain = (error) => this.say(`That did not work: ${error.message}`, true);

  async pin() {
    const { browsing, marks } = this.parts;
    const [id, ...others] = this.#chosen();
    if (!id) return;
    const isPinned = !marks.isPinned(id);
    for (const one of [id, ...others]) if (marks.isPinned(one) !== isPinned) await marks.togglePin(one);
    if (browsing.picked.size) this.say(`${countOf(others.length + 1, "exchange")} ${isPinned ? "pinned" : "unpinned"}.`);
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
    if (browsing.picked.size === 2) {
      const [id, other] = this.#inTime([...browsing.picked]);
      navigation.go({ id, other });
      return;
    }
    const id = this.#selected();
    if (!id) return;
    const { marked } = comparison;
    comparison.marked = marked === null ? id : null;
    browsing.list.changed();
    if (marked === null) this.say("Marked. Now choose the other one, and compare again (c).");
    else if (marked !== id) navigation.go({ id: marked, other: id });
    else this.say("No longer marked.");
  }

  async comparePrevious() {
    const { browsing, comparison, navigation, resends } = this.parts;
    const id = this.#selected();
    const origin = id && resends.originOf(id);
    if (origin) return navigation.go({ id: origin, other: id });
    const summary = browsing.summaryOf(id);
    if (!summary) return;
    await this.#attempt(async () => {
      const previous = await comparison.previous(summary);
      if (previous === null) this.say("No earlier exchange of the same path is kept.");
      else navigation.go({ id: previous, other: summary.id });
    });
  }

  curl() {
    return this.#copyCurl(this.parts.api.isRevealing);
  }

  "curl-secrets"() {
    return this.#copyCurl(true);
  }

  /** As text, its coding undone. */
  async "copy-body"() {
    const { api, browsing } = this.parts;
    const summary = browsing.summaryOf(this.#selected());
    if (!summary) return;
    if (summary.type === "websocket") return this.say("A WebSocket session has messages: copy them in their tab.");
    await this.#attempt(async () => {
      /** @type {BodyReading} */
      const reading = await ask(document.body, summary, PATHS.requestBody);
      if (!reading.kept) return this.say(reading.size ? "The body was not kept." : "This request has no body.");
      const isCopied = await copyText(copyOf(reading));
      const part = reading.truncated ? "Copied as far as it is kept" : "Copied the body";
      this.say(isCopied ? `${part}${reading.masked && !api.isRevealing ? ", secrets masked" : ""}.` : "The browser does not allow copying here.", !isCopied);
    });
  }

  /** @param {string} language an id of those of `code` */
  async copyCode(language) {
    const id = this.#selected();
    const summary = id && this.parts.browsing.summaryOf(id);
    if (!summary) return;
    await this.#attempt(async () => {
      const isCopied = await copyText(await ask(document.body, summary, `code/${language}`));
      this.say(isCopied ? `Copied, ${this.parts.api.isRevealing ? "with its secrets" : "with secrets masked"}.` : "The browser does not allow copying here.", !isCopied);
    });
  }

  /** @param {boolean} isRevealing */
  async #copyCurl(isRevealing) {
    const id = this.#selected();
    if (!id) return;
    await this.#attempt(async () => {
      const summary = /** @type {Summary} */ (this.parts.browsing.summaryOf(id) ?? { id, seq: 0 });
      const isCopied = await copyText(await ask(document.body, summary, "code/curl", isRevealing));
      const what = isRevealing ? "Copied as curl, with its secrets." : "Copied as curl, with secrets masked: Y copies it with them.";
      this.say(isCopied ? what : "The browser does not allow copying here.", !isCopied);
    });
  }

  share() {
    const id = this.#selected();
    const { api, find } = this.parts;
    if (id) find("share-dialog").open((/** @type {number} */ hours, /** @type {boolean} */ reveal) => api.share(id, hours, reveal));
  }

  async signature() {
    const id = this.#selected();
    const { api, find } = this.parts;
    if (!id) return;
    await this.#attempt(async () => {
      const { items } = await api.schemes();
      find("signature-dialog").open(items, (/** @type {any} */ wish) => api.checkSignature(id, wish));
    });
  }

  async link() {
    const id = this.#selected();
    if (!id) return;
    const isCopied = await copyText(new URL(this.parts.navigation.addressOf({ id, other: null, q: "" }), location.href).href);
    this.say(isCopied ? "Copied the link to this exchange." : "The browser does not allow copying here.", !isCopied);
  }

  delete() {
    const { browsing, navigation } = this.parts;
    const ids = this.#chosen();
    if (!ids.length) return;
    const beside = browsing.beside(ids);
    this.#deleteSoon(ids);
    navigation.go({ id: beside, other: null }, true);
  }

  /** @param {string[]} ids */
  #deleteSoon(ids) {
    const { deletions, browsing } = this.parts;
    deletions.delete(ids);
    browsing.pick([]);
    browsing.list.changed();
    const what = ids.length === 1 ? "Deleted." : `${countOf(ids.length, "exchange")} deleted.`;
    this.say(what, false, { title: "Undo", act: () => this.undo(), ms: UNDO_MS });
  }

  undo() {
    const { deletions, browsing, navigation } = this.parts;
    const ids = deletions.undo();
    this.say(ids.length ? `${countOf(ids.length, "exchange")} back again.` : "There is nothing to undo.");
    browsing.list.changed();
    if (ids.length === 1) navigation.go({ id: ids[0], other: null }, navigation.place.id !== null);
  }

  /** All of the list; under a search what it found, which can be undone. */
  async clear() {
    const { api, find, navigation, marks, session } = this.parts;
    if (session.q && !navigation.place.isPinned) return this.#clearFound();
    if (!(await find("confirm-dialog").ask(CLEAR, "Delete all"))) return;
    await this.#attempt(async () => {
      await api.clear();
      navigation.go({ id: null, other: null });
    });
    await marks.load();
  }

  async #clearFound() {
    const { find, navigation, session } = this.parts;
    const { ids } = session.exchanges;
    if (session.isStale) return this.say("The search has found nothing yet.");
    if (!ids.length) return this.say("The search found nothing that could be deleted.");
    const searched = session.progress ? ", in the part of the log that was searched so far" : "";
    const question = `Delete the ${countOf(ids.length, "exchange")} that this search found${searched}? Nothing else goes.`;
    if (!(await find("confirm-dialog").ask(question, `Delete ${count(ids.length)}`))) return;
    this.#deleteSoon(ids);
    navigation.go({ id: null, other: null });
  }

  /** Ask what to take away, the likeliest first. */
  transfer() {
    const { find, marks, navigation, browsing } = this.parts;
    const { q, id, isPinned } = navigation.place;
    const several = [...browsing.picked];
    const pinned = { title: `The pinned ones (${count(marks.pinned.exchanges)})`, ids: marks.pinned.ids };
    const choices = [
      several.length > 0 && { title: `The chosen ones (${count(several.length)})`, ids: several },
      isPinned && pinned.ids.length > 0 && pinned,
      q && { title: `What the search finds: ${q}`, q },
      id && { title: "The selected exchange", ids: [id] },
      { title: "All exchanges", q: "" },
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

  /** @returns {string[]} the exchanges to do it to; says so when there is none */
  #chosen() {
    const { chosen } = this.parts.browsing;
    if (!chosen.length) this.say("Select an exchange first.");
    return chosen;
  }

  /** @param {string[]} ids @returns {string[]} the earlier one first */
  #inTime(ids) {
    const startOf = (/** @type {string} */ id) => this.parts.browsing.summaryOf(id)?.started_at ?? "";
    return ids.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
  }

  /** @returns {string | null} the exchange to do it to; says so when there is none */
  #selected() {
    const { id, other } = this.parts.navigation.place;
    if (id === null) this.say("Select an exchange first.");
    return other ?? id;
  }
}

/** @param {string} name @param {Imported} result */
function tookText(name, result) {
  const { imported, already_here: kept, not_pinned: unpinned, skipped, skipped_count: omitted } = result;
  const parts = [`${name}: ${countOf(imported, "exchange")} imported`];
  if (kept) parts.push(`${count(kept)} already here`);
  if (unpinned) parts.push(`${count(unpinned)} not pinned, for want of room`);
  if (omitted) parts.push(`${count(omitted)} skipped`);
  if (skipped.length) parts.push(`entry ${skipped[0].entry}: ${skipped[0].reason}`);
  return parts.join(" · ");
}
