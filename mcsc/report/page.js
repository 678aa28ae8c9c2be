// Draws the diagram, S(q), a snapshot and curves of one point into SVG; no request leaves the page.
const D = JSON.parse(document.getElementById("data").textContent);
const X = D.along, T = D.temperature, n = X.values.length, m = T.values.length;
const KINDS = ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#0072B2"];
const unpacked = new Map();
let now = 0, at = { i: 0, j: 0 };

const BOX = [62, 12, 700, 400];
const mx = scale([X.edges[0], X.edges[n]], [BOX[0], BOX[2]]), my = scale([T.edges[0], T.edges[m]], [BOX[3], BOX[1]]);
let marker, cells;

function drawMap() {
  const s = D.slices[now], map = by("map"), line = s.lines.T_charge || [];
  map.replaceChildren(svg("title", {}, null, "Phase diagram"));
  const hatch = svg("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, svg("defs", {}, map));
  svg("rect", { width: 6, height: 6, fill: "#fff", "fill-opacity": .55 }, hatch);
  svg("path", { d: "M0 0v6", stroke: "#666", "stroke-width": .9 }, hatch);
  cells = svg("g", { "shape-rendering": "crispEdges" }, map);
  const veils = [], tint = s.charge_order_share || s.charge_order;
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) {
    const box = { x: mx(X.edges[i]), y: my(T.edges[j + 1]), width: mx(X.edges[i + 1]) - mx(X.edges[i]), height: my(T.edges[j]) - my(T.edges[j + 1]) };
    const value = tint ? tint[i][j] : null;
    svg("rect", { ...box, fill: shade(value), "data-i": i, "data-j": j }, cells);
    if (value !== null && !s.converged[i][j]) veils.push(box);
  }
  const over = svg("g", { "pointer-events": "none" }, map);
  for (const rows of s.regions) {
    const pad = [[T.edges[0], ...rows[0].slice(1)], ...rows];
    svg("path", { d: "M" + [...pad.map((r) => `${mx(r[1])} ${my(r[0])}`), ...pad.slice().reverse().map((r) => `${mx(r[2])} ${my(r[0])}`)].join("L") + "Z", fill: "#FBE3C0", "fill-opacity": .75 }, over);
    for (const r of rows) svg("path", { d: `M${mx(r[1])} ${my(r[0])}H${mx(r[2])}`, stroke: "#E69F00", "stroke-width": .7 }, over);
    for (const k of [1, 2]) svg("path", { d: "M" + pad.map((r) => `${mx(r[k])} ${my(r[0])}`).join("L"), stroke: "#D55E00", "stroke-width": 1.5, fill: "none" }, over);
  }
  for (const box of veils) svg("rect", { ...box, fill: "url(#hatch)" }, over);
  for (const [i, kind] of s.joined) svg("path", {
    d: `M${mx(X.values[i])} ${my(line[i].t)}L${mx(X.values[i + 1])} ${my(line[i + 1].t)}`, stroke: "#000", "stroke-width": 2,
    "stroke-dasharray": kind === "first_order" ? "6 3" : kind === "crossover" ? "1 3" : "none" }, over);
  transitions(over, line, "#000", "circle", s.shown);
  transitions(over, s.lines.T_collective || [], "#CC79A7", "square");
  const taken = [];
  for (const p of s.phases) {
    const t = line[p.i] && line[p.i].t !== null ? line[p.i].t : p.top, words = [p.name || "", `q = ${wave(p.wave)}`].filter(Boolean);
    const x = Math.max(BOX[0] + 46, Math.min(BOX[2] - 46, mx(p.x)));
    let y = Math.max(BOX[1] + 16, my(t) - 12 - 13 * (words.length - 1));
    while (taken.some(([a, b]) => Math.abs(a - x) < 88 && Math.abs(b - y) < 13 * words.length) && y > BOX[1] + 14) y -= 8;
    taken.push([x, y]);
    words.forEach((w, k) => svg("text", { x, y: y + 13 * k, "text-anchor": "middle", stroke: "#fff", "stroke-width": 3, "paint-order": "stroke" }, over, w));
  }
  marker = svg("rect", { fill: "none", stroke: "#D55E00", "stroke-width": 2.5 }, over);
  frame(map, BOX, mx, my, X.label + (X.unit ? ` (${X.unit})` : ""), "temperature" + (T.unit ? ` (${T.unit})` : " (reduced)"));
}
function transitions(parent, line, colour, shape, shown = null) {
  line.forEach((p, i) => {
    // where the crystal separates it is no boundary
    if (p.t !== null && shown && !shown[i]) return;
    const x = mx(X.values[i]);
    if (p.t === null) {
      if (p.onset) svg("circle", { cx: x, cy: my(p.onset), r: 2, fill: "#444" }, parent);
      return;
    }
    const bar = (e, w) => svg("path", { d: `M${x} ${my(p.t - e)}V${my(p.t + e)}M${x - w} ${my(p.t - e)}h${2 * w}M${x - w} ${my(p.t + e)}h${2 * w}`, stroke: colour, "stroke-width": 1.2 }, parent);
    if (p.error) bar(p.error, 3);
    if (p.size) bar(Math.hypot(p.size, p.error || 0), 5);
    const look = { fill: p.enough === false ? "#fff" : colour, stroke: colour, "stroke-width": 1.2 };
    if (shape === "circle") svg("circle", { cx: x, cy: my(p.t), r: 3.6, ...look }, parent);
    else svg("rect", { x: x - 3.2, y: my(p.t) - 3.2, width: 6.4, height: 6.4, ...look }, parent);
  });
}
function words(i, j) {
  const s = D.slices[now], said = [`${X.name} ${short(X.values[i], 6)}${unit(X.unit)}, T = ${short(T.values[j])}${unit(T.unit)}`];
  for (const [name, line] of Object.entries(s.lines)) {
    const p = line[i];
    if (p.t !== null) {
      said.push(`${name} = ${short(p.t)} ± ${short(p.error, 2)}${p.size === null ? "" : ` ± ${short(p.size, 2)}`}${unit(T.unit)} (${p.size === null ? "statistics; of size: not known, one size" : "statistics, size"})`);
      said.push(`${p.kind === "undecided" ? "continuous or of first order: undecided" : p.kind}, by ${p.method}${p.wave ? `, q = ${wave(p.wave)}` : ""}${p.enough ? "" : "; not equilibrated there"}`);
      if (p.free) said.push(`free carriers: ${short(p.free)}${unit(T.unit)}`);
    } else said.push(`no ${name}${p.bound !== null ? `: below ${short(p.bound)}${unit(T.unit)}, or none` : ""}${p.onset ? `; order without a transition, half of it at ${short(p.onset)}${unit(T.unit)}` : ""}`);
  }
  const inside = s.regions.some((rows) => rows.some((r) => Math.abs(r[0] - T.values[j]) < 1e-6 * T.values[j] && r[1] < X.values[i] && X.values[i] < r[2]));
  const share = s.charge_order_share ? s.charge_order_share[i][j] : null;
  const phase = s.phases.find((p) => p.i === i);
  said.push("phase: " + (inside ? "two phases coexist" : share === null ? "not known" : share < .5 ? "disordered, or order below one half" : phase && phase.name ? phase.name : `ordered at q = ${wave(s.waves && s.waves[i])}`)
    + (share === null ? "" : `; order ${short(share, 3)} of perfect`));
  said.push((s.converged[i][j] ? "equilibrated" : "NOT EQUILIBRATED") + (s.tau[i][j] !== null ? `; autocorrelation ${short(s.tau[i][j], 3)} sweeps` : ""));
  return said.join("\n");
}

