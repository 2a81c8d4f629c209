// What the reader has chosen. It is in the address too, so that a link leads to the same view.

const data = JSON.parse(byId("data").textContent);

const STANDARD = {
  finding: data.findings.length ? 0 : -1,
  search: "",
  regex: false,
  zoom: "",
  inverted: false,
  flame: false,
  mine: false,
  grain: data.view.functions ? "function" : "expression",
  apart: data.view.by_thread ? "thread" : data.view.tasks ? "task" : "nothing",
  idle: data.view.idle,
  gil: data.view.gil,
  waits: false,
  gc: data.view.gc,
  raises: false,
  task: data.view.tasks,
  hidden: "",
  file: "",
  line: 0,
  whole: false,
};

const state = { ...STANDARD };
const renderers = [];

/** Changes the view; a `step` can be undone with the browser's way back. */
function choose(changes, step = false) {
  Object.assign(state, changes);
  const hash = "#" + written();
  if (hash !== location.hash && (hash !== "#" || location.hash)) {
    try {
      history[step ? "pushState" : "replaceState"](null, "", hash);
    } catch {
      // Some browsers take no more than a hundred in half a minute; the next one catches up.
    }
  }
  render();
}

function render() {
  for (const renderer of renderers) renderer();
}

function written() {
  const words = new URLSearchParams();
  for (const [key, standard] of Object.entries(STANDARD)) {
    if (state[key] !== standard) words.set(key, String(state[key]));
  }
  return words.toString();
}

/** Takes what the address says; a value that cannot be one is left out. */
function readAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  for (const [key, standard] of Object.entries(STANDARD)) {
    state[key] = standard;
    const word = words.get(key);
    if (word === null) continue;
    if (typeof standard === "boolean") state[key] = word === "true";
    else if (typeof standard === "number") state[key] = Number.isSafeInteger(Number(word)) ? Number(word) : standard;
    else state[key] = word;
  }
  if (!GRAINS.includes(state.grain)) state.grain = STANDARD.grain;
  if (!APART.includes(state.apart)) state.apart = STANDARD.apart;
  if (!data.findings[state.finding]) state.finding = -1;
}

const GRAINS = ["expression", "line", "function"];
const APART = ["nothing", "process", "thread", "task"];
