// @ts-check
/**
 * What the address of the inspector says: which search, which exchange, which tab. Pure; `main.js` talks
 * to the history.
 */

export const TABS = ["overview", "scope", "headers", "body", "events", "response"];

/** @param {string} query the address's query part @returns {Place} */
export function parsePlace(query) {
  const parameters = new URLSearchParams(query);
  const tab = parameters.get("tab") ?? "";
  return {
    q: parameters.get("q") ?? "",
    id: parameters.get("id") || null,
    tab: TABS.includes(tab) ? tab : TABS[0],
  };
}

/** @param {Place} place @returns the shortest query part that leads back to it; "" for the bare list */
export function formatPlace({ q, id, tab }) {
  const parameters = new URLSearchParams();
  if (q) parameters.set("q", q);
  if (id) parameters.set("id", id);
  if (id && tab !== TABS[0]) parameters.set("tab", tab);
  const text = parameters.toString();
  return text && `?${text}`;
}
