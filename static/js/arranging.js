// @ts-check
/**
 * How the list looks: its columns, their order, what it is sorted by, whether rows of a kind are folded, theme and
 * density. Chosen once and remembered. Event: `change`.
 */
import { comparing, known, USUAL } from "./columns.js";
import { remember, remembered } from "./memory.js";

export const THEMES = { system: "As the system", light: "Light", dark: "Dark" };
export const DENSITIES = { dense: "Dense", usual: "Usual", roomy: "Roomy" };

export class Arranging extends EventTarget {
  columns = known(remembered("columns", USUAL));
  theme = remembered("theme", "system");
  density = remembered("density", "usual");
  isFolded = remembered("folded", false);
  /** @type {{name: string, isDescending: boolean} | null} */
  sort = null;

  /** @param {import("./list-view.js").ListView[]} views */
  constructor(views) {
    super();
    this.views = views;
    const [name = "", direction = ""] = remembered("sort", /** @type {string[]} */ ([]));
    if (this.columns.includes(name)) this.sort = { name, isDescending: direction === "descending" };
  }

  /** Largest first, then smallest first, then as it came. @param {string} name of a column */
  sortBy(name) {
    if (this.sort?.name !== name) this.sort = { name, isDescending: true };
    else this.sort = this.sort.isDescending ? { name, isDescending: false } : null;
    this.set({});
  }

  /** @param {Partial<Pick<Arranging, "columns" | "theme" | "density" | "isFolded">>} change */
  set(change) {
    Object.assign(this, change);
    this.columns = known(this.columns);
    remember("columns", this.columns);
    remember("theme", this.theme);
    remember("density", this.density);
    remember("folded", this.isFolded);
    remember("sort", this.sort ? [this.sort.name, this.sort.isDescending ? "descending" : "ascending"] : []);
    this.apply();
  }

  apply() {
    const { dataset } = document.documentElement;
    dataset.theme = this.theme in THEMES ? this.theme : "system";
    dataset.density = this.density in DENSITIES ? this.density : "usual";
    const compare = this.sort && comparing(this.sort.name, this.sort.isDescending);
    for (const view of this.views) view.arrange({ compare, isFolded: this.isFolded });
    this.dispatchEvent(new CustomEvent("change"));
  }
}
