// @ts-check
/**
 * The inspector: the only file that knows all the others. Elements (which the page loads, all before this file)
 * tell it what people do, the session and the reader what the server says; it keeps address, list and details
 * true to both.
 */
import { Actions } from "./actions.js";
import { TABS } from "./address.js";
import { Api } from "./api.js";
import { Arranging } from "./arranging.js";
import { Attention } from "./attention.js";
import { Browsing } from "./browsing.js";
import { isRead, learnValues } from "./columns.js";
import { Comparison } from "./comparison.js";
import { Deletions } from "./deletions.js";
import { fill, h, setText } from "./dom.js";
import { clock } from "./format.js";
import { Highlighter } from "./highlighter.js";
import { needlesOf, tabsWith } from "./hits.js";
import { actionFor, keyOf } from "./keys.js";
import { Marks } from "./marks.js";
import { remember, remembered } from "./memory.js";
import { Navigation } from "./navigation.js";
import { Rates } from "./rates.js";
import { Reader } from "./reader.js";
import { PATHS, Readings } from "./readings.js";
import { Resending } from "./resending.js";
import { Resends } from "./resends.js";
import { Searches } from "./searches.js";
import { describe, learnFields, parse, removeTerm } from "./search.js";
import { Session } from "./session.js";
import { titleOf } from "./titles.js";
import { Values } from "./values.js";
import { learnWords } from "./words.js";

const LOOK_MS = 5000; // how often the server is asked whether all is well
const TYPING_MS = 80; // a pause in typing after which the search is sent: its first piece is small
const SORTED = 2000; // rows of which values are read to sort by them
const OFFLINE_AFTER = 4; // failed attempts

/** Whether list and details stand beside each other. */
const isWide = () => matchMedia("(min-width: 721px)").matches;

/** @param {string} selector @returns {any} */
const find = (selector) => document.querySelector(selector);
const list = find("exchange-list");
const detail = find("exchange-detail");
const workspace = find("#workspace");
const searchBox = find("search-box");

const { root = "", base = "", place = "" } = document.body.dataset;
const words = JSON.parse(workspace.dataset.words);
const api = new Api(base, place);
const session = new Session(api);
const reader = new Reader(api);
const readings = new Readings(api, showHits);
const marks = new Marks(api);
const comparison = new Comparison(api);
const navigation = new Navigation(base);
const rates = new Rates();
const attention = new Attention(find("#announcer"));
const browsing = new Browsing(session, marks, navigation, list);
const arranging = new Arranging([browsing.found, browsing.pinned]);
const deletions = new Deletions(api, [session.exchanges, marks.pinned]);
const values = new Values(api);
const searches = new Searches(words.fields, session.exchanges);
const resends = new Resends();
const actions = new Actions({ api, resends, navigation, browsing, marks, comparison, attention, session, deletions, find });
const hosts = document.body.dataset.sendTo === undefined ? null : document.body.dataset.sendTo.split(",").filter(Boolean);
const resending = new Resending({ api, navigation, browsing, resends, actions, hosts, dialog: find("send-dialog") });
const highlighter = new Highlighter([list, find("#panel")]);

let connection = "connecting";
let retryAt = 0; // when a lost connection is tried again
let hasBegun = false;
let isEntering = false; // into the results, once there are some
let typing = 0;
/** @type {ExchangeDocument | null} */
let shown = null;

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
  restarted: () => actions.say("The server was restarted. What it had kept is gone; the lines that were here stay."),
  warnings: showWarnings,
  failure: (error) => error.status < 500 && showTerms(error.message),
});
on(reader, { document: showDocument, absent: showAbsence });
on(marks, { change: showMarks, failure: actions.complain });
on(comparison, {
  pair: (pair) => {
    import("./elements/compare-view.js").then(() => { find("compare-view").pair = pair; }, actions.complain);
  },
  failure: actions.complain,
});
on(browsing, { change: showState });
on(values, {
  change: () => {
    if (isRead(arranging.sort?.name ?? "")) arranging.apply();
    else list.changed();
  },
});
on(deletions, {
  failure: actions.complain,
  moved: () => {
    session.start(session.q);
    marks.load();
  },
});
on(arranging, {
  change: () => {
    list.columns = { names: arranging.columns, sort: arranging.sort };
    list.changed();
  },
});

