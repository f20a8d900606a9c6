// @ts-check
/**
 * The inspector: the only file that knows all the others. Elements (which the page loads, all before this file)
 * tell it what people do, the session and the reader what the server says; it keeps address, list and details
 * true to both.
 */
import { Actions } from "./actions.js";
import { TABS } from "./address.js";
import { Api } from "./api.js";
import { Attention } from "./attention.js";
import { Browsing } from "./browsing.js";
import { Comparison } from "./comparison.js";
import { setText } from "./dom.js";
import { actionFor, keyOf } from "./keys.js";
import { Marks } from "./marks.js";
import { Navigation } from "./navigation.js";
import { Rates } from "./rates.js";
import { Reader } from "./reader.js";
import { Readings } from "./readings.js";
import { describe, learnFields, parse, removeTerm } from "./search.js";
import { matchesSummary } from "./search-matching.js";
import { Session } from "./session.js";
import { learnWords } from "./words.js";

const TYPING_MS = 150; // a pause in typing after which the search is sent
const OFFLINE_AFTER = 4; // failed attempts

/** @param {string} selector @returns {any} */
const find = (selector) => document.querySelector(selector);
const list = find("exchange-list");
const detail = find("exchange-detail");
const workspace = find("#workspace");
const searchBox = find("search-box");

const root = document.body.dataset.root ?? "";
const api = new Api(root);
const session = new Session(api);
const reader = new Reader(api);
const readings = new Readings(api);
const marks = new Marks(api);
const comparison = new Comparison(api);
const navigation = new Navigation(root);
const rates = new Rates();
const attention = new Attention(find("#announcer"));
const browsing = new Browsing(session, marks, navigation, list);
const actions = new Actions({ api, navigation, browsing, marks, comparison, attention, find });

let connection = "connecting";
let hasBegun = false;
let typing = 0;

/** @param {EventTarget} target @param {Record<string, (detail: any) => void>} handlers by event, given its detail */
function on(target, handlers) {
  for (const [name, handle] of Object.entries(handlers)) {
    target.addEventListener(name, (event) => handle(/** @type {CustomEvent} */ (event).detail));
  }
}

on(navigation, { arrive });
on(session, {
  list: () => {
    browsing.restart();
    showList();
  },
  change: showList,
  fresh: heard,
  state: connected,
  failure: (error) => error.status < 500 && showTerms(error.message),
});
on(reader, {
  document: (exchange) => { detail.document = exchange; },
  absent: (text) => detail.explain(text),
});
on(marks, { change: showMarks, failure: actions.complain });
on(comparison, {
  pair: (pair) => { find("compare-view").pair = pair; },
  failure: actions.complain,
});
on(browsing, { change: showState });

on(document, {
  "exchange-select": ({ id }) => browsing.browse(id, false),
  "exchange-delete": () => actions.delete(),
  "tab-select": (tab) => navigation.go({ tab }),
  "detail-close": () => navigation.go({ id: null, other: null }),
  "reading-wanted": (wish) => readings.answer(wish),
  "list-end": () => navigation.place.isPinned || session.loadOlder(),
  "list-painted": () => {
    showState();
    browsing.painted();
  },
  "search-input": typed,
  "search-example": (q) => navigation.go({ q, isPinned: false }),
  "term-remove": (index) => navigation.go({ q: removeTerm(navigation.place.q, index) }),
  "files-chosen": (files) => actions.take(files),
  command: ({ action, keys }) => perform(action, keys[0]),
  visibilitychange: () => document.hidden || marks.load(),
});
for (const button of document.querySelectorAll("[data-action]")) {
  on(button, { click: () => perform(/** @type {HTMLElement} */ (button).dataset.action ?? "") });
}
document.addEventListener("keydown", pressed);

/** @param {{place: Place, previous: Place}} change */
function arrive({ place, previous }) {
  const summary = browsing.summaryOf(place.id);
  detail.tab = place.tab;
  browsing.arrive(place, previous);
  workspace.toggleAttribute("data-reading", place.id !== null);
  workspace.toggleAttribute("data-comparing", place.other !== null);
  if (summary) detail.show(summary);
  reader.open(place.id);
  if (place.other !== previous.other || place.id !== previous.id || !hasBegun) compare(place);
  showMarks();
  if (place.q !== previous.q || !hasBegun) search(place.q);
}

/** @param {Place} place */
function compare({ id, other }) {
  find("compare-view").replaceChildren();
  comparison.open(id ?? "", other);
}

/**
 * What can be told from the rows at hand shows at once, the rest when the server has looked. A search that
 * makes no sense (yet) leaves the list as it is.
 * @param {string} q
 */
function search(q) {
  searchBox.text = q;
  const found = showTerms();
  if (found.error && hasBegun) return;
  hasBegun = true;
  session.start(found.error ? "" : q, (summary) => matchesSummary(found, summary) !== false);
  showList();
}

