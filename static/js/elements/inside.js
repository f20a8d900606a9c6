// @ts-check
/**
 * What was seen inside an app that Echoscope stands around: its route and its time, its log, and what middleware changed.
 */
import { h } from "../dom.js";
import { bytesText, countOf, milliseconds, visible } from "../format.js";
import { factList, filterable, section } from "./facts.js";

/** @param {InsideDocument | null | undefined} inside @returns {Child[]} nothing where Echoscope does not stand around an app */
export function insideSections(inside) {
  if (!inside) return [];
  const { route, logs, changes } = inside;
  return [
    section("Inside the app", factList([
      ["Route", route?.template && filterable(h("span", visible(route.template)), "route", route.template)],
      ["Answered by", route?.endpoint && filterable(h("span", visible(route.endpoint)), "route", route.endpoint)],
      ...parameters(route),
      ["Time in it", milliseconds(inside.worked_ms)],
      ["Waiting", `${milliseconds(inside.waited_ms)} for the client`],
    ])),
    logs.length > 0 && section("Log",
      inside.logs_omitted > 0 && h("p.note", `${countOf(inside.logs_omitted, "record")} before these are not kept.`),
      h("ol.log-lines", ...logs.map(logLine))),
    changes && section("Changed on the way", changes.length ? changeTable(changes)
      : h("p.note", "Nothing: the app got what the server gave, and its answer went out as it was.")),
  ];
}

/** @param {InsideDocument["route"]} route @returns {[string, Child][]} */
function parameters(route) {
  return Object.entries(route?.parameters ?? {}).map(([name, value]) => [visible(name), h("bdi", visible(String(value)))]);
}

/** @param {LogRecord} line */
function logLine({ at_ms, level, logger, place, message, error }) {
  return h("li", { "data-log": level.toLowerCase() },
    h("span.at", `+${milliseconds(at_ms)}`), " ", h("b", visible(level)), " ", h("span.note", visible(`${logger}, ${place}`)), " ", h("bdi", visible(message)),
    error && h("details", h("summary", "Traceback"), h("pre", { tabindex: "0" }, error)));
}

/** @param {Change[]} changes */
function changeTable(changes) {
  const titles = ["Where", "Name", "Before", "After"].map((title) => h("th", { scope: "col" }, title));
  return h("div.wide", { tabindex: "0", role: "region", "aria-label": "What was changed on the way" },
    h("table.changes", h("thead", h("tr", ...titles)), h("tbody", ...changes.map(({ where, name, before, after }) =>
      h("tr", h("td", where), h("th", { scope: "row" }, visible(name)), h("td", h("bdi", valueText(before))), h("td", h("bdi", valueText(after))))))));
}

/** @param {any} value of one side of a change */
function valueText(value) {
  if (value === null || value === undefined) return "–";
  return visible(typeof value === "string" || value?.base64 ? bytesText(value) : JSON.stringify(value));
}
