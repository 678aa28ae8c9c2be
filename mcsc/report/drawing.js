"use strict";
// What every picture of the page is drawn with: SVG, numbers in words, axes and shades.
const NS = "http://www.w3.org/2000/svg", by = (id) => document.getElementById(id);

function svg(name, attributes = {}, parent = null, text = null) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  if (parent) parent.appendChild(made);
  return made;
}
const short = (v, digits = 4) => v === null || v === undefined ? "–" : String(+v.toPrecision(digits)).replace("-", "−");
const unit = (u) => u ? " " + u : "";
const fraction = (v) => {
  for (let d = 1; d <= 24; d++) if (Math.abs(v * d - Math.round(v * d)) < 1e-4)
    return (d === 1 ? `${Math.round(v)}` : `${Math.round(v * d)}/${d}`).replace("-", "−");
  return short(v, 3);
};
const wave = (q) => q && q.every((v) => v !== null) ? `(${q.map(fraction).join(", ")})` : "–";
const number = (v, e) => v === null ? "–" : e === null || e === undefined ? short(v) : `${short(v)} ± ${short(e, 2)}`;

function ticks(low, high, most = 6) {
  const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((s) => s * power >= raw), found = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) found.push(+v.toPrecision(9));
  return found;
}
function frame(parent, box, x, y, xlabel, ylabel) {
  const [left, top, right, bottom] = box;
  svg("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "none", stroke: "#444" }, parent);
  for (const v of ticks(...x.domain)) {
    svg("path", { d: `M${x(v)} ${bottom}v4`, stroke: "#444" }, parent);
    svg("text", { x: x(v), y: bottom + 16, "text-anchor": "middle" }, parent, short(v, 6));
  }
  for (const v of ticks(...y.domain, 5)) {
    svg("path", { d: `M${left} ${y(v)}h-4`, stroke: "#444" }, parent);
    svg("text", { x: left - 7, y: y(v) + 4, "text-anchor": "end" }, parent, short(v, 6));
  }
  svg("text", { x: (left + right) / 2, y: bottom + 34, "text-anchor": "middle" }, parent, xlabel);
  svg("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(${left - 46} ${(top + bottom) / 2}) rotate(-90)` }, parent, ylabel);
}
function scale(domain, range) {
  const f = (v) => range[0] + (v - domain[0]) / (domain[1] - domain[0] || 1) * (range[1] - range[0]);
  f.domain = domain;
  return f;
}
// white to blue, monotonic in grey
function shade(v) {
  if (v === null || v === undefined) return "#d1d1d1";
  const w = Math.max(0, Math.min(1, v)), mix = (a, b) => Math.round(a + w * (b - a));
  return `rgb(${mix(247, 44)},${mix(251, 110)},${mix(255, 175)})`;
}
