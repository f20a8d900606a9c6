// @ts-check
/**
 * The inspector: the only file that knows all the others. Elements tell it what people do, the session and
 * the reader what the server says; it keeps address, list and details true to both.
 */
import { formatPlace, parsePlace, TABS } from "./address.js";
import { Api } from "./api.js";
import { setText } from "./dom.js";
import { count, countOf } from "./format.js";
import { actionFor, SHORTCUTS } from "./keys.js";
import { ListView } from "./list-view.js";
import { Rates } from "./rates.js";
import { Reader } from "./reader.js";
import { Readings } from "./readings.js";
import { describe, FIELDS, matchesSummary, parse, removeTerm } from "./search.js";
import { Session } from "./session.js";
import "./elements/body-panel.js";
import "./elements/confirm-dialog.js";
import "./elements/connection-state.js";
import "./elements/copy-button.js";
import "./elements/events-panel.js";
import "./elements/exchange-detail.js";
import "./elements/exchange-list.js";
import "./elements/headers-panel.js";
import "./elements/help-sheet.js";
import "./elements/overview-panel.js";
import "./elements/response-panel.js";
import "./elements/scope-panel.js";
import "./elements/search-box.js";
import "./elements/search-terms.js";
import "./elements/split-divider.js";
import "./elements/traffic-meter.js";

const TYPING_MS = 150; // a pause in typing after which the search is sent
const FOLLOW_MS = 400; // how often following moves on: slow enough to read a line
const ANNOUNCE_MS = 5000; // how often a screen reader hears of new rows
const OFFLINE_AFTER = 4; // failed attempts

const root = document.body.dataset.root ?? "";
const api = new Api(root);
const session = new Session(api);
const reader = new Reader(api);
const readings = new Readings(api);
const rates = new Rates();
const view = new ListView(session.exchanges);

/** @param {string} selector @returns {any} */
const find = (selector) => document.querySelector(selector);
const list = find("exchange-list");
const detail = find("exchange-detail");
const workspace = find("#workspace");
const searchBox = find("search-box");
const help = find("help-sheet");

let place = parsePlace(location.search);
let connection = "connecting";
let hasBegun = false;
let isPaused = false;
let isFollowing = false;
let followedAt = 0;
let unseen = 0;
let unheard = 0;
let typing = 0;

/** @param {EventTarget} target @param {Record<string, (detail: any) => void>} handlers by event, given its detail */
function on(target, handlers) {
  for (const [name, handle] of Object.entries(handlers)) {
    target.addEventListener(name, (event) => handle(/** @type {CustomEvent} */ (event).detail));
  }
}

