// Draws the part of the tree that is in sight. A canvas of our own: of the maintained libraries
// d3-flame-graph makes an element of every frame, which 100,000 stacks do not survive, and
// flame-chart-js draws spans of time and knows neither callers nor folding. A page says in `colorOf` and
// `rootLabel` what it means.

const ROW = 20;
const PAD = 5;
/** Frames narrower than this are not drawn, in pixels. */
const THINNEST = 0.4;
const READABLE = 24;
/** Part of the width from which what is drawn of a row is worth to be in sight, however narrow each frame. */
const WORTH_SEEING = 0.05;
/** Rows that are in sight at least, where there are as many. */
const FEWEST_ROWS = 8;
/** Frames that stand out are drawn at least as wide, in pixels. */
const STANDS_OUT = 2;

/** What is drawn: the node that fills the width, which frames stand out, how much of each node is theirs, and
    the one with the most of it; the height of the picture, and how much of it is below what is in sight. */
const scene = {
  drawn: null, address: null, root: 0, hover: -1, focus: -1, found: null, lit: null, parts: null, most: -1, height: 0,
  below: 0,
};

const canvas = byId("canvas"), picture = byId("picture");

/** From what the tree counts to pixels. */
function scale() {
  const { root } = scene, drawn = tree();
  return { per: canvas.clientWidth / (drawn.total[root] || 1), from: drawn.start[root] };
}

/** Rows from the top, in pixels of the whole picture; a flame stands on its root. */
function rowTop(depth) {
  const top = depth * ROW;
  return state.flame ? scene.height - ROW - top : top;
}

function draw() {
  layOut();
  paint();
}

/** Says how high the picture is, and how much of it is in sight: what there is much of or what can be read;
    the rest is scrolled to. */
function layOut() {
  const drawn = tree(), stage = byId("stage"), covered = [];
  canvas.style.width = `${stage.clientWidth}px`;
  let inSight = 0, most = 0;
  scene.most = -1;
  const look = (node, _, w, narrow) => {
    const depth = drawn.depth[node];
    covered[depth] = (covered[depth] ?? 0) + w;
    if ((w >= READABLE && !narrow) || covered[depth] >= WORTH_SEEING * stage.clientWidth) inSight = Math.max(inSight, depth);
    const part = narrow ? partOf(narrow) : standsOut(drawn, node) ? drawn.total[node] : 0;
    if (part > most) [most, scene.most] = [part, node];
  };
  visit(drawn, -Infinity, Infinity, look, true);
  scene.height = covered.length * ROW;
  picture.style.height = `${scene.height}px`;
  stage.style.height = `${Math.min(Math.max(inSight + 1, FEWEST_ROWS), covered.length) * ROW}px`;
  // A flame stands on what is below.
  if (state.flame) stage.scrollTop = scene.height - stage.clientHeight - scene.below;
}

function paint() {
  const drawn = tree(), ratio = devicePixelRatio || 1;
  const stage = byId("stage");
  const width = stage.clientWidth, height = Math.min(stage.clientHeight, scene.height);
  scene.below = scene.height - stage.clientHeight - stage.scrollTop;
  canvas.style.height = `${height}px`;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, -stage.scrollTop * ratio);
  context.clearRect(0, stage.scrollTop, width, height);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "middle";
  // What is thin and stands out is wider than its place: its neighbours would cover it.
  const thin = [];
  visit(drawn, stage.scrollTop, height, (node, x, w, narrow) => {
    if (!narrow && w < STANDS_OUT && standsOut(drawn, node)) thin.push([node, Math.floor(x), STANDS_OUT]);
    else box(context, drawn, node, x, w, narrow);
  });
  for (const it of thin) box(context, drawn, ...it);
}

/** Whether a frame stands out: it was searched for or, where nothing is, is the finding's. */
function standsOut(drawn, node) {
  return Boolean((scene.found ?? scene.lit)?.[drawn.frame[node]]);
}

/** How much of each node is of frames that stand out; `null` where none can. */
function partsThatStandOut(drawn) {
  if (!scene.found && !scene.lit) return null;
  const parts = new Float64Array(drawn.size);
  // A parent comes before its children.
  for (let node = drawn.size - 1; node > 0; node--) {
    if (standsOut(drawn, node)) parts[node] = drawn.total[node];
    parts[drawn.parent[node]] += parts[node];
  }
  return parts;
}

/** How much of many nodes is of frames that stand out. */
function partOf(nodes) {
  return scene.parts ? nodes.reduce((sum, node) => sum + scene.parts[node], 0) : 0;
}

/** The first frame that stands out of a node that holds one. */
function outstanding(drawn, node) {
  while (!standsOut(drawn, node)) node = drawn.childrenOf(node).find((child) => scene.parts[child] > 0);
  return node;
}

