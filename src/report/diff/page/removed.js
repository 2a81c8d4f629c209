// What is seen before and never after.

/** Rows of a kind that are listed, those with the most time. */
const GONE = 100;

function goneRow(row) {
  const { name, at } = label(row);
  return el("tr", {},
    el("td", { class: "figure" }, amount(amountsOf(row)[BEFORE])),
    el("td", {}, el("button", { type: "button", class: "frame", onclick: () => pick(row) }, el("span", { class: "name" }, name), " ", el("small", {}, at))));
}

function goneTable(noun, gone) {
  const left = gone.length - GONE;
  return el("div", {},
    el("table", {},
      el("caption", {}, several(gone.length, noun)),
      el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "figure" }, "before"), el("th", { scope: "col" }, noun))),
      el("tbody", {}, ...gone.slice(0, GONE).map(goneRow))),
    left > 0 ? el("p", { class: "faint" }, `and ${several(left, noun)} more with less time`) : null);
}

/** Tables of what is gone, those of functions first. */
function goneTables(isWanted) {
  const tables = kinds.map(([isExpression, , noun]) => {
    const gone = ranked(isExpression, (row) => isGone(row) && isWanted(row));
    return gone.length ? goneTable(noun, gone.sort((a, b) => rows.before[b] - rows.before[a] || a - b)) : null;
  });
  return tables.filter(Boolean).reverse();
}

function setUpRemoved() {
  const beyond = goneTables((row) => rows.changed[row]), within = goneTables((row) => !rows.changed[row]);
  byId("removed").append(...beyond);
  if (within.length) {
    const title = el("summary", {}, `Within noise: ${counted((row) => isGone(row) && !rows.changed[row])}`);
    byId("removed").append(el("details", { open: !beyond.length && state.all }, title, ...within));
  }
  byId("removed").hidden = !beyond.length && !within.length;
  const nothing = within.length ? "Nothing beyond noise." : "Nothing: all that was seen before is seen after.";
  byId("removed-why").textContent = beyond.length
    ? "Seen before and never after: removed, renamed, or too quick now to be seen."
    : nothing;
}