async function numbers(packed, Kind) {
  if (!unpacked.has(packed)) {
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    unpacked.set(packed, new Kind(await new Response(stream).arrayBuffer()));
  }
  return unpacked.get(packed);
}
async function factor(i, j) {
  const f = D.slices[now].factor;
  if (!f) return null;
  const codes = await numbers(f.packed, Uint16Array), k = f.shape[2], first = (i * m + j) * k;
  return Array.from({ length: k }, (_, q) => codes[first + q] ? 10 ** (f.low + (codes[first + q] - 1) * f.step) : null);
}
function empty(target, text) {
  target.replaceChildren();
  svg("text", { x: 170, y: 150, "text-anchor": "middle", class: "soft" }, target, text);
}
async function drawFactor() {
  const target = by("factor"), W = D.waves, stored = await factor(at.i, at.j);
  if (!W || !stored) { empty(target, "not on this page"); return; }
  const plane = W.planes[+by("plane").value || 0];
  const values = plane.stored.map((ks) => { const v = ks.map((k) => stored[k]).filter((u) => u !== null); return v.length ? v.reduce((a, b) => a + b, 0) : null; });
  const known = values.filter((v) => v !== null && v > 0);
  if (!known.length) { empty(target, "not run"); return; }
  const reach = Math.max(...plane.at.flat().map(Math.abs), ...W.zone.flat().map(Math.abs)) * 1.06;
  const x = scale([-reach, reach], [20, 320]), y = scale([-reach, reach], [315, 15]);
  const high = Math.max(...known), low = Math.max(Math.min(...known), high * 1e-4);
  target.replaceChildren();
  svg("title", {}, target, "Structure factor");
  svg("path", { d: "M" + W.zone.map(([a, b]) => `${x(a)} ${y(b)}`).join("L") + "Z", fill: "#f4f6f8", stroke: "#444", "stroke-width": 1.2 }, target);
  const spacing = 300 / Math.sqrt(plane.at.length) / 2;
  plane.at.forEach(([a, b], k) => {
    if (values[k] === null) return;
    const share = high > low ? Math.max(0, Math.log(values[k] / low) / Math.log(high / low)) : 1;
    const dot = svg("circle", { cx: x(a), cy: y(b), r: (.12 + .88 * share) * Math.min(8, spacing), fill: share > .999 ? "#D55E00" : "#0072B2", "fill-opacity": .25 + .75 * share }, target);
    svg("title", {}, dot, `q = (${plane.hk[k].map(fraction).join(", ")}), S = ${short(values[k], 3)}`);
  });
  const used = [];
  for (const [name, orbit] of Object.entries(W.points)) {
    for (const [a, b] of orbit) svg("circle", { cx: x(a), cy: y(b), r: 1.6, fill: "#000" }, target);
    let [a, b] = orbit.reduce((p, q) => q[0] + .4 * q[1] > p[0] + .4 * p[1] ? q : p), dx = x(a) + 9, dy = y(b) - 6;
    while (used.some(([u, v]) => Math.hypot(u - dx, v - dy) < 14)) dy += 14;
    used.push([dx, dy]);
    svg("text", { x: dx, y: dy, "text-anchor": "middle", stroke: "#fff", "stroke-width": 3, "paint-order": "stroke" }, target, name);
  }
  by("factor-words").textContent = `S(q), dots sized by its logarithm from ${short(low, 2)} to ${short(high, 3)}; the largest in vermilion; outline: first Brillouin zone. ${plane.label}.${W.kept < W.of ? ` Of ${W.of} wavevectors this page holds the ${W.kept} with the largest S(q).` : ""}`;
}
async function drawWells() {
  const target = by("wells"), s = D.slices[now];
  if (!s.state) { empty(target, "not on this page"); return; }
  const states = await numbers(s.state.packed, Int8Array), size = D.sizes[sizeIndex()], layer = +by("layer").value || 0;
  const first = (at.i * m + at.j) * s.state.shape[2], B = size.kinds.length, kinds = [...new Set(size.kinds)];
  if (states[first] < -1) { empty(target, "not run"); return; }
  target.replaceChildren();
  svg("title", {}, target, "Snapshot");
  const corners = [[0, 0], size.sides[0], size.sides[0].map((v, k) => v + size.sides[1][k]), size.sides[1]];
  const inLayer = size.cells[0] * size.cells[1], count = size.centres.length, part = count < inLayer;
  const all = [...part ? [] : corners, ...size.centres.flat()], lo = [0, 1].map((k) => Math.min(...all.map((p) => p[k]))), hi = [0, 1].map((k) => Math.max(...all.map((p) => p[k])));
  const f = Math.min(310 / (hi[0] - lo[0]), 290 / (hi[1] - lo[1])), x = (v) => 15 + (v - lo[0]) * f, y = (v) => 15 + (hi[1] - v) * f;
  let shown = 0;
  const near = size.near * f, dot = Math.max(Math.min(1.5, .45 * near), .24 * near);
  const filled = svg("g", {}, null);
  size.centres.forEach((bases, c) => bases.forEach(([a, b], k) => {
    const state = states[first + c * B + k];
    if (size.layer[c] !== layer) return;
    const colour = KINDS[kinds.indexOf(size.kinds[k]) % KINDS.length], cage = size.cages[k];
    if (cage.length) svg("path", { d: "M" + cage.map(([u, v]) => `${x(a + u)} ${y(b + v)}`).join("L") + "Z", fill: colour, "fill-opacity": .3, stroke: "#999", "stroke-width": .5 }, target);
    else svg("circle", { cx: x(a), cy: y(b), r: Math.min(2.4, .3 * near), fill: "#fff", stroke: colour }, target);
    if (state < 0) return;
    shown++;
    const [u, v] = size.moved[k][state];
    svg("circle", { cx: x(a + u), cy: y(b + v), r: dot, fill: "#1a1a1a" }, filled);
    if (u || v) svg("path", { d: `M${x(a)} ${y(b)}L${x(a + u)} ${y(b + v)}`, stroke: "#fff", "stroke-width": 1.2 }, filled);
  }));
  target.appendChild(filled);
  if (!part) svg("path", { d: "M" + corners.map(([a, b]) => `${x(a)} ${y(b)}`).join("L") + "Z", fill: "none", stroke: "#000", "stroke-dasharray": "6 3" }, target);
  const held = part ? `this page holds ${count} of ${inLayer} cells of one layer` : size.layers < size.cells[2] ? `this page holds one layer of ${size.cells[2]}` : "dashed: supercell";
  by("wells-words").textContent = `Last snapshot: ${shown} carriers ${part ? "here" : "in this layer"}, ${s.state.carriers[at.i][at.j]} in the supercell. Wells by kind: ${kinds.join(", ")}; carriers black; ${held}.`;
}
function drawCurves() {
  const s = D.slices[now], holder = by("curves");
  holder.replaceChildren();
  for (const [name, about] of Object.entries(D.curves)) {
    const values = s[name][at.i], errors = s[name + "_stderr"] ? s[name + "_stderr"][at.i] : null;
    const known = values.map((v, j) => j).filter((j) => values[j] !== null);
    const figure = document.createElement("figure"), head = document.createElement("h3"), target = svg("svg", { viewBox: "0 0 340 230", role: "img" });
    head.textContent = name.replaceAll("_", " ");
    figure.append(head, target);
    holder.append(figure);
    if (!known.length) { target.setAttribute("aria-label", "not run"); empty(target, "not run"); continue; }
    const e = (j) => (errors && errors[j]) || 0, low = Math.min(...known.map((j) => values[j] - e(j))), high = Math.max(...known.map((j) => values[j] + e(j)));
    const pad = (high - low || Math.abs(high) || 1) * .06, box = [60, 8, 330, 180];
    const x = scale([T.edges[0], T.edges[m]], [box[0], box[2]]), y = scale([low - pad, high + pad], [box[3], box[1]]);
    const p = s.lines.T_charge && s.lines.T_charge[at.i];
    if (p && p.t !== null) svg("rect", { x: x(p.t - (p.error || 0)) - .5, y: box[1], width: x(p.t + (p.error || 0)) - x(p.t - (p.error || 0)) + 1, height: box[3] - box[1], fill: "#D55E00", "fill-opacity": .35 }, target);
    svg("path", { d: "M" + known.map((j) => `${x(T.values[j])} ${y(values[j])}`).join("L"), stroke: "#0072B2", fill: "none", "stroke-width": 1.4 }, target);
    for (const j of known) {
      svg("path", { d: `M${x(T.values[j])} ${y(values[j] - e(j))}V${y(values[j] + e(j))}`, stroke: "#0072B2" }, target);
      const dot = svg("circle", { cx: x(T.values[j]), cy: y(values[j]), r: j === at.j ? 4.5 : 2.6, fill: s.converged[at.i][j] ? "#0072B2" : "#fff", stroke: j === at.j ? "#D55E00" : "#0072B2", "stroke-width": j === at.j ? 2 : 1 }, target);
      svg("title", {}, dot, `T = ${short(T.values[j])}${unit(T.unit)}: ${number(values[j], errors && errors[j])}`);
    }
    frame(target, box, x, y, "T" + (T.unit ? ` (${T.unit})` : ""), about.unit);
    target.setAttribute("aria-label", `${about.label} over temperature at ${X.name} ${short(X.values[at.i])}: from ${number(values[known[0]], errors && errors[known[0]])} at ${short(T.values[known[0]])} to ${number(values[known.at(-1)], errors && errors[known.at(-1)])} at ${short(T.values[known.at(-1)])}${unit(T.unit)}`);
  }
}
function sizeIndex() {
  const k = D.axes.findIndex((a) => a.name === "size");
  return k < 0 ? 0 : D.places[now][k];
}
function choose(i, j) {
  at = { i, j };
  const box = { x: mx(X.edges[i]), y: my(T.edges[j + 1]), width: mx(X.edges[i + 1]) - mx(X.edges[i]), height: my(T.edges[j]) - my(T.edges[j + 1]) };
  for (const [key, value] of Object.entries(box)) marker.setAttribute(key, value);
  by("said").textContent = words(i, j);
  drawCurves();
  return Promise.all([drawFactor(), drawWells()]);
}
function layers() {
  const count = D.sizes[sizeIndex()].layers;
  by("layer").replaceChildren(...Array.from({ length: count }, (_, k) => new Option(`layer ${k + 1} of ${count}`, k)));
  by("layer").hidden = count < 2;
}
function first() {
  const line = D.slices[now].lines.T_charge || [], s = D.slices[now];
  let i = 0;
  line.forEach((p, k) => { if (p.t !== null && (line[i].t === null || p.t > line[i].t)) i = k; });
  const below = T.values.findIndex((t, j) => s.converged[i][j] && (line[i] === undefined || line[i].t === null || t < line[i].t));
  return [i, Math.max(0, below)];
}
function show() {
  const wanted = D.axes.map((_, k) => +by(`axis-${k}`).value);
  const found = D.places.findIndex((p) => p.every((v, k) => v === wanted[k]));
  if (found < 0) { by("said").textContent = "not on this page"; return; }
  now = found;
  layers();
  drawMap();
  choose(at.i, at.j);
}