/** @param {string | null} problem that the server has with it @returns the search as it is understood */
function showTerms(problem = null) {
  const found = parse(navigation.place.q);
  find("search-terms").show(found.terms.map(describe), found.error ?? problem);
  return found;
}

/** @param {string} text */
function typed(text) {
  clearTimeout(typing);
  typing = setTimeout(() => navigation.go({ q: text, isPinned: false }, true), TYPING_MS);
}

function showList() {
  workspace.dataset.list = browsing.content;
  list.changed();
}

function showMarks() {
  const { id, isPinned } = navigation.place;
  find("#pinned").ariaPressed = String(isPinned);
  if (id !== null) find("exchange-actions")?.show({ isPinned: marks.isPinned(id), note: marks.noteOf(id) });
  showList();
}

/** @param {{items: Summary[], arrived: Summary[]}} news */
function heard({ items, arrived }) {
  rates.add(Date.now() / 1000, items.filter((item) => item.state !== "open").map((item) => item.duration_ms));
  attention.arrived(arrived);
  items.forEach((item) => reader.heard(item));
}

/** @param {{name: string, attempt?: number}} state */
function connected({ name, attempt = 0 }) {
  connection = name === "reconnecting" && (attempt >= OFFLINE_AFTER || !navigator.onLine) ? "offline" : name;
  showState();
}

/** One step out: from a field or the details to the list, out of a comparison, the selection, the search. */
function back() {
  const { activeElement } = document;
  const { id, other, q, isPinned } = navigation.place;
  const isSearching = searchBox.contains(activeElement);
  if ((isSearching || detail.contains(activeElement)) && list.grid.checkVisibility()) list.grid.focus();
  else if (isSearching) detail.focusPanel(); // on a narrow page, which shows one side
  else if (other !== null) navigation.go({ other: null });
  else if (id !== null) navigation.go({ id: null });
  else if (q || isPinned) navigation.go({ q: "", isPinned: false });
}

/** What the commands of `keys.js` do here, given their key; the others are methods of `actions`. @type {Record<string, (key: string) => void>} */
const DEEDS = {
  next: () => browsing.step(1),
  previous: () => browsing.step(-1),
  newest: () => browsing.browse(browsing.view.end("newest")),
  oldest: () => browsing.browse(browsing.view.end("oldest")),
  read: () => (navigation.place.id === null ? browsing.browse(browsing.view.end("newest")) : detail.focusPanel()),
  back,
  tab: (key) => navigation.place.id !== null && navigation.go({ tab: TABS[Number(key) - 1], other: null }),
  search: () => searchBox.focusField(),
  everything: () => navigation.go({ q: "", isPinned: false }),
  pause: () => browsing.pause(!browsing.isPaused),
  follow: () => browsing.follow(!browsing.isFollowing),
  pinned: () => navigation.go({ isPinned: !navigation.place.isPinned, q: "" }),
  uncompare: () => navigation.go({ other: null }),
  "compare-previous": () => actions.comparePrevious(),
  palette: () => find("command-palette").open(),
  help: () => find("help-sheet").open(),
};

/** @param {string} action a command of `keys.js` @param {string} key the one that asked for it */
function perform(action, key = "") {
  if (action in DEEDS) DEEDS[action](key);
  else /** @type {any} */ (actions)[action]();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const origin = /** @type {HTMLElement} */ (event.target);
  const key = keyOf(event);
  if (key === null || find("dialog[open]")) return;
  const target = origin.closest("dialog") ? document.body : origin; // one that was just closed may still have the focus
  const action = actionFor(key, {
    inField: target.matches("input, textarea, select"),
    inList: list.contains(target) || target === document.body,
    onControl: target.matches("button, a, summary, pre, [role]:not(.grid)"),
  });
  if (!action) return;
  event.preventDefault();
  perform(action, key);
}

function showState() {
  const { isPaused, isFollowing, found } = browsing;
  const isLive = connection === "live" || connection === "streaming";
  find("#pause").ariaPressed = String(isPaused);
  find("#follow").ariaPressed = String(isFollowing);
  find("connection-state").show(isPaused && isLive ? "paused" : connection, found.waiting);
  setText(find("#foot"), browsing.foot);
}

function eachSecond() {
  find("traffic-meter").series = rates.series(Date.now() / 1000);
  if (!document.hidden) list.paintAges();
}

const words = JSON.parse(workspace.dataset.words);
learnWords(words);
learnFields(words.fields);
list.addressOf = (/** @type {string} */ id) => navigation.addressOf({ id, other: null });
list.marksOf = (/** @type {string} */ id) => ({
  isPinned: marks.isPinned(id),
  isMarked: id === comparison.marked || id === navigation.place.other,
  note: marks.noteOf(id),
});
detail.pageOf = (/** @type {string} */ id) => `${root}/-/exchanges/${encodeURIComponent(id)}`;
find("transfer-dialog").addressOf = api.exportAddress.bind(api);
workspace.hidden = false;
find("#actions").hidden = false;
navigation.begin();
marks.load();
setInterval(eachSecond, 1000);
eachSecond();
