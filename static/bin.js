// @ts-check
/**
 * The page on which a bin is told what to answer, and its sender's secret: the only file that knows its parts.
 */
import "./page.js";
import { Api } from "./js/api.js";
import "./js/bin/answer-editor.js";
import "./js/bin/answer-preview.js";
import { isEmpty } from "./js/bin/definition.js";
import "./js/elements/scheme-fields.js";
import { fill, h, setText } from "./js/dom.js";
import { learnWords } from "./js/words.js";

const PREVIEW_MS = 200; // a pause in writing after which the server is asked
const RECENT = 20;

/** @param {string} selector @returns {any} */
const find = (selector) => document.querySelector(selector);
const editor = find("answer-editor");
const preview = find("answer-preview");
const json = find("#json");
const api = new Api(document.body.dataset.base ?? "");
let timer = 0;

learnWords({ status: {}, close: {}, scope: {} });

/** @param {string} text @param {boolean} [isProblem] */
function say(text, isProblem = false) {
  setText(find("#said"), text);
  find("#said").toggleAttribute("data-problem", isProblem);
}

/** @param {() => Promise<void>} deed @param {string} done */
async function attempt(deed, done) {
  try {
    await deed();
    say(done);
  } catch (error) {
    say(/** @type {Error} */ (error).message, true);
  }
}

/** @param {Answers} definition */
function show(definition) {
  editor.definition = definition;
  changed();
}

function changed() {
  json.value = JSON.stringify(editor.definition, null, 2);
  clearTimeout(timer);
  timer = setTimeout(ask, PREVIEW_MS);
}

async function ask() {
  try {
    preview.show(await api.previewAnswers({ answers: editor.definition, ...preview.sample }));
  } catch (error) {
    preview.complain(/** @type {Error} */ (error).message);
  }
}

async function begin() {
  const [bin, definition, { items: presets }, { items: schemes }, { items: requests }] = await Promise.all([
    api.bin(), api.answers(), api.presets(), api.schemes(), api.exchanges({ limit: RECENT }),
  ]);
  fill(find("#preset"), h("option", { value: "" }, "Choose …"), ...presets.map(({ id, title }) => h("option", { value: id }, title)));
  find("#preset").addEventListener("change", () => {
    const preset = presets.find(({ id }) => id === find("#preset").value);
    if (!preset) return;
    fill(find("#about"), `${preset.about} `, preset.needs_secret ? "The secret of the sender is needed: set it below. " : "", preset.reference && h("a", { href: preset.reference, rel: "noreferrer noopener", target: "_blank" }, "Its documents"));
    show(preset.answers);
    say("Taken into the form. It counts when it is saved.");
  });
  find("scheme-fields").show(schemes, bin.signature);
  preview.requests = requests;
  show(definition);
  find("#editing").hidden = false;
}

editor.addEventListener("definition-change", changed);
preview.addEventListener("preview-wanted", changed);
json.addEventListener("change", () => attempt(async () => show(JSON.parse(json.value)), "Taken into the form. It counts when it is saved."));
find("#save").addEventListener("click", () => attempt(async () => {
  const saved = await api.setAnswers(editor.definition);
  show(saved);
}, isEmpty(editor.definition) ? "Saved: the bin echoes." : "Saved. Sequences begin anew."));
find("#echo").addEventListener("click", () => attempt(async () => show(await api.setAnswers({})), "Saved: the bin echoes."));
find("#sign").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  attempt(async () => {
    await api.setSignature(find("scheme-fields").value);
    find("scheme-fields").forget();
    setText(find("#has-secret"), "A secret is set.");
  }, "Saved. The secret is not shown again.");
});
find("#unsign").addEventListener("click", () => attempt(async () => {
  await api.setSignature(null);
  setText(find("#has-secret"), "No secret is set.");
}, "The secret is forgotten."));
attempt(begin, "");
