// @ts-check
/**
 * The keyboard, once: what `main.js` obeys and what the help sheet prints. Names are those of
 * `KeyboardEvent.key`.
 */

/** @type {Shortcut[]} */
export const SHORTCUTS = [
  { keys: ["j", "ArrowDown"], action: "next", text: "Next exchange" },
  { keys: ["k", "ArrowUp"], action: "previous", text: "Previous exchange" },
  { keys: ["g", "Home"], action: "newest", text: "Newest exchange" },
  { keys: ["G", "End"], action: "oldest", text: "Oldest loaded exchange" },
  { keys: ["Enter"], action: "read", text: "Go into the details" },
  { keys: ["Escape"], action: "back", text: "Back: leave the field, the details, the search" },
  { keys: ["1", "2", "3", "4", "5", "6"], action: "tab", text: "Open the first to the sixth tab" },
  { keys: ["/"], action: "search", text: "Search" },
  { keys: [" "], action: "pause", text: "Pause and resume" },
  { keys: ["f"], action: "follow", text: "Follow: always select the newest" },
  { keys: ["d", "Delete"], action: "delete", text: "Delete the selected exchange" },
  { keys: ["D"], action: "clear", text: "Clear the list" },
  { keys: ["?"], action: "help", text: "This sheet" },
];

/** Keys that only mean something inside the list, because pages and fields use them too. */
const LIST_ONLY = new Set(["ArrowDown", "ArrowUp", "Home", "End", "Enter", "Delete"]);

/**
 * @param {string} key
 * @param {{inField: boolean, inList: boolean, onControl: boolean}} where the focus is
 * @returns the action it asks for
 */
export function actionFor(key, { inField, inList, onControl }) {
  if (key === "Escape") return "back";
  if (inField || (LIST_ONLY.has(key) && !inList) || (key === " " && onControl)) return null;
  return SHORTCUTS.find((shortcut) => shortcut.keys.includes(key))?.action ?? null;
}

/** @param {string} key @returns as printed on a key */
export function keyLabel(key) {
  const labels = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc", " ": "Space" };
  return labels[/** @type {keyof typeof labels} */ (key)] ?? key;
}
