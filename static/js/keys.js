// @ts-check
/**
 * Everything that can be done, once: what `main.js` obeys, what the help sheet prints and the palette offers.
 * Key names are those of `KeyboardEvent.key`; "Control+k" is also the Mac's Command and K.
 */

/** @type {Command[]} */
export const COMMANDS = [
  { keys: ["j", "ArrowDown"], action: "next", text: "Next exchange" },
  { keys: ["k", "ArrowUp"], action: "previous", text: "Previous exchange" },
  { keys: ["g", "Home"], action: "newest", text: "Newest exchange" },
  { keys: ["G", "End"], action: "oldest", text: "Oldest loaded exchange" },
  { keys: ["Enter"], action: "read", text: "Go into the details" },
  { keys: ["Escape"], action: "back", text: "Back: leave the field, the details, the search" },
  { keys: ["1", "2", "3", "4", "5", "6", "7"], action: "tab", text: "Open the first to the seventh tab" },
  { keys: ["/"], action: "search", text: "Search" },
  { keys: [" "], action: "pause", text: "Pause and resume" },
  { keys: ["f"], action: "follow", text: "Follow: always select the newest" },
  { keys: ["p"], action: "pin", text: "Pin or unpin: pinned ones survive clearing" },
  { keys: ["P"], action: "pinned", text: "Show the pinned ones, or all" },
  { keys: ["n"], action: "note", text: "Write a note" },
  { keys: ["c"], action: "compare", text: "Compare: first on one exchange, then on the other" },
  { keys: ["C"], action: "compare-previous", text: "Compare with the previous one of the same path" },
  { keys: ["y"], action: "curl", text: "Copy as curl" },
  { keys: ["e"], action: "transfer", text: "Export and import" },
  { keys: ["d", "Delete"], action: "delete", text: "Delete the selected exchange" },
  { keys: ["D"], action: "clear", text: "Clear the list" },
  { keys: [], action: "notify", text: "Desktop notifications for this search, on or off" },
  { keys: ["Control+k"], action: "palette", text: "Find an action by name" },
  { keys: ["?"], action: "help", text: "This sheet" },
];

/** Those with a key. */
export const SHORTCUTS = COMMANDS.filter((command) => command.keys.length > 0);

/** What makes sense without the key that asks for it. */
export const CHOICES = COMMANDS.filter(({ action }) => !["read", "back", "tab", "palette"].includes(action));

/** Keys that only mean something inside the list, because pages and fields use them too. */
const LIST_ONLY = new Set(["ArrowDown", "ArrowUp", "Home", "End", "Enter", "Delete"]);

/**
 * @param {string} key
 * @param {{inField: boolean, inList: boolean, onControl: boolean}} where the focus is
 * @returns the action it asks for
 */
export function actionFor(key, { inField, inList, onControl }) {
  if (key === "Escape") return "back";
  if (key === "Control+k") return "palette";
  if (inField || (LIST_ONLY.has(key) && !inList) || (key === " " && onControl)) return null;
  return SHORTCUTS.find((shortcut) => shortcut.keys.includes(key))?.action ?? null;
}

/**
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @returns its key as it stands in the table; null for the browser's own combinations
 */
export function keyOf({ key, ctrlKey, metaKey, altKey }) {
  if (altKey) return null;
  if (!ctrlKey && !metaKey) return key;
  return key.toLowerCase() === "k" ? "Control+k" : null;
}

/** @param {string} key @returns as printed on a key */
export function keyLabel(key) {
  const labels = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc", " ": "Space", "Control+k": "Ctrl K" };
  return labels[/** @type {keyof typeof labels} */ (key)] ?? key;
}
