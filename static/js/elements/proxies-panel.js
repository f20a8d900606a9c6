// @ts-check
/**
 * The way through proxies as a row of hops, what they say of the request, and what servers and frameworks would
 * believe of it.
 */
import { fill, h } from "../dom.js";
import { visible } from "../format.js";
import { PATHS, read } from "../readings.js";
import { section } from "./facts.js";

const ROLES = { client: "Client", proxy: "Proxy", peer: "Who connected", server: "This server" };

customElements.define("proxies-panel", class extends HTMLElement {
  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    read(this, exchange, PATHS.hops, (/** @type {HopsReading} */ { is_proxied, hops, says, beliefs, note }) => fill(this,
      h("ol.hops", { "aria-label": "The way of this request" }, ...hops.map(hop)),
      note && h("p.remark", visible(note)),
      h("p.note", is_proxied ? "Anybody can send these headers: only what your own proxy adds at the right can be relied on." : "No header speaks of a proxy."),
      says.length > 0 && section("What they say", table("What proxies say", ["What", "Value", "Header"], says.map((said) => [said.what, said.value, said.by]))),
      is_proxied && section("What would be believed", h("p.note", "By the rules of each, as it comes and with the setting that trusts who connected."), beliefTable(beliefs))));
  }
});

/** @param {Hop} hop */
function hop({ role, address, name, told_by }) {
  return h("li", { "data-role": role }, h("b", ROLES[/** @type {keyof typeof ROLES} */ (role)]),
    h("bdi", address === null ? "not told" : visible(address)), name && h("span", visible(name)), told_by.length > 0 && h("small", told_by.join(", ")));
}

/** @param {string} caption @param {string[]} titles @param {string[][]} rows */
function table(caption, titles, rows) {
  return h("table.beliefs", h("caption.unseen", caption), h("thead", h("tr", ...titles.map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", ...rows.map((cells) => h("tr", ...cells.map((cell) => h("td", h("bdi", visible(cell))))))));
}

/** @param {Belief[]} beliefs */
function beliefTable(beliefs) {
  return h("table.beliefs", h("caption.unseen", "What servers and frameworks would believe"),
    h("thead", h("tr", ...["Who", "Client", "Scheme", "Host"].map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", ...beliefs.map(({ who, version, setting, client, scheme, host, refused, note }) => h("tr",
      h("th", { scope: "row" }, `${who} ${version}`, h("small", setting ? h("code", visible(setting)) : "as it comes"), note && h("small", note)),
      ...(refused ? [h("td", { colspan: "3" }, visible(refused))] : [client, scheme, host].map((value) => h("td", h("bdi", value === null ? "–" : visible(value)))))))));
}
