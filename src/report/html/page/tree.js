// The tree that is drawn: the shown samples' stacks, outermost or innermost frame first. A hash table
// of numbers instead of objects, so that 100,000 stacks are merged in a fraction of a second.

const treeKey = () => [filterKey(), state.inverted, state.mine, state.grain, state.apart].join();

class Tree {
  constructor(frames) {
    this.frames = frames;
    this.parent = [-1];
    this.frame = [-1];
    this.total = [0];
    this.slots = new Int32Array(1 << 12).fill(-1);
  }

  slot(parent, frame) {
    const mask = this.slots.length - 1;
    let at = (Math.imul(parent, 0x9e3779b1) ^ Math.imul(frame + 1, 0x85ebca6b)) >>> 0;
    at = (at ^ (at >>> 15)) & mask;
    for (let node; (node = this.slots[at]) >= 0; at = (at + 1) & mask) {
      if (this.parent[node] === parent && this.frame[node] === frame) break;
    }
    return at;
  }

  /** The child of that frame, made where there is none. */
  child(parent, frame) {
    let at = this.slot(parent, frame);
    if (this.slots[at] >= 0) return this.slots[at];
    if (this.parent.length * 2 > this.slots.length) {
      this.grow();
      at = this.slot(parent, frame);
    }
    const node = this.parent.length;
    this.parent.push(parent);
    this.frame.push(frame);
    this.total.push(0);
    return (this.slots[at] = node);
  }

  grow() {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let node = 1; node < this.parent.length; node++) {
      this.slots[this.slot(this.parent[node], this.frame[node])] = node;
    }
  }

  /** Sums up, and lays the children of each node side by side, the largest first. */
  finish() {
    const { parent, total } = this, count = parent.length;
    this.self = Float64Array.from(total);
    for (let node = count - 1; node > 0; node--) total[parent[node]] += total[node];
    const first = (this.first = new Int32Array(count + 1));
    for (let node = 1; node < count; node++) first[parent[node] + 1]++;
    for (let node = 0; node < count; node++) first[node + 1] += first[node];
    const next = first.slice(), children = (this.children = new Int32Array(Math.max(count - 1, 0)));
    for (let node = 1; node < count; node++) children[next[parent[node]]++] = node;
    this.start = new Float64Array(count);
    this.depth = new Int32Array(count);
    for (let node = 0; node < count; node++) this.place(node);
    this.slots = null;
    this.height = this.depth.reduce((most, depth) => Math.max(most, depth), 0) + 1;
    return this;
  }

  place(node) {
    const range = this.children.subarray(this.first[node], this.first[node + 1]);
    if (range.length > 1) range.sort((a, b) => this.total[b] - this.total[a] || this.frame[a] - this.frame[b]);
    let start = this.start[node];
    for (const child of range) {
      this.start[child] = start;
      this.depth[child] = this.depth[node] + 1;
      start += this.total[child];
    }
  }

  childrenOf(node) {
    return this.children.subarray(this.first[node], this.first[node + 1]);
  }

  /** Frames from below the root to the node. */
  pathTo(node) {
    const path = [];
    for (; node > 0; node = this.parent[node]) path.push(this.frame[node]);
    return path.reverse();
  }

  /** The node that the frames lead to, or the last of them that is there. */
  find(path) {
    let node = 0;
    for (const frame of path) {
      const child = this.childrenOf(node).find((child) => this.frame[child] === frame);
      if (child === undefined) break;
      node = child;
    }
    return node;
  }

  /** Samples whose stack has a frame of those, each once. */
  covered(marked) {
    let sum = 0;
    const open = [0];
    while (open.length) {
      const node = open.pop();
      if (node && marked[this.frame[node]]) sum += this.total[node];
      else open.push(...this.childrenOf(node));
    }
    return sum;
  }
}

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
  const made = grain(), labels = Labels(made), tree = new Tree(labels);
  // Neighbours begin alike: only what differs from the stack before is looked up.
  let last = [], nodes = [];
  for (const at of shown().indices) {
    const path = pathOf(labels, made, at);
    let same = 0;
    while (same < path.length && path[same] === last[same]) same++;
    for (let depth = same; depth < path.length; depth++) {
      nodes[depth] = tree.child(depth ? nodes[depth - 1] : 0, path[depth]);
    }
    tree.total[nodes[path.length - 1]] += samples.count[at];
    last = path;
  }
  return tree.finish();
});
