// @ts-check
/**
 * What the address of the inspector says: which search or whether the pinned ones, which exchange, which tab,
 * and with which other exchange it is compared. Pure; `navigation.js` talks to the history.
 */

export const TABS = ["overview", "scope", "headers", "body", "events", "response", "code", "ways", "wire", "proxies"];

/** @param {string} query the address's query part @returns {Place} */
export function parsePlace(query) {
  const parameters = new URLSearchParams(query);
  const tab = parameters.get("tab") ?? "";
  const isPinned = parameters.has("pinned");
  const id = parameters.get("id") || null;
  return {
    q: isPinned ? "" : (parameters.get("q") ?? ""),
    isPinned,
    id,
    tab: TABS.includes(tab) ? tab : TABS[0],
    other: (id && parameters.get("with")) || null,
  };
}

/** @param {Place} place @returns the shortest query part that leads back to it; "" for the bare list */
export function formatPlace({ q, isPinned, id, tab, other }) {
  const parameters = new URLSearchParams();
  if (isPinned) parameters.set("pinned", "1");
  else if (q) parameters.set("q", q);
  if (id) parameters.set("id", id);
  if (id && tab !== TABS[0]) parameters.set("tab", tab);
  if (id && other) parameters.set("with", other);
  const text = parameters.toString();
  return text && `?${text}`;
}
