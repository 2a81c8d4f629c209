// The lanes of time as they are used: by pointer, by keyboard, or read as a table.

/** Spans of the table, of which neighbours that are alike are told as one. */
const PHASES = 20;
const PHASE_ROWS = 200;

/** What there is to say of a row at a column. */
function describedMoment(row, column) {
  if (!row || column < 0) return "";
  const per = lanesPer(), span = spanOf(column, per);
  if (row.kind === "process") return row.caption;
  if (row.kind === "memory") {
    const until = (column + 1) * per * moments.seconds;
    const [at, bytes] = row.memory.points.findLast(([at]) => at <= until) ?? row.memory.points[0];
    return `${at.toFixed(1)} s · RSS ${mebibytes(bytes)}`;
  }
  if (row.kind === "collected") {
    const { part, whole } = collectedColumns(row.pid, per);
    return `${span} · garbage collection ${whole[column] ? shareOf(part[column] ?? 0, whole[column]) : "not seen"}`;
  }
  const seen = columnsOf(per)[row.thread][column];
  if (!seen) return `${span} · ${data.threads[row.thread].name}: not seen`;
  const parts = [...seen.parts].sort((a, b) => b.count - a.count);
  const told = parts.slice(0, LANE_PARTS_TOLD).map((part) => `${partName(part)} ${shareOf(part.count, seen.total)}`);
  const more = parts.length - told.length;
  return `${span} · ${data.threads[row.thread].name}: ${told.join("; ")}${more ? `; ${more} more` : ""}`;
}

/** Shows the line of what a lane shows most at the moment. */
function openMoment() {
  const row = lanesRows().rows[lanesAt.row];
  if (row?.kind !== "thread") return;
  const parts = columnsOf(lanesPer())[row.thread][lanesAt.column]?.parts ?? [];
  const most = parts.reduce((most, part) => (!most || part.count > most.count ? part : most), null);
  if (most && most.place >= 0) choose(sourceOf(most.place), true);
}

const lastColumn = () => Math.ceil(moments.slices / lanesPer()) - 1;

function momentAt(event) {
  const y = event.offsetY + lanesStage.scrollTop, { rows } = lanesRows();
  const row = rows.findIndex((row) => row.top <= y && y < row.top + row.height + LANE.gap);
  const seconds = (event.offsetX / lanesStage.clientWidth) * WHOLE_TIME;
  return { row, column: Math.min(Math.floor(seconds / (lanesPer() * moments.seconds)), lastColumn()) };
}

function hoverMoment(event) {
  const at = momentAt(event), text = describedMoment(lanesRows().rows[at.row], at.column);
  Object.assign(lanesAt, at, { isFocused: false });
  drawLanes();
  const tip = byId("lanes-tip");
  tip.hidden = !text;
  tip.textContent = text;
  const box = lanesStage.getBoundingClientRect();
  const left = Math.min(event.clientX - box.left + 12, box.width - tip.offsetWidth - 4);
  tip.style.left = `${Math.max(left, 0)}px`;
  const below = event.clientY - box.top + 18, isLow = below + tip.offsetHeight > box.height;
  tip.style.top = `${lanesStage.scrollTop + Math.max(isLow ? below - tip.offsetHeight - 28 : below, 0)}px`;
}

function leaveMoment() {
  byId("lanes-tip").hidden = true;
  if (!lanesAt.isFocused) lanesAt.row = lanesAt.column = -1;
  drawLanes();
}

function tellMoment() {
  byId("moment").textContent = describedMoment(lanesRows().rows[lanesAt.row], lanesAt.column);
}

/** Moves along the time and between the rows that have something to tell. */
function moveMoment(event) {
  const { rows } = lanesRows(), step = event.shiftKey ? 10 : 1;
  const wanted = rows.map((_, at) => at).filter((at) => rows[at].kind !== "process");
  let { row, column } = lanesAt;
  const at = wanted.indexOf(row);
  switch (event.key) {
    case "ArrowLeft": column -= step; break;
    case "ArrowRight": column += step; break;
    case "ArrowUp": row = wanted[Math.max(at - 1, 0)]; break;
    case "ArrowDown": row = wanted[Math.min(at + 1, wanted.length - 1)]; break;
    case "Home": column = 0; break;
    case "End": column = lastColumn(); break;
    case "Enter": openMoment(); break;
    default: return;
  }
  event.preventDefault();
  if (at < 0) row = wanted[0] ?? -1;
  Object.assign(lanesAt, { row, column: Math.min(Math.max(column, 0), lastColumn()), isFocused: true });
  const shown = rows[row];
  if (shown && shown.top < lanesStage.scrollTop) lanesStage.scrollTop = shown.top;
  if (shown && shown.top + shown.height > lanesStage.scrollTop + lanesStage.clientHeight) {
    lanesStage.scrollTop = shown.top + shown.height - lanesStage.clientHeight;
  }
  drawLanes();
  tellMoment();
}