on(document, {
  "exchange-select": ({ id }) => browsing.browse(id),
  "exchange-pick": ({ id, isRange, isTouch }) => (isTouch ? browsing.pickByTouch(id) : browsing.pickAlso(id, isRange)),
  "exchange-delete": () => actions.delete(),
  "pick-none": () => browsing.pick([]),
  "fold-toggle": unfold,
  "sort-wanted": (name) => arranging.sortBy(name),
  "settings-change": (change) => arranging.set(change),
  "tab-select": (tab) => navigation.go({ tab }, true),
  "detail-close": () => navigation.go({ id: null, other: null }),
  "reading-wanted": (wish) => readings.answer(wish),
  "secrets-wanted": (isRevealing) => reveal(isRevealing),
  "list-end": () => navigation.place.isPinned || session.loadOlder(),
  "list-painted": () => {
    showState();
    browsing.painted();
    lookAtValues();
  },
  "retry-wanted": () => session.hurry(),
  "search-input": typed,
  "search-enter": enter,
  "search-example": (q) => navigation.go({ q, isPinned: false }),
  "column-wanted": (name) => {
    arranging.set({ columns: [...arranging.columns, name] });
    actions.say(`${name} is a column now, as far as there is room.`);
  },
  "value-filter": (term) => navigation.go({ q: `${navigation.place.q} ${term}`.trim(), isPinned: false }),
  "term-remove": (index) => navigation.go({ q: removeTerm(navigation.place.q, index) }),
  "files-chosen": (files) => actions.take(files),
  command: ({ action, keys }) => perform(action, keys[0]),
  visibilitychange: () => {
    if (document.hidden) return;
    marks.load();
    session.ask();
  },
});
for (const button of document.querySelectorAll("[data-action]")) {
  on(button, { click: () => perform(/** @type {HTMLElement} */ (button).dataset.action ?? "") });
}
document.addEventListener("keydown", pressed);
setInterval(() => document.hidden || session.ask(), LOOK_MS);

/** @param {string[]} warnings */
function showWarnings(warnings) {
  const place = find("#warnings");
  if (place.textContent !== warnings.join("")) fill(place, ...warnings.map((text) => h("p", text)));
}

/** @param {{place: Place, previous: Place}} change */
function arrive({ place, previous }) {
  const summary = browsing.summaryOf(place.id);
  workspace.toggleAttribute("data-reading", place.id !== null);
  workspace.toggleAttribute("data-comparing", place.other !== null);
  detail.tab = place.tab;
  browsing.arrive(place, previous);
  if (summary) detail.show(summary);
  showTitle(summary);
  if (place.id !== shown?.id) shown = null;
  reader.open(place.id);
  if (place.other !== previous.other || place.id !== previous.id || !hasBegun) compare(place);
  showMarks();
  if (place.q !== previous.q || !hasBegun) search(place.q);
}

/** @param {Summary | undefined} summary of what is read */
function showTitle(summary) {
  attention.name = summary ? titleOf(summary) : "";
}

/** @param {ExchangeDocument} exchange */
function showDocument(exchange) {
  if (exchange.id !== navigation.place.id) return;
  shown = exchange;
  detail.document = exchange;
  showTitle(exchange);
  if (!browsing.isFollowing) readings.hold(exchange);
  browsing.find(exchange);
  showHits();
}

/** @param {{id: string, isGone: boolean, text: string}} absence */
function showAbsence({ id, isGone, text }) {
  if (isGone) session.miss(id);
  detail.explain(text, browsing.summaryOf(id));
}

