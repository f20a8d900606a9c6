// @ts-check
/**
 * Whether the list is live, in a word and a mark. Data comes by `show`.
 */
import { h, setText } from "../dom.js";
import { count } from "../format.js";

/** @typedef {"connecting" | "live" | "paused" | "reconnecting" | "offline"} State */

export class ConnectionState extends HTMLElement {
  connectedCallback() {
    this.word = h("span", {});
    this.append(h("i", { class: "lamp", "aria-hidden": "true" }), this.word);
    this.setAttribute("role", "status");
    this.show("connecting");
  }

  /** @param {State} state @param {number} waiting rows that a pause holds back */
  show(state, waiting = 0) {
    if (!this.word) return;
    this.dataset.state = state;
    setText(this.word, state === "paused" ? pausedWord(waiting) : WORDS[state]);
    this.title = TITLES[state];
  }
}

/** @param {number} waiting */
function pausedWord(waiting) {
  return waiting ? `Paused, ${count(waiting)} new` : "Paused";
}

const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting…", offline: "Offline" };

/** @type {Record<State, string>} */
const TITLES = {
  connecting: "Loading the list",
  live: "Requests appear as they arrive",
  paused: "The list stands still; what arrives is kept and counted",
  reconnecting: "The connection was lost. It resumes where it stopped; nothing is lost that the server still keeps",
  offline: "The server does not answer. Trying again every few seconds",
};

customElements.define("connection-state", ConnectionState);
