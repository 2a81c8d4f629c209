// The flame graph of both: functions, and at the end of a stack its expression. A stack is as wide as it
// is after, or, where it is gone, as it was before (or the other way round, where what became faster is
// looked for); red takes longer than before and blue less.

const STRENGTHS = 8;
/** Percent of the way to grey at which the least change is. */
const PALEST = 70;

const treeKey = () => [state.inverted, state.before].join();

/** The paths of the tree, each from the outermost frame to the leaf. */
const paths = (() => {
  const { depth, place } = data.tree, path = [], ends = new Map(data.stacks.node.map((node, at) => [node, at]));
  const all = [];
  depth.forEach((level, node) => {
    path.length = level;
    path.push(place[node]);
    if (ends.has(node)) all[ends.get(node)] = path.slice();
  });
  return all;
})();

const tree = remembered(treeKey, () => {
  const drawn = new Stacks(paths.length), both = data.stacks.before.map((before, at) => amounts(before, data.stacks.after[at]));
  const [first, second] = state.before ? [BEFORE, AFTER] : [AFTER, BEFORE];
  paths.forEach((path, at) => drawn.add(state.inverted ? path.toReversed() : path, both[at][first] || both[at][second]));
  const made = new Tree({ count: ROWS + 1, label }, drawn);
  const column = (side) => {
    const sums = new Float64Array(made.size);
    both.forEach((amounts, at) => (sums[made.end[at]] += amounts[side]));
    return made.summed(sums);
  };
  made.sides = [column(BEFORE), column(AFTER)];
  return made;
});

const largest = Array.from({ length: ROWS }, (_, row) => row)
  .reduce((most, row) => (rows.changed[row] ? Math.max(most, Math.abs(changeOf(row))) : most), Number.MIN_VALUE);

/** From pale to full, as the part of the largest change grows. */
function shades(mixed) {
  const all = (name) => Array.from({ length: STRENGTHS }, (_, at) => mixed(name, "neutral", PALEST * (1 - at / (STRENGTHS - 1))));
  return { slower: all("slower"), faster: all("faster") };
}

function colorOf(drawn, node) {
  const row = drawn.frame[node];
  if (scene.found) return scene.found[row] ? palette.found : palette.neutral;
  if (node === 0 || !rows.changed[row] || (scene.lit && !scene.lit[row])) {
    return scene.lit?.[row] ? palette.found : palette.neutral;
  }
  const size = changeOf(row), strength = Math.round(Math.sqrt(Math.abs(size) / largest) * (STRENGTHS - 1));
  return palette[size > 0 ? "slower" : "faster"][strength];
}

const litKey = () => state.row;

/** The row that was chosen. */
function litFrames() {
  if (state.row < 0) return null;
  const lit = new Uint8Array(ROWS + 1);
  lit[state.row] = 1;
  return lit;
}

const sidesOf = (drawn, node) => drawn.sides.map((column) => column[node]);
const named = (drawn) => told(sidesOf(drawn, 0));
const matched = (drawn, found) => told(drawn.sides.map((column) => drawn.covered(found, column)));
const rootLabel = (drawn) => ({ name: `all (${named(drawn)})`, text: "", at: "" });

/** `dedupe (etl.py:10) · 8.0 s before, 0.20 s after · −7.8 s (−98 %)` */
function described(node) {
  const drawn = tree(), row = drawn.frame[node], here = sidesOf(drawn, node);
  if (!node) return `all · ${told(here)}`;
  if (row === ELIDED) return `${data.elided} · ${told(here)}`;
  const whole = amountsOf(row), verdict = rows.changed[row] ? change(whole) : `within noise (±${distance(rows.noise[row])})`;
  const isPart = here.some((value, side) => Math.abs(value - whole[side]) > data.sample[side] / 2);
  const parts = isPart ? [`here ${told(here)}`, `in all ${told(whole)}`] : [told(whole)];
  return [label(row).whole, ...parts, verdict].join(" · ");
}

const remark = (node) => (!node && state.row >= 0 ? ` · lit: ${label(state.row).whole}` : "");
const leadsTo = () => ({});

const width = () => `as wide as ${state.before ? "before" : "after"}`;
const legend = [["slower", "more time"], ["faster", "less time"], ["neutral", "within noise"]];

const renderGraph = remembered(() => [treeKey(), state.flame, Boolean(state.search)].join(), () => {
  const buttons = [...byId("filters").querySelectorAll("button")], focused = buttons.indexOf(document.activeElement);
  byId("filters").replaceChildren(group("Shape",
    toggle("as wide as before", state.before, () => redraw({ before: !state.before }), "For what takes hardly any time now"), ...turns()));
  byId("filters").querySelectorAll("button")[focused]?.focus();
  byId("chosen").textContent = [width(), ...(state.inverted ? ["callers"] : [])].join(" · ");
  const entries = state.search ? [["found", "matched"], ["neutral", "not matched"]] : legend;
  byId("legend").replaceChildren(
    ...entries.map(([color, text]) => el("li", {}, el("i", { class: `key ${color}` }), text)),
    el("li", {}, `${width()}; ${state.before ? "what is new, as it is after" : "what is gone, as it was before"}`));
});

function setUpGraph() {
  renderers.push(renderGraph);
}
