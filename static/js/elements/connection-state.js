// @ts-check
/**
 * Whether the list is live, in a word and a mark; while it is not, how long until the next attempt, with a click on
 * which it is made at once. Data comes by `show`; up goes `retry-wanted`.
 */
import { fill, h, setText, tell } from "../dom.js";
import { count } from "../format.js";

/** A word for the state, and more words for who points at it. @type {Record<string, [string, string]>} */
const STATES = {
  connecting: ["Connecting", "Loading the list"],
  live: ["Live", "Requests appear as they arrive"],
  streaming: ["Live, by events", "This server or a proxy before it takes no WebSocket: the same feed comes as server-sent events"],
  paused: ["Paused", "What arrives is kept and counted"],
  reconnecting: ["Reconnecting…", "The connection was lost. It will go on where it stopped"],
  offline: ["Offline", "The server does not answer. What came meanwhile is here when it does again"],
};

customElements.define("connection-state", class extends HTMLElement {
  #word = h("span");
  #words = h("span.words", this.#word);
  #seconds = h("span");
  #again = h("button.link", { type: "button", title: "Try now", "aria-live": "off", click: () => tell(this, "retry-wanted") }, h("span.again", "again "), this.#seconds);

  connectedCallback() {
    this.append(h("i.lamp", { "aria-hidden": "true" }), this.#words);
    this.show("connecting");
  }

  /** @param {string} state @param {number} waiting rows that a pause holds back @param {number} retryAt when the connection is tried again; 0 for never */
  show(state, waiting = 0, retryAt = 0) {
    const [word, title] = STATES[state];
    const seconds = Math.ceil((retryAt - Date.now()) / 1000);
    this.dataset.state = state;
    this.title = title;
    setText(this.#word, state === "paused" && waiting ? `${word}, ${count(waiting)} new` : word);
    const isWaiting = retryAt > 0;
    if (this.#again.isConnected !== isWaiting) fill(this.#words, this.#word, isWaiting && " ", isWaiting && this.#again);
    setText(this.#seconds, seconds > 0 ? `in ${seconds} s` : "now");
  }
});
