// The flame graph: search and zoom. A page says what its frames mean: `litFrames` (and in `litKey` which
// those are), `matched`, `named`, `described`, `remark`, and in `leadsTo` what else to choose with one.

const search = byId("search"), stage = byId("stage"), tip = byId("tip");

/** Rows that are to be seen of what a frame called, where it fills the width. */
const ROWS_BEHIND = 3;

/** Another way to draw is another tree: a zoom into the old one leads nowhere. */
const redraw = (changes) => choose({ ...changes, zoom: "" });

/** The ways round in which stacks are drawn. */
function turns() {
  return [
    toggle("flame (root below)", state.flame, () => choose({ flame: !state.flame })),
    toggle("inverted (callers)", state.inverted, () => redraw({ inverted: !state.inverted }), "What ran first, its callers beneath"),
  ];
}

function renderFlame() {
  const drawn = tree(), found = searched(), address = written();
  scene.root = drawn.find(state.zoom.split(".").filter(Boolean).map(Number));
  scene.found = found?.found ?? null;
  scene.lit = litFrames();
  scene.parts = partsThatStandOut(drawn);
  // Nodes of another tree are others.
  if (scene.drawn !== drawn) Object.assign(scene, { drawn, hover: -1, focus: -1 });
  // What had the focus in another view has it no more, unless this one is the zoom to it.
  if (scene.address !== address && scene.focus !== scene.root) scene.focus = -1;
  scene.address = address;
  if (search.value !== state.search) search.value = state.search;
  search.setAttribute("aria-invalid", String(Boolean(found?.error)));
  byId("regex").setAttribute("aria-pressed", String(state.regex));
  byId("matched").textContent = searchTold(drawn, found);
  byId("unzoom").hidden = scene.root === 0;
  canvas.setAttribute("aria-label", `Flame graph of ${named(drawn)}`);
  layOut();
  lookAt(drawn);
  paint();
  status(scene.focus >= 0 ? scene.focus : scene.root);
}

/** What was looked at last: which tree, from where on, and what stood out. */
const looked = { tree: null, root: 0, marks: null };

/** Scrolls to what is new: another tree begins at its root, a zoom at its own, and what stands out is to be
    seen. What else changes leaves the reader where they are. */
function lookAt(drawn) {
  const now = { tree: `${treeKey()} ${state.flame}`, root: scene.root, marks: [litKey(), state.search, state.regex, Boolean(scene.found)].join() };
  const isOther = now.tree !== looked.tree;
  if (isOther) stage.scrollTop = state.flame ? scene.height : 0;
  if (isOther || now.root !== looked.root) bringInSight(drawn, scene.root, ROWS_BEHIND);
  if ((isOther || now.marks !== looked.marks) && scene.most >= 0) bringInSight(drawn, scene.most);
  Object.assign(looked, now);
}

/** To what stands out again, wherever the reader has scrolled to. */
function lookAgain() {
  looked.marks = null;
}

function status(node) {
  byId("status").textContent = described(node) + remark(node);
}

/** Zooms to a node. */
function zoomTo(node) {
  if (node < 0) return;
  scene.focus = node;
  tip.hidden = true;
  choose({ zoom: tree().pathTo(node).join("."), ...leadsTo(node) }, true);
}

function zoomOut() {
  const path = state.zoom.split(".").filter(Boolean);
  if (path.length) zoomTo(0);
}

function onMove(event) {
  const node = nodeAt(event.offsetX, event.offsetY);
  if (node !== scene.hover) {
    scene.hover = node;
    paint();
  }
  tip.hidden = node < 0;
  if (node < 0) return;
  tip.textContent = described(node);
  const box = stage.getBoundingClientRect();
  const left = Math.min(event.clientX - box.left + 12, box.width - tip.offsetWidth - 4);
  tip.style.left = `${Math.max(left, 0)}px`;
  const below = event.clientY - box.top + 18;
  const isLow = below + tip.offsetHeight > box.height;
  tip.style.top = `${stage.scrollTop + (isLow ? below - tip.offsetHeight - 28 : below)}px`;
}

function leave() {
  scene.hover = -1;
  tip.hidden = true;
  paint();
}

/** Where an arrow key leads from a node, or the node itself. */
function neighbour(key) {
  const drawn = tree(), node = scene.focus < 0 ? scene.root : scene.focus;
  const inward = state.flame ? "ArrowUp" : "ArrowDown", outward = state.flame ? "ArrowDown" : "ArrowUp";
  const siblings = node ? drawn.childrenOf(drawn.parent[node]) : [node];
  const at = siblings.indexOf(node);
  switch (key) {
    case inward: return drawn.childrenOf(node)[0] ?? node;
    case outward: return Math.max(drawn.parent[node], 0);
    case "ArrowLeft": return siblings[Math.max(at - 1, 0)];
    case "ArrowRight": return siblings[Math.min(at + 1, siblings.length - 1)];
    case "Home": return scene.root;
    default: return -1;
  }
}

function onKey(event) {
  if (event.key === "Enter" || event.key === " ") zoomTo(scene.focus);
  else if (event.key === "Escape" || event.key === "Backspace") zoomOut();
  else {
    const node = neighbour(event.key);
    if (node < 0) return;
    scene.focus = node;
    const top = rowTop(tree().depth[node]);
    if (top < stage.scrollTop) stage.scrollTop = top;
    if (top + ROW > stage.scrollTop + stage.clientHeight) stage.scrollTop = top + ROW - stage.clientHeight;
    paint();
    status(node);
  }
  event.preventDefault();
}

function setUpFlame() {
  search.addEventListener("input", () => choose({ search: search.value }));
  byId("regex").addEventListener("click", () => choose({ regex: !state.regex }));
  byId("unzoom").addEventListener("click", () => {
    // The button goes: what it was for stays at hand.
    canvas.focus({ preventScroll: true });
    zoomOut();
  });
  canvas.addEventListener("mousemove", onMove);
  canvas.addEventListener("mouseleave", leave);
  canvas.addEventListener("click", (event) => zoomTo(nodeAt(event.offsetX, event.offsetY)));
  canvas.addEventListener("keydown", onKey);
  stage.addEventListener("scroll", paint);
  // In its own frame: what it draws changes the height that was looked at.
  new ResizeObserver(() => requestAnimationFrame(draw)).observe(stage);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, select")) return;
    search.focus();
    event.preventDefault();
  });
  renderers.push(renderFlame);
}
