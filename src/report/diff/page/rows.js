// What is compared: expressions by their own time, functions with what they call.

const { rows } = data;
const ROWS = rows.name.length;
const ELIDED = ROWS;
const BEFORE = 0, AFTER = 1;

/** `0.42 s`, `4.2 s`, `312 s`; of parts of the run `42 %`. */
function amount(value) {
  if (data.shares) return percent(value);
  return `${value.toFixed(value < 1 ? 2 : value < 99.95 ? 1 : 0)} s`;
}

/** `7.8 s`; of parts of the run `7.8 points`, since a part of a part would be percent too. */
function distance(size) {
  return data.shares ? `${(size * 100).toFixed(size < 0.0995 ? 1 : 0)} points` : amount(size);
}

/** `−7.8 s` */
const signed = (value) => (value < 0 ? "−" : "+") + distance(Math.abs(value));

/** `−98 %`; empty where there was nothing. */
function relative(before, after) {
  if (!before) return "";
  const change = (after / before - 1) * 100, size = Math.abs(change);
  // What is left of nearly nothing is not nothing.
  const isFine = size < 9.95 || (size >= 99.5 && size < 100);
  return `${change < 0 ? "−" : "+"}${isFine ? Math.min(size, 99.9).toFixed(1) : thousands(size)} %`;
}

/** What so many samples stand for. */
const amounts = (before, after) => [before * data.sample[BEFORE], after * data.sample[AFTER]];
const amountsOf = (row) => amounts(rows.before[row], rows.after[row]);
const isGone = (row) => row < ROWS && !rows.after[row];
const isNew = (row) => row < ROWS && !rows.before[row];

function changeOf(row) {
  const [before, after] = amountsOf(row);
  return after - before;
}

/** `8.0 s before, 0.20 s after` */
function told([before, after]) {
  if (!after) return `${amount(before)} before, gone`;
  if (!before) return `new, ${amount(after)} after`;
  return `${amount(before)} before, ${amount(after)} after`;
}

/** `−7.8 s (−98 %)` */
function change([before, after]) {
  const part = relative(before, after);
  return signed(after - before) + (part && ` (${part})`);
}

/** What is called so, and where it stands. */
function label(row) {
  if (row === ELIDED) return { name: data.elided, text: "", at: "", whole: data.elided };
  const name = rows.name[row], at = rows.at[row];
  const text = isGone(row) ? "gone" : isNew(row) ? "new" : "";
  return { name, text, at, whole: at ? `${name} (${at})` : name };
}

/** A kind's rows, the largest change first. */
function ranked(isExpression, isWanted) {
  const all = Array.from({ length: ROWS }, (_, row) => row);
  return all.filter((row) => rows.expression[row] === isExpression && isWanted(row));
}
