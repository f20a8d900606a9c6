// @ts-check
/**
 * Everything that can be done, once: what `main.js` obeys, what the help sheet prints and the palette offers.
 * Key names are those of `KeyboardEvent.key`; "Control+k" is also the Mac's Command and K.
 */

/** What each does, and the keys that ask for it. @type {Record<string, [string, ...string[]]>} */
const TABLE = {
  next: ["Next exchange", "j", "ArrowDown"],
  previous: ["Previous exchange", "k", "ArrowUp"],
  "pick-next": ["Choose the next one too", "J"],
  "pick-previous": ["Choose the previous one too", "K"],
  newest: ["Newest exchange", "g", "Home"],
  oldest: ["Oldest exchange", "G", "End"],
  time: ["Go to a time: a clock time, or how long ago", "T"],
  read: ["Go into the details", "Enter"],
  back: ["Back: leave the field, the details, the search", "Escape"],
  tab: ["Open the first to the tenth tab", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0"],
  search: ["Search: filter the list", "/"],
  keep: ["Keep this search, or forget it"],
  pause: ["Pause and resume", " "],
  follow: ["Follow: always select the newest", "f"],
  pin: ["Pin or unpin: pinned ones survive clearing", "p"],
  pinned: ["Show the pinned ones, or all", "P"],
  note: ["Write a note", "n"],
  compare: ["Compare: first on one exchange, then on the other", "c"],
  "compare-previous": ["Compare with the previous one of the same path", "C"],
  curl: ["Copy as curl", "y"],
  "curl-secrets": ["Copy as curl that works: with its secrets", "Y"],
  resend: ["Send again: the same request, as it was", "r"],
  "edit-send": ["Edit and send: change the request first", "R"],
  "send-to": ["Send to another address …", "t"],
  "copy-body": ["Copy the body of the request", "b"],
  link: ["Copy the link to this exchange", "l"],
  share: ["Share: a link that opens this exchange alone, for a time"],
  signature: ["Check the signature with a secret"],
  secrets: ["Secrets: show or hide tokens, cookies, passwords", "s"],
  transfer: ["Export and import: save, download", "e"],
  delete: ["Delete the selected exchange", "d", "Delete"],
  undo: ["Undo: bring back what was deleted last", "u", "Control+z"],
  clear: ["Clear the list, or what the search found", "D"],
  fold: ["Fold rows of the same method and path", "x"],
  unfold: ["Unfold these rows, or fold them again", "ArrowRight", "ArrowLeft"],
  settings: ["Settings: columns, theme, density", ","],
  notify: ["Desktop notifications for this search, on or off"],
  palette: ["Find an action by name", "Control+k"],
  help: ["Help: keyboard and search", "?"],
};

/** @type {Command[]} */
export const COMMANDS = Object.entries(TABLE).map(([action, [text, ...keys]]) => ({ action, text, keys }));

/** Those with a key. */
export const SHORTCUTS = COMMANDS.filter((command) => command.keys.length > 0);

/** What makes sense without the key that asks for it. */
export const CHOICES = COMMANDS.filter(({ action }) => !["read", "back", "tab", "palette", "unfold", "pick-next", "pick-previous"].includes(action));

/** Keys that only mean something inside the list, because pages and fields use them too. */
const LIST_ONLY = new Set(["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End", "Enter", "Delete"]);

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
  return ["k", "z"].includes(key.toLowerCase()) ? `Control+${key.toLowerCase()}` : null;
}

/** @param {string} key @returns as printed on a key */
export function keyLabel(key) {
  const labels = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space", "Control+k": "Ctrl K", "Control+z": "Ctrl Z" };
  return labels[/** @type {keyof typeof labels} */ (key)] ?? key;
}