/** @param {Place} place */
function compare({ id, other }) {
  find("compare-view").replaceChildren();
  comparison.open(id ?? "", other);
}

/** @param {string} q */
function search(q) {
  searchBox.text = q;
  hasBegun = true;
  browsing.pick([]);
  session.start(q);
  highlighter.words = needlesOf(showTerms()).map(({ word }) => word);
  showHits();
  showList();
}

/** @param {string | null} problem that the server has with it @returns the search taken apart */
function showTerms(problem = null) {
  const { q } = navigation.place;
  const parts = parse(q);
  find("search-terms").show(parts.map(describe), problem, searches.isKept(q));
  return parts;
}

/** Which tabs of what is read hold what is looked for. */
function showHits() {
  const needles = needlesOf(parse(navigation.place.q));
  detail.hits = shown ? tabsWith(needles, shown, (/** @type {keyof typeof PATHS} */ reading) => readings.held(PATHS[reading])) : new Set();
}

/** @param {string} text */
function typed(text) {
  clearTimeout(typing);
  typing = setTimeout(() => navigation.go({ q: text.trimEnd(), isPinned: false }, true), TYPING_MS);
}

/** From the field into what it found. @param {string} text */
function enter(text) {
  clearTimeout(typing);
  if (text.trimEnd() !== navigation.place.q) navigation.go({ q: text.trimEnd(), isPinned: false }, true);
  list.grid.focus();
  isEntering = true;
  showList();
}

function showList() {
  workspace.dataset.list = browsing.content;
  if (session.isLoading && session.q) browsing.found.refresh();
  list.changed();
  if (isEntering && !session.isStale && browsing.view.model.size > 0 && list.grid.checkVisibility()) {
    isEntering = false;
    list.grid.focus();
    if (browsing.view.indexOf(navigation.place.id) < 0 && isWide()) requestAnimationFrame(() => browsing.browse(browsing.view.end("newest")));
  } else if (!session.isLoading) isEntering = false;
}

/** Read what columns show of the rows in sight; to sort by such a column takes all rows, or as many as can be read soon. */
function lookAtValues() {
  const fields = list.shownColumns.filter((/** @type {string} */ name) => name === "preview" || isRead(name));
  const ids = isRead(arranging.sort?.name ?? "") ? browsing.view.model.ids.slice(-SORTED) : list.shownIds;
  values.look(ids.map(browsing.summaryOf, browsing), fields);
}

function showMarks() {
  const { id, isPinned } = navigation.place;
  find("#pinned").ariaPressed = String(isPinned);
  if (id !== null) find("exchange-actions")?.show({ isPinned: marks.isPinned(id), note: marks.noteOf(id) }, hosts ?? resends.addresses);
  if (id !== null) detail.marks = { isPinned: marks.isPinned(id), note: marks.noteOf(id) };
  showList();
}

/** @param {{items: Summary[], arrived: Summary[]}} news */
function heard({ items, arrived }) {
  rates.add(Date.now() / 1000, items.filter((item) => item.state !== "open").map((item) => item.duration_ms));
  attention.arrived(arrived);
  items.forEach((item) => reader.heard(item));
  if (arrived.some(({ id }) => id === navigation.place.id && resends.originOf(id))) list.showNewest(); // it was sent from here
}

/** @param {{name: string, attempt?: number, again?: number}} state */
function connected({ name, attempt = 0, again = 0 }) {
  retryAt = again;
  connection = name === "reconnecting" && (attempt >= OFFLINE_AFTER || !navigator.onLine) ? "offline" : name;
  showState();
}