/** What each thread mostly did, one row for as long as that stays the same. */
function phases() {
  const per = slicesIn(PHASES), all = [];
  for (const { kind, thread } of lanesRows().rows) {
    if (kind !== "thread") continue;
    columnsOf(per)[thread].forEach(({ total, parts }, column) => {
      const most = parts.reduce((most, part) => (part.count > most.count ? part : most));
      const last = all[all.length - 1];
      const isSame = last?.thread === thread && last.key === most.key && last.to === column;
      if (isSame) Object.assign(last, { to: column + 1, count: last.count + most.count, total: last.total + total });
      else all.push({ thread, key: most.key, part: most, from: column, to: column + 1, count: most.count, total });
    });
  }
  return { per, all };
}

const renderPhases = remembered(() => `${state.hidden} ${byId("phases").open}`, () => {
  if (!byId("phases").open) return;
  const { per, all } = phases();
  const time = (column) => `${secondsAt(column, per)} s`;
  const rows = all.slice(0, PHASE_ROWS).map(({ thread, part, from, to, count, total }) => el("tr", {},
    el("td", {}, data.threads[thread].name),
    el("td", { class: "figure" }, time(from)),
    el("td", { class: "figure" }, time(to)),
    el("td", {}, partName(part)),
    el("td", { class: "figure" }, shareOf(count, total))));
  const head = [["thread"], ["from", "figure"], ["to", "figure"], ["mostly"], ["share", "figure"]]
    .map(([text, name]) => el("th", { scope: "col", class: name ?? null }, text));
  const left = all.length - rows.length;
  byId("phases").lastElementChild.replaceChildren(
    el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
    left > 0 ? el("p", {}, `${thousands(left)} rows more: choose fewer threads.`) : "");
});

function lanesLegend() {
  const { found, lit } = marked(), seen = new Set(moments.doing);
  const entry = (color, text) => el("li", {}, el("i", { class: `key ${color}` }), text);
  return [
    ...(found ? [entry("found", "matched")] : lit ? [entry("advised", `finding ${state.finding + 1}`)] : []),
    ...ORIGINS.map((name, at) => entry(name, data.origins[at])),
    ...[[COLLECTING, "collecting", "collects garbage"], [WAITS, "waiting", "waits for the GIL"], [IDLE, "idle", "idle"]]
      .filter(([does]) => seen.has(does)).map(([, color, text]) => entry(color, text)),
  ];
}

function renderTime() {
  const { rows } = lanesRows();
  if (lanesAt.row >= rows.length) lanesAt.row = lanesAt.column = -1;
  const lanes = rows.filter(({ kind }) => kind === "thread").length;
  const name = `What ran when in ${lanes === 1 ? "one thread" : `${lanes} threads`}, 0 to ${WHOLE_TIME.toFixed(1)} s`;
  lanesCanvas.setAttribute("aria-label", name);
  byId("lanes-legend").replaceChildren(...lanesLegend());
  drawLanes();
  renderPhases();
}

function setUpTime() {
  byId("time-view").hidden = !moments;
  byId("time-about").textContent = moments
    ? `What ran when, in slices of ${data.moments.told}; within one, nothing is known of the order. A moment leads to its line in the source; the flame graph is always that of the whole recording.`
    : "This recording does not tell what ran when: it was made by another tool or an earlier version, or merged with one that was.";
  if (!moments) return;
  byId("lanes-axis").append(...[0, 1, 2, 3, 4].map((part) => el("span", {}, `${((WHOLE_TIME * part) / 4).toFixed(WHOLE_TIME < 4 ? 2 : 1)} s`)));
  lanesCanvas.addEventListener("mousemove", hoverMoment);
  lanesCanvas.addEventListener("mouseleave", leaveMoment);
  lanesCanvas.addEventListener("click", (event) => {
    Object.assign(lanesAt, momentAt(event));
    tellMoment();
    openMoment();
  });
  lanesCanvas.addEventListener("keydown", moveMoment);
  lanesStage.addEventListener("scroll", drawLanes);
  byId("phases").addEventListener("toggle", renderPhases);
  new ResizeObserver(() => requestAnimationFrame(drawLanes)).observe(lanesStage);
  renderers.push(renderTime);
}