on(session, {
  list: () => {
    view.reset();
    list.showNewest();
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

on(document, {
  "exchange-select": ({ id }) => browse(id, false),
  "exchange-delete": removeSelected,
  "tab-select": (tab) => go({ tab }),
  "detail-close": () => go({ id: null }),
  "reading-wanted": (wish) => readings.answer(wish),
  "list-end": () => session.loadOlder(),
  "list-painted": painted,
  "search-input": typed,
  "search-example": (q) => go({ q }),
  "term-remove": (index) => go({ q: removeTerm(place.q, index) }),
  visibilitychange: () => {
    unseen = 0;
    eachSecond();
  },
});

on(find("#pause"), { click: () => pause(!isPaused) });
on(find("#follow"), { click: () => follow(!isFollowing) });
on(find("#clear"), { click: clear });
on(find("#help"), { click: () => help.open() });
on(find("#no-search"), { click: () => go({ q: "" }) });
on(window, { popstate: () => arrive(parsePlace(location.search)) });
document.addEventListener("keydown", pressed);

/**
 * @param {Partial<Place>} change
 * @param {boolean} replace whether the back button skips the present place
 */
function go(change, replace = false) {
  const next = { ...place, ...change };
  const address = `${root}/-/${formatPlace(next)}`;
  if (replace) history.replaceState(null, "", address);
  else if (formatPlace(next) !== formatPlace(place)) history.pushState(null, "", address);
  arrive(next);
}

/** @param {Place} next */
function arrive(next) {
  const isOtherSearch = next.q !== place.q;
  place = next;
  detail.tab = place.tab;
  list.selected = place.id;
  workspace.toggleAttribute("data-reading", place.id !== null);
  const summary = place.id === null ? undefined : session.exchanges.get(place.id);
  if (summary) detail.show(summary);
  reader.open(place.id);
  if (isOtherSearch) search();
}

/**
 * What can be told from the rows at hand shows at once, the rest when the server has looked. A search that
 * makes no sense (yet) leaves the list as it is.
 */
function search() {
  searchBox.text = place.q;
  const found = showTerms();
  if (found.error && hasBegun) return;
  hasBegun = true;
  session.start(found.error ? "" : place.q, (summary) => matchesSummary(found, summary) !== false);
  showList();
}

/** @param {string | null} problem that the server has with it @returns the search as it is understood */
function showTerms(problem = null) {
  const found = parse(place.q);
  find("search-terms").show(found.terms.map(describe), found.error ?? problem);
  return found;
}

/** @param {string} text */
function typed(text) {
  clearTimeout(typing);
  typing = setTimeout(() => go({ q: text }, true), TYPING_MS);
}

function showList() {
  const isEmpty = session.exchanges.size === 0;
  const nothing = session.isLoading ? "loading" : session.q ? "no-match" : "empty";
  workspace.dataset.list = isEmpty ? nothing : "rows";
  list.changed();
}

/** @param {Summary[]} items */
function heard(items) {
  rates.add(Date.now() / 1000, items.filter((item) => item.state !== "open").map((item) => item.duration_ms));
  unheard += items.length;
  if (document.hidden) unseen += items.length;
  items.forEach((item) => reader.heard(item));
}

/** @param {{name: string, attempt?: number}} state */
function connected({ name, attempt = 0 }) {
  connection = name === "reconnecting" && (attempt >= OFFLINE_AFTER || !navigator.onLine) ? "offline" : name;
  showState();
}

function painted() {
  showState();
  showFoot();
  if (!isFollowing || isPaused || performance.now() - followedAt < FOLLOW_MS) return;
  followedAt = performance.now();
  select(view.end("newest"), true);
}

/** @param {boolean} value */
function pause(value) {
  isPaused = value;
  list.paused = value;
  find("#pause").setAttribute("aria-pressed", String(value));
  showState();
}

/** @param {boolean} value */
function follow(value) {
  isFollowing = value;
  find("#follow").setAttribute("aria-pressed", String(value));
  if (value) list.showNewest();
}

/** @param {string | null} id @param {boolean} replace */
function select(id, replace) {
  if (id === null || id === place.id) return;
  go({ id }, replace);
  requestAnimationFrame(() => list.reveal());
}

/** Moving by keys leaves one place to go back to, not one per row. @param {string | null} id @param {boolean} replace */
function browse(id, replace = place.id !== null) {
  follow(false);
  select(id, replace);
}

async function clear() {
  const question = "Delete all exchanges that the server keeps? Every open inspector loses them.";
  if (!(await find("confirm-dialog").ask(question, "Delete all"))) return;
  await api.clear().then(() => go({ id: null }), complain);
}

async function removeSelected() {
  const { id } = place;
  if (id === null) return;
  const neighbour = view.neighbour(id, 1) ?? view.neighbour(id, -1);
  await api.remove(id).then(() => go({ id: neighbour }, true), complain);
}

/** @param {Error} error */
function complain(error) {
  setText(find("#foot"), `That did not work: ${error.message}`);
}

/** One step out: from a field or the details to the list, then out of the selection, then of the search. */
function back() {
  const { activeElement } = document;
  if (detail.contains(activeElement) || searchBox.contains(activeElement)) list.grid.focus();
  else if (place.id !== null) go({ id: null });
  else if (place.q) go({ q: "" });
}

/** @type {Record<string, (key: string) => void>} */
const ACTIONS = {
  next: () => browse(view.neighbour(place.id, 1)),
  previous: () => browse(view.neighbour(place.id, -1)),
  newest: () => browse(view.end("newest")),
  oldest: () => browse(view.end("oldest")),
  read: () => (place.id === null ? browse(view.end("newest")) : detail.focusPanel()),
  back,
  tab: (key) => place.id !== null && go({ tab: TABS[Number(key) - 1] }),
  search: () => searchBox.focusField(),
  pause: () => pause(!isPaused),
  follow: () => follow(!isFollowing),
  delete: removeSelected,
  clear,
  help: () => help.open(),
};

/** @param {KeyboardEvent} event */
function pressed(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  const action = actionFor(event.key, {
    inField: target.matches("input, textarea"),
    inList: list.contains(target) || target === document.body,
    onControl: target.matches("button, a, summary, pre, [role]:not(.grid)"),
  });
  if (!action) return;
  event.preventDefault();
  ACTIONS[action](event.key);
}

function showState() {
  find("connection-state").show(isPaused && connection === "live" ? "paused" : connection, view.waiting);
}

function showFoot() {
  const { exchanges, isComplete, q } = session;
  const parts = [q ? `${count(exchanges.exchanges)} found` : countOf(exchanges.exchanges, "exchange")];
  if (!isComplete) parts.push("older ones load as you scroll");
  if (exchanges.trimmed) parts.push(`${count(exchanges.trimmed)} older ones left this page to save memory`);
  setText(find("#foot"), parts.join(" · "));
}

function eachSecond() {
  find("traffic-meter").series = rates.series(Date.now() / 1000);
  document.title = unseen ? `(${count(unseen)}) Echoscope` : "Echoscope";
  if (!document.hidden) list.paintAges();
}

function announce() {
  if (unheard) setText(find("#announcer"), countOf(unheard, "new exchange"));
  unheard = 0;
}

list.view = view;
list.addressOf = (/** @type {string} */ id) => `${root}/-/${formatPlace({ ...place, id })}`;
detail.pageOf = (/** @type {string} */ id) => `${root}/-/exchanges/${encodeURIComponent(id)}`;
help.fill(SHORTCUTS, FIELDS);
workspace.hidden = false;
find("#actions").hidden = false;
arrive(place);
search();
setInterval(eachSecond, 1000);
setInterval(announce, ANNOUNCE_MS);
eachSecond();
