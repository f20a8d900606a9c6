// @ts-check
/**
 * Whether the list is live, in a word and a mark. Data comes by `show`.
 */
import { h, setText } from "../dom.js";
import { count } from "../format.js";

/** A word for the state, and more words for who points at it. @type {Record<string, [string, string]>} */
const STATES = {
  connecting: ["Connecting", "Loading the list"],
  live: ["Live", "Requests appear as they arrive"],
  streaming: ["Live, by events", "This server or a proxy before it takes no WebSocket: the same feed comes as server-sent events"],
  paused: ["Paused", "What arrives is kept and counted"],
  reconnecting: ["Reconnecting…", "The connection was lost. It will go on where it stopped"],
  offline: ["Offline", "The server does not answer. Trying again every few seconds"],
};

customElements.define("connection-state", class extends HTMLElement {
  #word = h("span");

  connectedCallback() {
    this.append(h("i.lamp", { "aria-hidden": "true" }), this.#word);
    this.show("connecting");
  }

  /** @param {string} state @param {number} waiting rows that a pause holds back */
  show(state, waiting = 0) {
    const [word, title] = STATES[state];
    this.dataset.state = state;
    this.title = title;
    setText(this.#word, state === "paused" && waiting ? `${word}, ${count(waiting)} new` : word);
  }
});
