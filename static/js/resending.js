// @ts-check
/**
 * Sending requests again: as they were, edited, or to another address. The server sends; what comes of it is opened, and
 * can be compared with the original.
 */
import { countOf, milliseconds } from "./format.js";
import { statusText } from "./words.js";

const OFFER_MS = 12_000; // to compare with the original
const REFUSAL = "Nothing is sent from here: in the public profile --send-to names the hosts that requests may go to.";

/**
 * @typedef {object} Parts
 * @property {import("./api.js").Api} api
 * @property {import("./navigation.js").Navigation} navigation
 * @property {import("./browsing.js").Browsing} browsing
 * @property {import("./resends.js").Resends} resends
 * @property {import("./actions.js").Actions} actions
 * @property {string[] | null} hosts to which it may be sent; null for any
 * @property {any} dialog
 */

export class Resending {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** What is chosen, one after the other, as it was. */
  async again() {
    const { browsing, actions } = this.parts;
    const ids = browsing.chosen;
    if (!this.#isPossible(ids)) return;
    const statuses = [];
    for (const id of ids) {
      const sent = await this.#send(id, {});
      if (!sent) return;
      statuses.push(sent.status ?? "no answer");
    }
    if (ids.length > 1) actions.say(`${countOf(ids.length, "exchange")} sent again: ${statuses.join(", ")}.`);
  }

  /** To an address that is asked for. */
  async elsewhere() {
    await this.#ask(false);
  }

  /** As text that is edited first. */
  async edit() {
    await this.#ask(true);
  }

  /** @param {string} to one that was used before */
  async to(to) {
    const { browsing } = this.parts;
    const [id] = browsing.chosen;
    if (this.#isPossible(browsing.chosen)) await this.#send(id, { to });
  }

  /** @param {boolean} isEditing */
  async #ask(isEditing) {
    const { api, browsing, actions, dialog, resends, hosts } = this.parts;
    const [id] = browsing.chosen;
    if (!this.#isPossible(browsing.chosen)) return;
    const draft = await api.draft(id).catch(actions.complain);
    if (!draft) return;
    const submit = (/** @type {SendWish} */ wish) => this.#send(id, { ...wish, reveal: api.isRevealing });
    dialog.open({ draft, isEditing, submit, isRevealing: api.isRevealing, addresses: hosts ?? resends.addresses, last: resends.addresses[0] ?? "" });
  }

  /** @param {string[]} ids */
  #isPossible(ids) {
    const { actions, hosts } = this.parts;
    if (!ids.length) actions.say("Select an exchange first.");
    else if (hosts?.length === 0) actions.say(REFUSAL, true);
    return ids.length > 0 && hosts?.length !== 0;
  }

  /** @param {string} id @param {SendWish} wish @returns {Promise<SentDocument | null>} null when it failed, which was said */
  async #send(id, wish) {
    const { api, actions, resends, browsing, navigation, dialog } = this.parts;
    actions.say(wish.to ? `Sending to ${wish.to} …` : "Sending again …");
    /** @type {SentDocument} */
    let sent;
    try {
      sent = await api.send(id, wish);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      if (dialog.isOpen) dialog.complain(message);
      actions.say(dialog.isOpen ? "" : `It was not sent: ${message}`, true);
      return null;
    }
    dialog.close();
    if (sent.to) resends.use(sent.to);
    if (sent.id === null) {
      actions.say(`${resultOf(sent)} It is not in the list yet.`);
      return sent;
    }
    resends.add({ id: sent.id, of: id, to: sent.to });
    browsing.browse(sent.id);
    if (browsing.summaryOf(sent.id)) browsing.list.showNewest(); // else once it comes
    const compare = { title: "Compare", ms: OFFER_MS, act: () => navigation.go({ id, other: sent.id }) };
    actions.say(resultOf(sent), false, compare);
    return sent;
  }
}

/** @param {SentDocument} sent */
function resultOf({ to, status, duration_ms, is_whole }) {
  const what = to ? `${to} answered` : "Sent again";
  const answer = status === null ? "no answer" : statusText(status);
  return `${what}: ${answer}, after ${milliseconds(duration_ms)}${is_whole ? "." : "; not all of the answer was read."}`;
}
