// The shown samples' stacks, outermost or innermost frame first.

const treeKey = () => [filterKey(), state.inverted, state.mine, state.grain, state.apart].join();

/** What is drawn that is no place in code: threads, processes, tasks, and code that is left out. */
function Labels(made) {
  const own = [];
  const add = (text) => own.push({ name: text, text: "", at: "", whole: text }) + made.count - 1;
  const one = (texts) => texts.map(add);
  return {
    others: add("(not your code)"),
    process: new Map(data.processes.map((it) => [it.pid, add(it.name)])),
    thread: one(data.threads.map((it) => it.name)),
    task: one(data.tasks),
    none: add("(in no task)"),
    count: made.count + own.length,
    label: (frame) => (frame < made.count ? label(made, frame) : own[frame - made.count]),
    placeOf: (frame) => (frame < made.count ? made.place[frame] : -1),
  };
}

/** The frames above a stack, for who keeps threads, processes or tasks apart. */
function above(labels, at) {
  const thread = samples.thread[at], task = samples.task[at];
  const process = labels.process.get(data.threads[thread].pid);
  const several = data.processes.length > 1 ? [process] : [];
  switch (state.apart) {
    case "process": return [process];
    case "thread": return [...several, labels.thread[thread]];
    case "task": return [task < 0 ? labels.none : labels.task[task]];
    default: return [];
  }
}

/** The stack of a sample as it is drawn. */
function pathOf(labels, made, at) {
  const path = [];
  for (let node = samples.node[at]; node >= 0; node = stacks.parent[node]) {
    const place = stacks.place[node];
    if (!state.mine || originOf(place) === OWN) path.push(made.key[place]);
  }
  if (!path.length) path.push(labels.others);
  if (!state.inverted) path.reverse();
  return state.apart === "nothing" ? path : above(labels, at).concat(path);
}

const tree = remembered(treeKey, () => {
  const made = grain(), { indices } = shown(), stacks = new Stacks(indices.length);
  const labels = Labels(made);
  for (const at of indices) stacks.add(pathOf(labels, made, at), samples.count[at]);
  return new Tree(labels, stacks);
});
