// What changed beyond noise, the largest change first. A chosen row lights up its frames.

/** Rows of each kind that are shown at first. */
const TOP = 20;
/** Rows that are shown at the most: the rest is in the flame graph, to be searched. */
const MOST = 500;

const KINDS = [[true, "Own time", "expression"], [false, "With what they call", "function"]];

const several = (count, noun) => `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;
const joined = (texts) => texts.join(" and ");
/** The kinds that are compared: with `-F` there are no expressions. */
const kinds = KINDS.filter(([isExpression]) => rows.expression.includes(isExpression));

/** Lights a row up, in the graph in which it is the wider; once more puts it out. */
function pick(row) {
  const isOther = state.row !== row;
  choose({ row: isOther ? row : -1, search: "", zoom: "", before: isOther && changeOf(row) < 0 }, true);
  if (isOther && innerWidth < WIDE) jump("flame")();
}

function card(row, rank, most) {
  const both = amountsOf(row), { name, at } = label(row);
  const tone = !rows.changed[row] ? "same" : changeOf(row) > 0 ? "slower" : "faster";
  return el("li", { class: `card ${tone}`, "data-row": row }, el("button", { type: "button", onclick: () => pick(row) },
    el("span", { class: "rank" }, String(rank + 1)),
    el("span", { class: "title" }, name, " ", el("small", {}, at)),
    el("span", { class: "figures" },
      el("b", { class: "change" }, change(both)),
      el("span", { class: "sides" }, told(both)),
      el("span", { class: "bound" }, bound(row))),
    el("span", { class: "bars", "aria-hidden": "true" }, ...both.map((value) => bar(value / most)))));
}

/** What would be noise, and whether this is. */
function bound(row) {
  const noise = `±${distance(rows.noise[row])}`;
  return rows.changed[row] ? `up to ${noise} would be noise` : `within noise, up to ${noise}`;
}

function bar(part) {
  const inner = el("i");
  inner.style.width = `${Math.min(part, 1) * 100}%`;
  return inner;
}

/** What the longest bar stands for: in all lists the same. */
function longest() {
  const shown = kinds.flatMap(([isExpression]) => ranked(isExpression, (row) => state.all || rows.changed[row]));
  return shown.reduce((most, row) => Math.max(most, ...amountsOf(row)), Number.MIN_VALUE);
}

function listOf([isExpression, title, noun]) {
  const wanted = ranked(isExpression, (row) => state.all || rows.changed[row]);
  if (!wanted.length) return [];
  const shown = wanted.slice(0, state.more ? MOST : TOP), left = wanted.length - shown.length;
  const most = longest();
  const more = left && (state.more
    ? el("p", { class: "faint" }, `and ${several(left, noun)} more: search for them`)
    : el("button", { type: "button", onclick: () => choose({ more: true }) }, `${several(left, noun)} more`));
  return [el("h3", {}, `${title}, by ${noun}`),
    el("ol", { class: "cards" }, ...shown.map((row, rank) => card(row, rank, most))),
    ...(more ? [more] : [])];
}

/** `2 expressions and 1 function` of those that are so. */
function counted(is) {
  return joined(kinds.map(([isExpression, , noun]) => several(ranked(isExpression, is).length, noun)));
}

const renderChanges = remembered(() => [state.all, state.more].join(), () => {
  byId("changes").replaceChildren(...kinds.flatMap(listOf));
  byId("all").setAttribute("aria-pressed", String(state.all));
});

function renderChosen() {
  for (const card of byId("changes").querySelectorAll(".card")) {
    const isChosen = card.dataset.row === String(state.row);
    card.classList.toggle("chosen", isChosen);
    card.firstChild.setAttribute("aria-pressed", String(isChosen));
  }
}

/** How much longer or shorter the recordings are, where they tell; then how much changed. */
function summary() {
  if (!rows.changed.includes(true)) return ["Nothing changed beyond noise."];
  const [before, after] = data.seconds, changed = `${counted((row) => rows.changed[row])} changed beyond noise.`;
  if (data.shares || !before || !after) return [changed];
  return [`The run takes ${amount(after)} instead of ${amount(before)}: `, el("b", {}, change(data.seconds)), `. ${changed}`];
}

function setUpChanges() {
  byId("sum").append(...summary());
  byId("within").textContent = `Within noise: ${counted((row) => !rows.changed[row])}.`;
  byId("all").addEventListener("click", () => choose({ all: !state.all }));
  byId("warnings").append(...data.warnings.map((text) => el("p", {}, text)));
  byId("noise").append(...data.noise.map((text) => el("p", {}, text)));
  data.facts.forEach((facts, side) => byId(["before", "after"][side]).append(...facts.map((fact) => el("li", {}, fact))));
  renderers.push(renderChanges, renderChosen);
}
