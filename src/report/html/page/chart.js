// Resident memory over time, and what ran while it grew.

const SVG = "http://www.w3.org/2000/svg";
const CHART = { width: 600, height: 120 };
/** Processes that are drawn, those with the most memory. */
const CHARTS = 4;

const mebibytes = (bytes) => `${thousands(bytes / 2 ** 20)} MiB`;

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function memoryChart({ pid, peak, points, growth }) {
  const last = Math.max(data.quality.seconds, points[points.length - 1][0], 1e-3);
  const top = Math.max(peak, ...points.map(([, bytes]) => bytes), 1);
  const corners = points.map(([at, bytes]) => `${((at / last) * CHART.width).toFixed(1)} ${(CHART.height - (bytes / top) * (CHART.height - 8)).toFixed(1)}`);
  const line = `M${corners.join("L")}`;
  const first = points[0][1], end = points[points.length - 1][1];
  const told = `RSS ${mebibytes(first)} at first, ${mebibytes(end)} at the end, ${mebibytes(peak)} at most`;
  const drawing = svg("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, preserveAspectRatio: "none", role: "img", "aria-label": told },
    svg("path", { class: "area", d: `${line}L${corners[corners.length - 1].split(" ")[0]} ${CHART.height}L${corners[0].split(" ")[0]} ${CHART.height}Z` }),
    svg("path", { class: "curve", d: line, "vector-effect": "non-scaling-stroke" }));
  return el("figure", {},
    el("figcaption", {}, data.memory.length > 1 ? `process ${pid}: ${told}` : told),
    drawing,
    el("p", { class: "axis" }, el("span", {}, "0 s"), el("span", {}, `${last.toFixed(1)} s`)),
    growth.length ? el("ul", {}, ...growth.map((text) => el("li", {}, text))) : null);
}

function setUpCharts() {
  const drawn = data.memory.filter(({ points }) => points.length > 1).sort((a, b) => b.peak - a.peak);
  byId("memory").hidden = !drawn.length;
  byId("charts").append(...drawn.slice(0, CHARTS).map(memoryChart));
}