/** One step out: from a field or the details to the list, out of a comparison, the choice, the selection, the search. */
function back() {
  const { activeElement } = document;
  const { id, other, q, isPinned } = navigation.place;
  const isSearching = searchBox.contains(activeElement);
  if ((isSearching || detail.contains(activeElement)) && list.grid.checkVisibility()) list.grid.focus();
  else if (isSearching) detail.focusPanel(); // on a narrow page, which shows one side
  else if (other !== null) navigation.go({ other: null });
  else if (browsing.picked.size) browsing.pick([]);
  else if (id !== null) navigation.go({ id: null });
  else if (q || isPinned) navigation.go({ q: "", isPinned: false });
}

/** @param {boolean} isRevealing secrets are shown everywhere, or nowhere */
function reveal(isRevealing) {
  api.isRevealing = isRevealing;
  remember("secrets", isRevealing ? "shown" : "hidden");
  showSecrets();
  readings.forget();
  values.forget();
  if (!isRevealing) hideNow();
  reader.again();
  session.start(session.q);
  marks.load();
  compare(navigation.place);
  actions.say(isRevealing ? "Secrets are shown." : "Secrets are hidden: tokens, cookies, passwords, as far as names tell.");
}

/** What is shown with secrets goes before the server has sent it without, and even if it never does. */
function hideNow() {
  const summary = browsing.summaryOf(navigation.place.id);
  shown = null;
  detail.explain("");
  if (summary) detail.show({ ...summary, query_string: "" });
  attention.name = "";
  session.hideQueries();
  marks.pinned.keep(({ query_string }) => !query_string);
}

function showSecrets() {
  const button = find("#secrets");
  button.ariaPressed = String(!api.isRevealing);
  button.title = `${api.isRevealing ? "Secrets are shown: hide them" : "Secrets are hidden: show them"} (s)`;
  document.body.dataset.secrets = api.isRevealing ? "shown" : "hidden";
}

/** To the exchange that came last by a time that is asked for; on a phone its row is shown. */
async function goToTime() {
  const moment = await find("time-dialog").ask();
  if (moment === null) return;
  if (!navigation.place.isPinned) await session.reachTime(moment);
  const summary = browsing.summaryOf(browsing.view.model.lastBy(moment));
  if (!summary) return actions.say("There is nothing in the list.");
  const isThere = Date.parse(summary.started_at) <= moment;
  actions.say(`${clock(summary.started_at).slice(0, 8)}: ${isThere ? "the last one that had come by then." : "nothing older is here."}`);
  if (isWide()) browsing.browse(summary.id);
  list.reveal(summary.id);
}

/** @param {string} id */
function unfold(id) {
  browsing.view.toggleFold(id);
  list.changed();
}

/** What the commands of `keys.js` do here, given their key; the others are methods of `actions`. @type {Record<string, (key: string) => void>} */
const DEEDS = {
  next: () => browsing.step(1),
  previous: () => browsing.step(-1),
  "pick-next": () => browsing.pickStep(1),
  "pick-previous": () => browsing.pickStep(-1),
  newest: () => browsing.browse(browsing.view.end("newest")),
  oldest: async () => {
    await session.reachTime(-Infinity);
    browsing.browse(browsing.view.end("oldest"));
  },
  time: goToTime,
  read: () => (navigation.place.id === null ? browsing.browse(browsing.view.end("newest")) : detail.focusPanel()),
  back,
  tab: (key) => navigation.place.id !== null && navigation.go({ tab: detail.tabAt(Number(key) || 10) ?? TABS[0], other: null }, true),
  search: () => searchBox.focusField(),
  keep: () => {
    const { q } = navigation.place;
    if (!q) return actions.say("Search for something first.");
    actions.say(searches.toggle(q) ? "Kept: it stands below the search box." : "Forgotten.");
    showTerms();
  },
  everything: () => navigation.go({ q: "", isPinned: false }),
  pause: () => browsing.pause(!browsing.isPaused),
  follow: () => browsing.follow(!browsing.isFollowing),
  pinned: () => navigation.go({ isPinned: !navigation.place.isPinned, q: "" }),
  uncompare: () => navigation.go({ other: null }),
  "compare-previous": () => actions.comparePrevious(),
  resend: () => resending.again(),
  "edit-send": () => resending.edit(),
  "send-to": () => resending.elsewhere(),
  "curl-secrets": () => actions["curl-secrets"](),
  secrets: () => reveal(!api.isRevealing),
  fold: () => arranging.set({ isFolded: !arranging.isFolded }),
  unfold: () => navigation.place.id !== null && browsing.view.foldOf(navigation.place.id) && unfold(navigation.place.id),
  try: () => api.try().catch(actions.complain),
  settings: () => find("view-settings").open(arranging),
  palette: () => find("command-palette").open(session.exchanges.rows, navigation.place.id !== null, hosts ?? resends.addresses),
  help: () => find("help-sheet").open(),
};

