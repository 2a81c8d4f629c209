// What the reader has chosen. It is in the address too, so that a link leads to the same view. A page
// says in `standard` what can be chosen, and in `checkChoices` what cannot be.

const data = JSON.parse(byId("data").textContent);

const STANDARD = standard();
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
  checkChoices();
}

/** Remembers the last result for as long as what it was made from stays the same. */
function remembered(key, make) {
  let last = null;
  return (...given) => {
    const now = key(...given);
    if (!last || last.key !== now) last = { key: now, value: make(...given) };
    return last.value;
  };
}
