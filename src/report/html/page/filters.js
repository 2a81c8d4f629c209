// What of the profile is drawn, and how. Only what the profile holds can be chosen.

const STATES = [
  ["idle", "waiting too", "threads that wait or sleep", (is) => !(is & BUSY)],
  ["gil", "holds the GIL", "only what held the interpreter's lock", (is) => is & HOLDS_GIL],
  ["waits", "waits for the GIL", "only what waited for the interpreter's lock", (is) => is & WAITS_FOR_GIL],
  ["gc", "collects garbage", "only what was collecting garbage", (is) => is & COLLECTS],
  ["raises", "handles exceptions", "only what raised an exception or handled one", (is) => is & RAISES],
];

/** Samples of the whole profile by a question to their state. */
function samplesThat(asks) {
  let sum = 0;
  for (let at = 0; at < samples.node.length; at++) if (asks(samples.state[at], at)) sum += samples.count[at];
  return sum;
}

const there = STATES.filter((it) => samplesThat(it[3]) > 0);
/** What some sample is, and what was asked for though none is: that has to be taken back. */
const available = () => STATES.filter((it) => there.includes(it) || (it[0] !== "idle" && state[it[0]]));
const inTasks = samplesThat((_, at) => samples.task[at] >= 0);

/** Samples that the view shows once that is chosen too; of those that wait, how many more they are. */
function countWith(key) {
  const isHidden = hiddenThreads();
  const showing = (choices) => {
    const isWanted = isOfKind({ ...state, ...choices });
    return samplesThat((_, at) => !isHidden.has(samples.thread[at]) && isWanted(at));
  };
  return showing({ [key]: true }) - (key === "idle" ? showing({ idle: false }) : 0);
}

function switches() {
  const button = (key, text, title) =>
    toggle(`${text} ${thousands(countWith(key))}`, state[key], () => redraw({ [key]: !state[key] }), title);
  const buttons = available().map(([key, text, title]) => button(key, text, title));
  if (inTasks || state.task) buttons.push(button("task", "in asyncio tasks"));
  return buttons;
}

function selection(title, key, options) {
  const select = el("select", { onchange: (event) => redraw({ [key]: event.target.value }) });
  for (const [value, text] of options) select.append(el("option", { value, selected: state[key] === value }, text));
  return el("label", {}, `${title} `, select);
}

function shape() {
  return [
    ...turns(),
    toggle("my code only", state.mine, () => redraw({ mine: !state.mine }), "The rest is counted to the line of yours that called it"),
    selection("Frames:", "grain", [["expression", "expressions"], ["line", "lines"], ["function", "functions"]]),
    selection("Apart:", "apart", [["nothing", "nothing"],
      ...(data.processes.length > 1 ? [["process", "processes"]] : []),
      ["thread", "threads"], ...(inTasks || state.apart === "task" ? [["task", "tasks"]] : [])]),
  ];
}

/** Samples by thread of the kind that the view shows, hidden threads included. */
function countsOfThreads() {
  const counts = new Float64Array(data.threads.length), isWanted = isOfKind();
  for (let at = 0; at < samples.node.length; at++) if (isWanted(at)) counts[samples.thread[at]] += samples.count[at];
  return { counts, whole: counts.reduce((sum, count) => sum + count, 0) };
}

/** Threads under their processes; a process is shown when any of its threads is. */
function threads() {
  const hidden = hiddenThreads(), { counts, whole } = countsOfThreads();
  const hide = (which, isHidden) => {
    for (const thread of which) isHidden ? hidden.add(thread) : hidden.delete(thread);
    redraw({ hidden: [...hidden].sort((a, b) => a - b).join(".") });
  };
  const box = (text, which) => el("label", {}, el("input", {
    type: "checkbox",
    checked: which.some((thread) => !hidden.has(thread)),
    onchange: (event) => hide(which, !event.target.checked),
  }), el("b", {}, shareOf(which.reduce((sum, thread) => sum + counts[thread], 0), whole)), el("span", { title: text }, text));
  const named = (thread) => data.threads[thread].name;
  return data.processes.map(({ pid, name }) => {
    const its = data.threads.map((_, thread) => thread).filter((thread) => data.threads[thread].pid === pid);
    its.sort((a, b) => counts[b] - counts[a]);
    const several = data.processes.length > 1;
    if (several && its.length === 1) return box(`${name}, ${named(its[0])}`, its);
    const rows = el("div", { class: "rows", role: "group", "aria-label": name }, ...its.map((thread) => box(named(thread), [thread])));
    return several ? el("div", {}, box(name, its), rows) : rows;
  });
}

const filtersKey = () => [treeKey(), state.flame].join();
const renderFilters = remembered(filtersKey, () => {
  const controls = () => [...byId("options").querySelectorAll(":is(button, select, input)")];
  const focused = controls().indexOf(document.activeElement);
  byId("filters").replaceChildren(group("Shape", ...shape()), group("States", ...switches()));
  if (!shown().total) byId("options").open = true;
  const hidden = hiddenThreads().size, all = data.threads.length;
  byId("threads").hidden = all < 2;
  byId("threads").firstChild.textContent = `${all - hidden} of ${all} threads in ${data.processes.length === 1 ? "a process" : `${data.processes.length} processes`}`;
  byId("threads").lastChild.replaceChildren(...threads());
  controls()[focused]?.focus();
  byId("chosen").textContent = summary();
});

/** `busy · by expression · icicle` */
function summary() {
  const only = available().filter(([key]) => key !== "idle" && state[key]).map(([, text]) => text);
  const hidden = hiddenThreads().size;
  return [
    state.idle ? "busy and waiting" : "busy",
    ...(isAllBusy() && data.quality.busy_part !== null ? [`${percent(data.quality.busy_part)} of the run`] : []),
    ...only,
    ...(state.task ? ["in asyncio tasks"] : []),
    `by ${state.grain}`,
    ...(state.mine ? ["my code only"] : []),
    ...(state.inverted ? ["callers"] : []),
    ...(state.apart === "nothing" ? [] : [`by ${state.apart}`]),
    ...(hidden ? [`${hidden} of ${data.threads.length} threads hidden`] : []),
  ].join(" · ");
}

/** Colours with the share of the shown samples that ends there. */
const renderLegend = remembered(() => `${filterKey()} ${state.finding} ${state.search}`, () => {
  const { self } = heat("function"), parts = new Float64Array(ORIGINS.length);
  self.forEach((count, key) => (parts[originOf(grain("function").place[key])] += count));
  const entry = (color, text) => el("li", {}, el("i", { class: `key ${color}` }), text);
  const { total } = shown();
  const entries = data.origins.map((name, at) => entry(ORIGINS[at], total ? `${name} ${shareOf(parts[at], total)}` : name));
  if (state.search) entries.unshift(entry("found", "matched"));
  else if (state.finding >= 0) entries.unshift(entry("advised", `finding ${state.finding + 1}`));
  byId("legend").replaceChildren(...entries);
});

function setUpFilters() {
  byId("options").append(el("details", { id: "threads", hidden: true }, el("summary"), el("div")));
  renderers.push(renderFilters, renderLegend);
}
