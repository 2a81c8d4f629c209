// Stacks, and the tree of them that is drawn. They are sorted, so that those which begin alike are
// neighbours and each adds what it has beyond the one before: in columns of numbers instead of objects,
// for 100,000 stacks in a fraction of a second. A page makes its own, which `tree` remembers for as long
// as `treeKey` stays the same.

/** Stacks as they are drawn, one behind the other in one column. */
class Stacks {
  constructor(count) {
    this.frames = new Int32Array(1 << 16);
    this.start = new Int32Array(count + 1);
    this.weight = new Float64Array(count);
    this.count = 0;
  }

  add(path, weight) {
    const from = this.start[this.count], to = from + path.length;
    if (to > this.frames.length) {
      const larger = new Int32Array(Math.max(this.frames.length * 2, to));
      larger.set(this.frames);
      this.frames = larger;
    }
    this.frames.set(path, from);
    this.weight[this.count++] = weight;
    this.start[this.count] = to;
  }

  /** Frames at which two begin alike. */
  shared(one, other) {
    const { frames, start } = this;
    const a = start[one], b = start[other], most = Math.min(start[one + 1] - a, start[other + 1] - b);
    let same = 0;
    while (same < most && frames[a + same] === frames[b + same]) same++;
    return same;
  }

  length(one) {
    return this.start[one + 1] - this.start[one];
  }

  /** All of them, each after what it goes on from. */
  sorted() {
    const order = Int32Array.from({ length: this.count }, (_, at) => at);
    return order.sort((one, other) => {
      const same = this.shared(one, other);
      if (same === this.length(one) || same === this.length(other)) return this.length(one) - this.length(other);
      return this.frames[this.start[one] + same] - this.frames[this.start[other] + same];
    });
  }
}

class Tree {
  constructor(frames, stacks) {
    this.frames = frames;
    const most = stacks.start[stacks.count] + 1;
    this.parent = new Int32Array(most).fill(-1);
    this.frame = new Int32Array(most).fill(-1);
    this.self = new Float64Array(most);
    /** The node at which each stack ends. */
    this.end = new Int32Array(stacks.count);
    this.size = 1;
    let last = -1;
    const nodes = [0];
    for (const stack of stacks.sorted()) {
      const length = stacks.length(stack), from = stacks.start[stack];
      for (let depth = last < 0 ? 0 : stacks.shared(last, stack); depth < length; depth++) {
        this.parent[this.size] = nodes[depth];
        this.frame[this.size] = stacks.frames[from + depth];
        nodes[depth + 1] = this.size++;
      }
      this.self[nodes[length]] += stacks.weight[stack];
      this.end[stack] = nodes[length];
      last = stack;
    }
    this.finish();
  }

  /** Sums up, and lays the children of each node side by side, the largest first. */
  finish() {
    const { parent, size } = this;
    this.total = this.summed(this.self.slice(0, size));
    const first = (this.first = new Int32Array(size + 1));
    for (let node = 1; node < size; node++) first[parent[node] + 1]++;
    for (let node = 0; node < size; node++) first[node + 1] += first[node];
    const next = first.slice(), children = (this.children = new Int32Array(size - 1));
    for (let node = 1; node < size; node++) children[next[parent[node]]++] = node;
    this.start = new Float64Array(size);
    this.depth = new Int32Array(size);
    for (let node = 0; node < size; node++) this.place(node);
  }

  /** Adds what each node has of its own to all above it. */
  summed(column) {
    // A parent comes before its children.
    for (let node = this.size - 1; node > 0; node--) column[this.parent[node]] += column[node];
    return column;
  }

  place(node) {
    const { first, children, total, start, depth } = this, from = first[node], to = first[node + 1];
    if (to - from > 1) {
      children.subarray(from, to).sort((a, b) => total[b] - total[a] || this.frame[a] - this.frame[b]);
    }
    let left = start[node];
    for (let at = from; at < to; at++) {
      const child = children[at];
      start[child] = left;
      depth[child] = depth[node] + 1;
      left += total[child];
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

  /** What is counted of stacks that have a frame of those, each once. */
  covered(marked, total = this.total) {
    let sum = 0;
    const open = [0];
    while (open.length) {
      const node = open.pop();
      if (node && marked[this.frame[node]]) sum += total[node];
      else for (const child of this.childrenOf(node)) open.push(child);
    }
    return sum;
  }
}

