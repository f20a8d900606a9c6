// @ts-check
/**
 * The reader's side of the feed, without a socket: where we are in the log, what a message means for the
 * list, how to ask for the rest. In a feed without a search every seq comes as an item or inside an announced
 * range; a hole that nobody announced is shown.
 */

const FIRST_DELAY_S = 0.25; // a restarted server is back within a second
const LONGEST_DELAY_S = 5; // a reader should not look at a dead page for longer

/**
 * @param {number} attempt 0 for the first retry
 * @param {number} chance 0 to 1; spreads many dashboards after one restart
 * @returns seconds to wait
 */
export function retryDelay(attempt, chance) {
  return Math.min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** attempt) * (0.5 + chance / 2);
}

export class FeedPosition {
  /** @param {{after: number, epoch: string, q: string, reveal?: boolean}} start where the list that we hold ends */
  constructor({ after, epoch, q, reveal = false }) {
    this.last = after;
    this.epoch = epoch;
    this.q = q;
    this.reveal = reveal;
  }

  /** @returns the query that resumes here */
  query() {
    const parameters = new URLSearchParams({ after: String(this.last), epoch: this.epoch });
    if (this.q) parameters.set("q", this.q);
    if (this.reveal) parameters.set("reveal", "1");
    return parameters.toString();
  }

  /** @param {any} message parsed from one frame @returns {Step[]} what the list has to do, in order */
  take(message) {
    switch (message.type) {
      case "exchanges": return this.#exchanges(message.items, message.through);
      case "gap": return this.#gap(message);
      case "deleted": return this.#past(message.seq, { do: "remove", id: message.id, seq: message.seq });
      case "cleared": return this.#past(message.seq, { do: "clear", seq: message.seq });
      case "bye": return [{ do: "reconnect" }];
      default: return []; // hello, and what a newer server may add
    }
  }

  /** @param {Summary[]} items @param {number | undefined} through */
  #exchanges(items, through) {
    /** @type {Step[]} */
    const steps = items.flatMap((item) => this.#hole(item.seq, item.seq));
    if (items.length) steps.push({ do: "put", items });
    this.last = Math.max(this.last, through ?? 0);
    return steps;
  }

  /** @param {Gap} gap */
  #gap({ from, to, missed, reason }) {
    if (reason === "restart" || from === null || to === null || missed === null) return [/** @type {Step} */ ({ do: "reload" })];
    const steps = this.#hole(from, to);
    if (reason !== "superseded") steps.push({ do: "gap", gap: { from, to, missed, reason } });
    return steps;
  }

  /** @param {number} seq @param {Step} step */
  #past(seq, step) {
    return [...this.#hole(seq, seq), step];
  }

  /**
   * Move to `to`, noting what lies unannounced before `from`.
   * @param {number} from @param {number} to @returns {Step[]}
  */
  #hole(from, to) {
    const missed = from - this.last - 1;
    const first = this.last + 1;
    this.last = Math.max(this.last, to);
    if (missed <= 0 || this.q) return [];
    return [{ do: "gap", gap: { from: first, to: from - 1, missed, reason: "unannounced" } }];
  }
}