D.axes.forEach((axis, k) => {
  const label = document.createElement("label"), select = document.createElement("select");
  select.id = `axis-${k}`;
  select.append(...axis.values.map((v, i) => new Option(v, i)));
  select.value = axis.name === "size" ? axis.values.length - 1 : 0;
  select.addEventListener("change", show);
  label.append(axis.name + " ", select);
  by("axes").append(label);
});
if (D.waves) by("plane").append(...D.waves.planes.map((p, k) => new Option(p.label, k, false, k === D.waves.first)));
by("plane").hidden = !D.waves || D.waves.planes.length < 2;
by("plane").addEventListener("change", drawFactor);
by("layer").addEventListener("change", drawWells);
const map = by("map"), tip = by("tip");
map.addEventListener("pointermove", (event) => {
  const where = event.target.dataset;
  tip.hidden = !where || where.i === undefined;
  if (tip.hidden) return;
  tip.textContent = words(+where.i, +where.j);
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - 345)}px`;
  tip.style.top = `${event.clientY + 16 + 150 > innerHeight ? event.clientY - 160 : event.clientY + 16}px`;
});
map.addEventListener("pointerleave", () => { tip.hidden = true; });
map.addEventListener("click", (event) => {
  const where = event.target.dataset;
  if (where && where.i !== undefined) choose(+where.i, +where.j);
});
map.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], Home: [-n, 0], End: [n, 0], PageUp: [0, m], PageDown: [0, -m] };
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const kept = (v, count) => Math.max(0, Math.min(count - 1, v));
  choose(kept(at.i + step[0], n), kept(at.j + step[1], m));
});
at = { i: 0, j: 0 };
{
  const wanted = D.axes.map((_, k) => +by(`axis-${k}`).value);
  now = Math.max(0, D.places.findIndex((p) => p.every((v, k) => v === wanted[k])));
  layers();
  drawMap();
  choose(...first()).then(() => { document.documentElement.dataset.drawn = "yes"; });
}
