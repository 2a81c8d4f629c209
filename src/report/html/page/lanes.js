// Draws the lanes that are in sight: each thread under its process, and beneath them its memory and its
// garbage collections.

const LANE = { caption: 16, lane: 20, memory: 34, collected: 16, gap: 5 };
/** Narrowest column of a lane, in pixels. */
const COLUMN = 2;
const LANE_PARTS_TOLD = 4;

const lanesStage = byId("lanes"), lanesCanvas = byId("lanes-canvas");
/** What the pointer or the keyboard is at. */
const lanesAt = { row: -1, column: -1, isFocused: false };

const lanesPer = () => slicesIn(Math.floor(lanesStage.clientWidth / COLUMN));
const timeToX = (seconds) => (seconds / WHOLE_TIME) * lanesStage.clientWidth;

/** The rows of the picture from the top: what each shows, its caption, and where it begins and ends. */
const lanesRows = remembered(() => state.hidden, () => {
  const hidden = hiddenThreads(), rows = [];
  const busy = new Float64Array(data.threads.length), all = new Float64Array(data.threads.length);
  moments.thread.forEach((thread, at) => {
    all[thread] += moments.count[at];
    if (moments.busy[at]) busy[thread] += moments.count[at];
  });
  let top = 0;
  const add = (kind, height, caption, more) => {
    rows.push({ kind, top, height: LANE.caption + height, caption, ...more });
    top += LANE.caption + height + LANE.gap;
  };
  for (const { pid, name } of data.processes) {
    const its = data.threads.map((_, thread) => thread);
    const shown = its.filter((thread) => data.threads[thread].pid === pid && all[thread] && !hidden.has(thread));
    if (!shown.length) continue;
    shown.sort((a, b) => busy[b] - busy[a] || a - b);
    if (data.processes.length > 1) add("process", 0, name, { pid });
    for (const thread of shown) {
      add("thread", LANE.lane, `${shareOf(busy[thread], all[thread])} busy · ${data.threads[thread].name}`, { thread, pid });
    }
    const memory = data.memory.find((it) => it.pid === pid && it.points.length > 1);
    if (memory) add("memory", LANE.memory, `RSS, up to ${mebibytes(memory.peak)}`, { pid, memory });
    const collected = collectedIn(pid);
    if (collected.part) {
      add("collected", LANE.collected, `Garbage collection, ${shareOf(collected.part, collected.whole)} of what was busy`, { pid });
    }
  }
  return { rows, height: Math.max(top - LANE.gap, 0) };
});

/** Samples of a process that collected, and all that were busy, in each column or altogether. */
function collectedIn(pid, per = Infinity) {
  const part = [], whole = [];
  moments.thread.forEach((thread, at) => {
    if (data.threads[thread].pid !== pid || !(moments.busy[at] || moments.doing[at] === COLLECTING)) return;
    const column = per === Infinity ? 0 : Math.floor(moments.slice[at] / per);
    whole[column] = (whole[column] ?? 0) + moments.count[at];
    if (moments.doing[at] === COLLECTING) part[column] = (part[column] ?? 0) + moments.count[at];
  });
  return per === Infinity ? { part: part[0] ?? 0, whole: whole[0] ?? 0 } : { part, whole };
}
const collectedColumns = remembered((pid, per) => `${pid} ${per}`, collectedIn);

function drawLanes() {
  const { rows, height } = lanesRows(), ratio = devicePixelRatio || 1;
  byId("lanes-picture").style.height = `${height}px`;
  const width = lanesStage.clientWidth, shown = Math.min(lanesStage.clientHeight, height);
  lanesCanvas.style.width = `${width}px`;
  lanesCanvas.style.height = `${shown}px`;
  if (lanesCanvas.width !== Math.round(width * ratio)) lanesCanvas.width = Math.round(width * ratio);
  if (lanesCanvas.height !== Math.round(shown * ratio)) lanesCanvas.height = Math.round(shown * ratio);
  const context = lanesCanvas.getContext("2d"), scrolled = lanesStage.scrollTop;
  context.setTransform(ratio, 0, 0, ratio, 0, -scrolled * ratio);
  context.clearRect(0, scrolled, width, shown);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "middle";
  const per = lanesPer();
  rows.forEach((row, at) => {
    if (row.top + row.height < scrolled || row.top > scrolled + shown) return;
    context.fillStyle = row.kind === "process" ? palette.ink : palette.faint;
    context.fillText(fit(context, row.caption, width), 0, row.top + LANE.caption / 2);
    if (row.kind === "thread") drawThread(context, row, per);
    if (row.kind === "memory") drawMemory(context, row);
    if (row.kind === "collected") drawCollected(context, row, per);
    if (at === lanesAt.row && lanesAt.column >= 0 && row.kind !== "process") drawCursor(context, row, per);
  });
}

