// What the search finds. Text is looked for at once. A regular expression can take a time that grows
// exponentially, and a link can carry one: a worker tries it, and is ended when it takes too long.

/** Longest time that a regular expression may take, in milliseconds. */
const PATIENCE = 2000;

const TESTER = `postMessage(null);
onmessage = ({ data: { source, texts } }) => {
  const pattern = new RegExp(source, "iu");
  postMessage(Uint8Array.from(texts, (text) => (pattern.test(text) ? 1 : 0)));
};`;
const testerAddress = remembered(() => "", () => URL.createObjectURL(new Blob([TESTER], { type: "text/javascript" })));

/** The regular expression that is or was tried, in which tree, and what came of it. */
const trial = { tree: null, source: null, worker: null, timer: 0, outcome: null };

const wholeLabels = remembered(() => treeKey(), () => {
  const { frames } = tree();
  return Array.from({ length: frames.count }, (_, frame) => frames.label(frame).whole);
});

/** Which labels contain the text. */
const containing = remembered(() => [treeKey(), state.search].join("\n"), () => {
  const wanted = state.search.toLowerCase();
  return { found: Uint8Array.from(wholeLabels(), (text) => (text.toLowerCase().includes(wanted) ? 1 : 0)) };
});

/** Which labels the search finds, or an error; `null` when nothing is searched. */
function searched() {
  if (state.search && !state.regex) return containing();
  if (!state.search) {
    stopTrial();
    return null;
  }
  if (trial.source !== state.search || trial.tree !== treeKey()) startTrial();
  return trial.outcome ?? { found: trial.before, waits: true };
}

function stopTrial(outcome = null) {
  clearTimeout(trial.timer);
  trial.worker?.terminate();
  Object.assign(trial, { worker: null, outcome });
  if (!outcome) trial.source = null;
}

function startTrial() {
  const before = trial.tree === treeKey() ? trial.outcome?.found ?? trial.before : null;
  stopTrial();
  Object.assign(trial, { tree: treeKey(), source: state.search, before });
  const end = (outcome) => {
    stopTrial(outcome);
    renderFlame();
  };
  const wrong = { error: "not a regular expression" };
  try {
    new RegExp(state.search, "iu");
  } catch {
    trial.outcome = wrong;
    return;
  }
  const worker = (trial.worker = new Worker(testerAddress()));
  worker.onerror = (event) => {
    event.preventDefault();
    end(wrong);
  };
  worker.onmessage = ({ data: found }) => {
    if (found) return end({ found });
    // It has started.
    trial.timer = setTimeout(end, PATIENCE, { error: `stopped: takes longer than ${PATIENCE / 1000} s` });
    worker.postMessage({ source: state.search, texts: wholeLabels() });
  };
}

/** What the search found, in words. */
function searchTold(drawn, found) {
  if (!found) return "";
  return found.error ?? (found.waits ? "searching…" : `${matched(drawn, found.found)} matched`);
}

