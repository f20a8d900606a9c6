// @ts-check
/**
 * What pages for reading do beyond reading: the theme that was chosen in the inspector, copy buttons, a filter over a
 * long list, and the JSON of the echo as the browser shows JSON. Each works without the others, the page without all.
 */
import "./js/elements/copy-button.js";
import { remembered } from "./js/memory.js";

document.documentElement.dataset.theme = remembered("theme", "system");

const json = document.querySelector("#echo-json");
document.querySelector("a[href='#json']")?.addEventListener("click", (event) => {
  event.preventDefault();
  location.assign(URL.createObjectURL(new Blob([json?.textContent ?? ""], { type: "application/json" })));
});

const filter = /** @type {HTMLInputElement | null} */ (document.querySelector("#filter"));
filter?.closest("p")?.removeAttribute("hidden");
filter?.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase();
  for (const section of document.querySelectorAll("main > section")) {
    const rows = /** @type {HTMLElement[]} */ ([...section.querySelectorAll(".endpoints > li")]);
    for (const row of rows) row.hidden = !(row.textContent ?? "").toLowerCase().includes(wanted);
    section.toggleAttribute("hidden", rows.every((row) => row.hidden));
  }
});
