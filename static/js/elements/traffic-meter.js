// @ts-check
/**
 * Rate and duration of the last minute as two small lines, with the figures of the moment. Data comes by
 * `series`, once a second.
 */
import { h, setText, svg } from "../dom.js";
import { milliseconds } from "../format.js";
import { latest, linePath } from "../rates.js";

const BOX = { width: 96, height: 22 };

export class TrafficMeter extends HTMLElement {
  #rate = svg("path", { class: "rate" });
  #latency = svg("path", { class: "latency" });
  #perSecond = h("b");
  #median = h("b");

  connectedCallback() {
    const size = { width: String(BOX.width), height: String(BOX.height), "aria-hidden": "true" };
    this.title = "The last minute: requests per second (filled) and their median duration (line)";
    this.append(svg("svg", size, this.#rate, this.#latency), h("span.figures", this.#perSecond, h("span", " /s"), this.#median));
  }

  /** @param {Second[]} series */
  set series(series) {
    this.#rate.setAttribute("d", `${linePath(series.map((second) => second.count), BOX)}V${BOX.height}H0Z`);
    this.#latency.setAttribute("d", linePath(series.map((second) => second.median), BOX));
    const { perSecond, median } = latest(series);
    setText(this.#perSecond, perSecond < 10 && perSecond > 0 ? perSecond.toFixed(1) : String(Math.round(perSecond)));
    setText(this.#median, median === null ? "" : milliseconds(median));
  }
}

customElements.define("traffic-meter", TrafficMeter);
