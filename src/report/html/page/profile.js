// The samples: which of them the view shows, what their frames are called, and where they are hot.

const { functions, places } = data.frames;
const PLACES = places.line.length;
const ELIDED = PLACES - 1;
const OWN = 0;

/** The tree of all stacks: of each node its place, and its parent or -1. */
const stacks = { place: Int32Array.from(data.tree.place), parent: new Int32Array(data.tree.place.length) };
{
  const above = [];
  data.tree.depth.forEach((depth, node) => {
    stacks.parent[node] = depth ? above[depth - 1] : -1;
    above[depth] = node;
  });
}

const samples = { count: Float64Array.from(data.samples.count) };
for (const column of ["node", "thread", "task", "state"]) samples[column] = Int32Array.from(data.samples[column]);

const ON_CPU = 1, HOLDS_GIL = 2, WAITS_FOR_GIL = 4, COLLECTS = 8, RAISES = 16;
const BUSY = ON_CPU | HOLDS_GIL;

/** Expressions by their place, where the source is known. */
const texts = new Map();
for (const source of data.sources) {
  const { marks, lines } = source;
  marks.place.forEach((place, at) => {
    if (texts.has(place) || marks.from[at] === marks.to[at]) return;
    const more = places.end[place] > places.line[place] ? " …" : "";
    texts.set(place, lines[marks.line[at] - 1].slice(marks.from[at], marks.to[at]) + more);
  });
}

/** Threads that are not shown. */
function hiddenThreads() {
  return new Set(state.hidden.split(".").filter(Boolean).map(Number));
}

const filterKey = () => [state.idle, state.gil, state.waits, state.gc, state.raises, state.task, state.hidden].join();

/** Whether samples are of the kind that the view shows, of whatever thread they are. */
function isOfKind(choices = state) {
  const wanted = (choices.gil ? HOLDS_GIL : 0) | (choices.waits ? WAITS_FOR_GIL : 0)
    | (choices.gc ? COLLECTS : 0) | (choices.raises ? RAISES : 0);
  const idle = choices.idle || choices.waits;
  return (at) => {
    const is = samples.state[at];
    return (is & wanted) === wanted && (idle || is & BUSY) && !(choices.task && samples.task[at] < 0);
  };
}

/** The samples that are shown, by their index, and how many there are. */
const shown = remembered(filterKey, () => {
  const hidden = hiddenThreads(), isWanted = isOfKind();
  const indices = [];
  let total = 0;
  for (let at = 0; at < samples.node.length; at++) {
    if (hidden.has(samples.thread[at]) || !isWanted(at)) continue;
    indices.push(at);
    total += samples.count[at];
  }
  return { indices, total };
});

/** What frames are told apart by: `key` by place; of each key its label, place and origin. */
const grains = {};
function grain(name = state.grain) {
  if (grains[name]) return grains[name];
  const keys = new Map();
  const made = { name, key: new Int32Array(PLACES), place: [], labels: [], count: 0 };
  for (let place = 0; place < PLACES; place++) {
    const code = places.function[place];
    const apart = name === "function" ? code : name === "line" ? code * 2 ** 24 + places.line[place] : place;
    if (!keys.has(apart)) {
      keys.set(apart, made.count++);
      made.place.push(place);
    }
    made.key[place] = keys.get(apart);
  }
  return (grains[name] = made);
}

const originOf = (place) => data.frames.origins[functions.file[places.function[place]]];

/** What a frame is called: its function, its expression, and where it stands. */
function label(made, key) {
  return (made.labels[key] ??= makeLabel(made.name, made.place[key]));
}

function makeLabel(grain, place) {
  const code = places.function[place];
  const name = functions.name[code], file = data.frames.files[functions.file[code]];
  const line = grain === "function" ? functions.line[code] : places.line[place];
  let at = line ? `${file}:${line}` : file;
  if (grain === "expression" && places.from[place]) {
    const end = places.end[place] > line ? `${places.end[place]}:` : "";
    at += `:${places.from[place]}-${end}${places.to[place]}`;
  }
  const text = grain === "expression" ? texts.get(place) ?? "" : "";
  return { name, text, at, whole: `${name}${text && `: ${text}`}${at && ` (${at})`}` };
}

/** Samples at the leaf and anywhere on the stack, each once, by what frames are told apart by. */
const heatKey = (name) => `${name} ${filterKey()}`;
const heats = Object.fromEntries(GRAINS.map((name) => [name, remembered(heatKey, heatOf)]));
const heat = (name = state.grain) => heats[name](name);

function heatOf(name) {
  const { key, count } = grain(name);
  const self = new Float64Array(count), total = new Float64Array(count);
  const seen = new Int32Array(count).fill(-1);
  for (const at of shown().indices) {
    const leaf = samples.node[at], weight = samples.count[at];
    self[key[stacks.place[leaf]]] += weight;
    for (let node = leaf; node >= 0; node = stacks.parent[node]) {
      const frame = key[stacks.place[node]];
      if (seen[frame] !== at) total[frame] += weight;
      seen[frame] = at;
    }
  }
  return { self, total };
}

/** A part of the samples; of too few, the bare numbers. */
function shareOf(part, whole) {
  if (whole < data.quality.few) return `${thousands(part)} of ${thousands(whole)}`;
  return percent(part / whole);
}

/** Whether all that was busy is shown, and nothing else. */
const isAllBusy = () => !(state.idle || state.gil || state.waits || state.gc || state.raises || state.task || state.hidden);

/** What the shares of this view are of. Those of findings are of the run, of which a program that waits is
    busy for a part only. */
function basis() {
  if (!isAllBusy()) return `shares of ${samplesOf(shown().total)}`;
  const { busy_part: part } = data.quality;
  return `shares of ${thousands(shown().total)} busy samples${part === null ? "" : `, ${percent(part)} of the run`}`;
}

const samplesOf = (count) => `${thousands(count)} ${count === 1 ? "sample" : "samples"}`;