/** @param {string} action a command of `keys.js`, `tab NAME`, `go ID` or `visit PATH` @param {string} key the one that asked for it */
function perform(action, key = "") {
  const [verb, rest] = action.split(" ");
  if (rest && verb === "tab") navigation.go({ tab: rest, other: null }, true);
  else if (rest && verb === "go") browsing.browse(rest);
  else if (rest && verb === "visit") location.assign(root + rest);
  else if (rest && verb === "send") resending.to(rest);
  else if (rest && verb === "copy") actions.copyCode(rest);
  else if (rest && (verb === "theme" || verb === "density")) arranging.set({ [verb]: rest });
  else if (action in DEEDS) DEEDS[action](key);
  else /** @type {any} */ (actions)[action]();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const origin = /** @type {HTMLElement} */ (event.target);
  const key = keyOf(event);
  if (key === null || find("dialog[open]")) return;
  const target = origin.closest("dialog") ? document.body : origin; // one that was just closed may still have the focus
  const isAdding = event.shiftKey && list.contains(target);
  const action = actionFor((isAdding && { ArrowDown: "J", ArrowUp: "K" }[key]) || key, {
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
  find("connection-state").show(isPaused && isLive ? "paused" : connection, found.waiting, isLive ? 0 : retryAt);
  find("pick-bar").show(browsing.picked.size);
  workspace.toggleAttribute("data-cut-off", connection === "offline" || connection === "reconnecting");
  const { foot } = browsing;
  setText(find("#foot span"), foot);
  setText(find("#searching-text"), foot);
  const { progress, isLoading } = session;
  const bar = find("#foot progress");
  bar.hidden = !progress || !isLoading;
  if (progress) bar.value = progress.done / progress.total;
}

function eachSecond() {
  find("traffic-meter").series = rates.series(Date.now() / 1000);
  if (!document.hidden) list.paintAges();
  if (retryAt) showState();
}

learnWords(words);
learnFields(words.fields);
learnValues(values.of.bind(values));
api.isRevealing = remembered("secrets", document.body.dataset.profile === "local" ? "shown" : "hidden") === "shown";
showSecrets();
list.addressOf = (/** @type {string} */ id) => navigation.addressOf({ id, other: null });
list.marksOf = (/** @type {string} */ id) => ({
  isPinned: marks.isPinned(id),
  isMarked: id === comparison.marked || id === navigation.place.other,
  isGone: !session.isKept(id) && !marks.isPinned(id),
  isLeft: session.exchanges.row(id)?.isLeft ?? false,
  sent: resends.wordsOf(id),
  note: marks.noteOf(id),
});
searchBox.suggest = searches.suggest.bind(searches);
detail.pageOf = (/** @type {string} */ id) => `${base}/exchanges/${encodeURIComponent(id)}`;
find("transfer-dialog").addressOf = api.exportAddress.bind(api);
workspace.hidden = false;
find("#actions").hidden = false;
arranging.apply();
navigation.begin();
marks.load();
setInterval(eachSecond, 1000);
eachSecond();
