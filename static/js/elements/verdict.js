// @ts-check
/**
 * Whether an exchange is signed with a secret that the server knows, and why not.
 */
import { h, linkAway } from "../dom.js";
import { visible } from "../format.js";

/** @type {Record<string, string>} */
const WORDS = { valid: "valid", invalid: "not valid", missing: "not signed", undecided: "cannot be decided" };

/** @param {Verdict} signature */
export function verdict({ status, title, detail, advice, reference, mistake }) {
  return h("div.verdict", { "data-verdict": mistake === "time" ? "stale" : status, role: "status" },
    h("p", h("b", `${title}: ${WORDS[status]}`)),
    h("p", visible(detail), advice && ` ${visible(advice)}`, " ", reference.startsWith("https://") && linkAway(reference, new URL(reference).host)));
}
