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
  connectedCallback() {
    this.rate = svg("path", { class: "rate" });
    this.latency = svg("path", { class: "latency" });
    const size = { width: String(BOX.width), height: String(BOX.height), viewBox: `0 0 ${BOX.width} ${BOX.height}` };
    this.perSecond = h("b", {});
    this.median = h("b", {});
    this.append(
      svg("svg", { ...size, "aria-hidden": "true" }, this.rate, this.latency),
      h("span", { class: "figures" }, this.perSecond, h("span", { class: "rate-unit" }, " /s"), this.median),
    );
    this.title = "The last minute: requests per second (filled) and their median duration (line)";
  }

  /** @param {import("../rates.js").Second[]} series */
  set series(series) {
    if (!this.rate || !this.latency || !this.perSecond || !this.median) return;
    const rateLine = linePath(series.map((second) => second.count), BOX);
    this.rate.setAttribute("d", `${rateLine}V${BOX.height}H0Z`);
    this.latency.setAttribute("d", linePath(series.map((second) => second.median), BOX));
    const { perSecond, median } = latest(series);
    setText(this.perSecond, perSecond < 10 && perSecond > 0 ? perSecond.toFixed(1) : String(Math.round(perSecond)));
    setText(this.median, median === null ? "" : milliseconds(median));
  }
}

customElements.define("traffic-meter", TrafficMeter);