/** Scrolls to a row, with so many behind it, unless they are in sight or the root is where they are. */
function bringInSight(drawn, node, behind = 0) {
  const row = rowTop(drawn.depth[node]), base = state.flame ? scene.height - stage.clientHeight : 0;
  const first = Math.max(state.flame ? row - behind * ROW : row, 0);
  const last = Math.min(state.flame ? row + ROW : row + (behind + 1) * ROW, scene.height);
  const shows = (top) => top <= first && last <= top + stage.clientHeight;
  if (shows(stage.scrollTop)) return;
  const before = Math.floor(stage.clientHeight / 3 / ROW) * ROW;
  if (shows(base)) stage.scrollTop = base;
  else stage.scrollTop = state.flame ? row + ROW + before - stage.clientHeight : row - before;
}

/** Calls back for each frame that is wide enough, and those above the root of the zoom; and once for the
    neighbours that are too narrow one by one, with all of them. */
function visit(drawn, top, height, each, all = false) {
  const { per, from } = scale(), width = canvas.clientWidth;
  for (let node = scene.root; node >= 0; node = drawn.parent[node]) each(node, 0, width);
  const open = [scene.root];
  while (open.length) {
    const children = drawn.childrenOf(open.pop());
    for (let at = 0; at < children.length; at++) {
      const child = children[at], y = rowTop(drawn.depth[child]), x = (drawn.start[child] - from) * per;
      const isSeen = all || (y + ROW > top && y < top + height), w = drawn.total[child] * per;
      // The largest come first.
      if (w < THINNEST) {
        const narrow = children.subarray(at), last = narrow[narrow.length - 1];
        const together = (drawn.start[last] + drawn.total[last] - drawn.start[child]) * per;
        if (isSeen && together >= THINNEST) each(child, x, together, narrow);
        break;
      }
      if (isSeen) each(child, x, w);
      open.push(child);
    }
  }
}

/** A frame, or one box for many of them that are narrow. */
function box(context, drawn, node, x, w, narrow = null) {
  const y = rowTop(drawn.depth[node]), gap = w > 3 ? 1 : 0;
  const isAbove = drawn.depth[node] < drawn.depth[scene.root];
  context.globalAlpha = isAbove ? 0.55 : 1;
  context.fillStyle = narrow ? palette.neutral : colorOf(drawn, node);
  context.fillRect(x, y, w - gap, ROW - 1);
  const part = narrow ? partOf(narrow) : 0;
  if (part) {
    context.fillStyle = colorOf(drawn, outstanding(drawn, narrow.find((one) => scene.parts[one] > 0)));
    context.fillRect(x, y, Math.max(part * scale().per, STANDS_OUT), ROW - 1);
  }
  if (node === scene.hover || node === scene.focus) {
    context.strokeStyle = node === scene.focus ? palette.focus : palette.ink;
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, Math.max(w - gap - 2, 1), ROW - 3);
  }
  if (w > 28) {
    const name = narrow && `${thousands(narrow.length)} frames, too narrow to be drawn`;
    const label = narrow ? { name } : node ? drawn.frames.label(drawn.frame[node]) : rootLabel(drawn);
    caption(context, label, x, y, w);
  }
  context.globalAlpha = 1;
}

/** The function, then its expression, then where it is, as far as they fit. */
function caption(context, { name, text, at }, x, y, w) {
  let left = w - 2 * PAD, from = x + PAD;
  for (const [part, alpha] of [[name, 1], [text, 0.85], [at, 0.6]]) {
    if (!part || left < 14) continue;
    const fitted = fit(context, part, left);
    context.globalAlpha = alpha;
    context.fillStyle = palette.label;
    context.fillText(fitted, from, y + ROW / 2);
    if (fitted !== part) break;
    const used = context.measureText(part).width + 8;
    left -= used;
    from += used;
  }
}

/** The beginning of a text that fits the width. */
function fit(context, text, width) {
  let cut = Math.min(text.length, Math.ceil(width / 3));
  let shown = text.slice(0, cut);
  while (shown && context.measureText(shown).width > width) {
    cut -= Math.max(1, Math.floor(cut / 12));
    shown = cut > 1 ? `${text.slice(0, cut - 1)}…` : "";
  }
  return shown.length < 2 && text.length > 2 ? "" : shown;
}

/** The node at a point of the canvas, or -1. */
function nodeAt(x, y) {
  const drawn = tree(), top = y + byId("stage").scrollTop;
  const depth = Math.floor((state.flame ? scene.height - top : top) / ROW);
  const { per, from } = scale(), at = from + x / per;
  let node = scene.root;
  if (depth <= drawn.depth[node]) {
    while (node > 0 && drawn.depth[node] > depth) node = drawn.parent[node];
    return depth < 0 ? -1 : node;
  }
  while (drawn.depth[node] < depth) {
    const child = drawn.childrenOf(node).find((it) => drawn.start[it] <= at && at < drawn.start[it] + drawn.total[it]);
    if (child === undefined) return -1;
    node = child;
  }
  return node;
}
