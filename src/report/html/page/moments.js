// What ran when: the samples of each slice of time, and what their stacks stand for in a lane.

const RUNS = 0, WAITS = 1, COLLECTING = 2, IDLE = 3;
/** What a thread did, by what it is drawn as. */
const DOINGS = ["", "waits for the GIL in ", "collects garbage in ", "idle in "];

function doing(is) {
  if (is & COLLECTS) return COLLECTING;
  if (is & WAITS_FOR_GIL && !(is & HOLDS_GIL)) return WAITS;
  return is & BUSY ? RUNS : IDLE;
}

/** Samples that are alike in a slice, in order of time; `null` where no order is known. */
const moments = data.moments && {
  ...Object.fromEntries(["thread", "node", "count"].map((column) => [column, Int32Array.from(data.moments[column])])),
  doing: Uint8Array.from(data.moments.state, doing),
  busy: Uint8Array.from(data.moments.state, (is) => (is & BUSY ? 1 : 0)),
  slice: new Int32Array(data.moments.after.length),
  seconds: data.moments.slice,
  slices: 0,
};
if (moments) {
  let slice = 0;
  data.moments.after.forEach((after, at) => (moments.slice[at] = slice += after));
  moments.slices = slice + 1;
}

/** Seconds that the lanes show. */
const WHOLE_TIME = moments ? Math.max(Math.min(data.quality.seconds || Infinity, moments.slices * moments.seconds), moments.seconds) : 0;

/** Of a stack's node the innermost place that was seen, and the innermost of the program's own code. */
const innermost = new Int32Array(stacks.place.length), innermostOwn = new Int32Array(stacks.place.length);
stacks.place.forEach((place, node) => {
  const parent = stacks.parent[node];
  const isSeen = place !== ELIDED && data.frames.files[functions.file[places.function[place]]] !== "" || parent < 0;
  innermost[node] = isSeen ? place : innermost[parent];
  innermostOwn[node] = isSeen && originOf(place) === OWN ? place : parent < 0 ? -1 : innermostOwn[parent];
});

/** The place that a moment's time is put down to; -1 when it is not told. */
function placeOfMoment(at) {
  const node = moments.node[at];
  if (node < 0) return -1;
  return innermostOwn[node] >= 0 ? innermostOwn[node] : innermost[node];
}

/** Nodes whose stacks have one of the places. */
function stacksWith(isWanted) {
  const has = new Uint8Array(stacks.place.length);
  stacks.place.forEach((place, node) => {
    const parent = stacks.parent[node];
    has[node] = isWanted(place) || (parent >= 0 && has[parent]) ? 1 : 0;
  });
  return has;
}

/** What stands out in the lanes as it does in the flame graph: what is searched for, or the finding. */
const marked = remembered(
  () => [state.finding, state.search, state.regex, treeKey()].join("\n"),
  () => {
    const found = searched()?.found, { key } = grain();
    if (found) return { found: stacksWith((place) => found[key[place]]) };
    const finding = data.findings[state.finding];
    if (!finding) return {};
    const lit = new Set(finding.places.map((place) => key[place]));
    return { lit: stacksWith((place) => lit.has(key[place])) };
  },
);

function colorOfMoment(node, place, color) {
  const { found, lit } = marked();
  if (found) return node >= 0 && found[node] ? palette.found : palette.neutral;
  if (node >= 0 && lit?.[node]) return palette.advised;
  if (place < 0) return palette.neutral;
  return palette.origins[color][shadeOf(functions.name[places.function[place]])];
}

/** Slices that are told as one, so that none is narrower than so many of them fit. */
const slicesIn = (columns) => Math.max(1, Math.ceil(moments.slices / Math.max(1, columns)));

/**
 * What a thread did, column by column: of each the parts by state, function and whose code ran, what ran
 * before what waited, and of both the most of the lane first.
 */
const columnsOf = remembered(
  (per) => String(per),
  (per) => {
    const lanes = data.threads.map(() => []), weights = data.threads.map(() => new Map());
    for (let at = 0; at < moments.slice.length; at++) {
      const thread = moments.thread[at], node = moments.node[at], count = moments.count[at];
      const place = placeOfMoment(at), color = node < 0 ? OWN : originOf(innermost[node]);
      const does = moments.doing[at];
      const key = `${does} ${place < 0 ? -1 : places.function[place]} ${color}`;
      const column = (lanes[thread][Math.floor(moments.slice[at] / per)] ??= { total: 0, parts: new Map() });
      const part = column.parts.get(key);
      column.total += count;
      if (part) {
        part.count += count;
        if (count > part.most) Object.assign(part, { most: count, node, place });
      } else column.parts.set(key, { key, does, color, node, place, count, most: count });
      weights[thread].set(key, (weights[thread].get(key) ?? 0) + count);
    }
    lanes.forEach((lane, thread) => lane.forEach((column) => {
      const weight = (part) => weights[thread].get(part.key);
      column.parts = [...column.parts.values()].sort((a, b) => a.does - b.does || weight(b) - weight(a));
    }));
    return lanes;
  },
);

/** `dedupe (orders.py:10)`, and what it had called where that is not the program's own. */
function partName({ does, node, place }) {
  const known = grain("line");
  const name = (place) => {
    const { name, at } = label(known, known.key[place]);
    return at ? `${name} (${at})` : name;
  };
  const inner = node < 0 ? place : innermost[node];
  const called = places.function[inner] === places.function[place] ? "" : `, inside ${name(inner)}`;
  return DOINGS[does] + (place < 0 ? "rare stacks" : name(place) + called);
}

/** When a column begins, or the one before it ends: `12.34`, as exact as columns are long. */
function secondsAt(column, per) {
  const length = per * moments.seconds;
  const digits = length < 0.01 ? 4 : length < 0.1 ? 2 : length < 10 ? 1 : 0;
  return Math.min(column * length, WHOLE_TIME).toFixed(digits);
}

/** `12.30-12.38 s` */
const spanOf = (column, per) => `${secondsAt(column, per)}-${secondsAt(column + 1, per)} s`;