/** From where to where a column goes, in whole pixels of the screen. */
function columnEdges(column, per) {
  const ratio = devicePixelRatio || 1, length = per * moments.seconds;
  const edge = (column) => Math.round(timeToX(Math.min(column * length, WHOLE_TIME)) * ratio) / ratio;
  return [edge(column), edge(column + 1)];
}

function drawThread(context, row, per) {
  const top = row.top + LANE.caption;
  columnsOf(per)[row.thread].forEach(({ total, parts }, column) => {
    const [left, right] = columnEdges(column, per);
    // What ran stands at the foot of the lane.
    let foot = top + LANE.lane;
    for (const part of parts) {
      const height = (part.count / total) * LANE.lane;
      foot -= height;
      context.fillStyle = fillOf(context, part);
      context.fillRect(left, foot, right - left, height);
    }
  });
}

function fillOf(context, { does, node, place, color }) {
  if (does === RUNS) return colorOfMoment(node, place, color);
  if (does === COLLECTING) return palette.collects;
  return does === WAITS ? stripes(context) : palette.waits;
}

/** What waits for the lock is idle, but not of its own will. */
const stripes = remembered(() => palette.waits + palette.faint, (context) => {
  const tile = el("canvas", { width: 6, height: 6 }), drawing = tile.getContext("2d");
  drawing.fillStyle = palette.waits;
  drawing.fillRect(0, 0, 6, 6);
  drawing.strokeStyle = palette.faint;
  drawing.lineWidth = 1.5;
  for (const from of [-6, 0, 6]) {
    drawing.moveTo(from, 6);
    drawing.lineTo(from + 6, 0);
  }
  drawing.stroke();
  return context.createPattern(tile, "repeat");
});

function drawMemory(context, { top, memory: { peak, points } }) {
  const foot = top + LANE.caption + LANE.memory, most = Math.max(peak, ...points.map(([, bytes]) => bytes), 1);
  const line = new Path2D();
  points.forEach(([at, bytes], index) => {
    const x = Math.min(timeToX(at), lanesStage.clientWidth), y = foot - (bytes / most) * (LANE.memory - 2);
    index ? line.lineTo(x, y) : line.moveTo(x, y);
  });
  const area = new Path2D(line), end = timeToX(points[points.length - 1][0]);
  area.lineTo(Math.min(end, lanesStage.clientWidth), foot);
  area.lineTo(timeToX(points[0][0]), foot);
  context.fillStyle = palette.area;
  context.fill(area);
  context.strokeStyle = palette.curve;
  context.lineWidth = 1.5;
  context.stroke(line);
}

function drawCollected(context, { top, pid }, per) {
  const { part, whole } = collectedColumns(pid, per), foot = top + LANE.caption + LANE.collected;
  context.fillStyle = palette.waits;
  context.fillRect(0, foot - 1, lanesStage.clientWidth, 1);
  context.fillStyle = palette.collects;
  part.forEach((samples, column) => {
    const [left, right] = columnEdges(column, per);
    const height = Math.max(1, (samples / whole[column]) * LANE.collected);
    context.fillRect(left, foot - height, Math.max(right - left, 1), height);
  });
}

function drawCursor(context, { top, height }, per) {
  const [left, right] = columnEdges(lanesAt.column, per);
  context.strokeStyle = lanesAt.isFocused ? palette.focus : palette.ink;
  context.lineWidth = 2;
  context.strokeRect(left - 1, top + LANE.caption, Math.max(right - left, 1) + 2, height - LANE.caption);
}
