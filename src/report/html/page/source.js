// The user's hot files: shares in the gutter, hot expressions shaded in the line.

/** Lines around a hot one. */
const CONTEXT = 3;
/** Share from which a line is hot. */
const HOT = 0.005;

const files = data.sources.map((source) => source.name);

/** What to choose to see a line; nothing when its file is not there. */
function fileAt(file, line) {
  return files.includes(file) ? { file, line } : {};
}

function sourceOf(place) {
  return fileAt(data.frames.files[functions.file[places.function[place]]], places.line[place]);
}

/** Where each line's places stand, by line. */
const marksOf = data.sources.map(({ marks, lines }) => {
  const byLine = Array.from(lines, () => []);
  marks.place.forEach((place, at) => byLine[marks.line[at] - 1]?.push({ place, from: marks.from[at], to: marks.to[at] }));
  return byLine;
});

/** Samples by line of a file; a sample counts once for a line that it is on. */
function linesHeat(index) {
  const { key } = grain("line"), { self, total } = heat("line");
  return marksOf[index].map((marks, at) => {
    const keys = new Set(marks.filter(({ place }) => places.line[place] === at + 1).map(({ place }) => key[place]));
    let own = 0, all = 0;
    for (const line of keys) {
      own += self[line];
      all += total[line];
    }
    return { self: own, total: Math.min(all, shown().total) };
  });
}

/** The line in pieces, each with the heat of the hottest expression that it belongs to. */
function pieces(text, marks) {
  const { self, total } = heat("expression");
  const hot = marks.filter(({ place, from, to }) => to > from && total[place] > 0);
  const cuts = [...new Set([0, text.length, ...hot.flatMap(({ from, to }) => [from, to])])];
  cuts.sort((a, b) => a - b);
  const all = [];
  cuts.slice(1).forEach((to, at) => {
    const from = cuts[at];
    const around = hot.filter((mark) => mark.from <= from && to <= mark.to);
    around.sort((a, b) => total[b.place] - total[a.place] || a.to - a.from - (b.to - b.from));
    const place = around[0]?.place;
    const last = all[all.length - 1];
    if (last && last.place === place) last.text += text.slice(from, to);
    else all.push({ text: text.slice(from, to), place, self: self[place] ?? 0, total: total[place] ?? 0 });
  });
  return all;
}

function piece({ text, place, self, total }) {
  const whole = shown().total;
  if (place === undefined || total / whole < HOT) return text;
  const title = `${shareOf(total, whole)}, ${shareOf(self, whole)} itself`;
  const element = el("span", { class: self * 2 >= total ? "hot" : "warm", title }, text);
  element.style.setProperty("--heat", `${Math.round(15 + 75 * Math.sqrt(total / whole))}%`);
  return element;
}

function row(index, at, heats) {
  const { self, total } = heats[at], whole = Math.max(shown().total, 1);
  const finding = data.findings[state.finding];
  const isLit = finding && finding.file === files[index] && finding.line <= at + 1 && at + 1 <= finding.end;
  const figure = (count) => (count / whole < 0.0005 ? "" : shareOf(count, whole));
  const cell = (name, count) => {
    const cell = el("td", { class: `figure ${name}` }, figure(count));
    cell.style.setProperty("--part", `${Math.min(count / whole, 1) * 100}%`);
    return cell;
  };
  return el("tr", { class: isLit ? "lit" : null, "data-line": String(at + 1) },
    cell("self", self),
    cell("total", total),
    el("th", { scope: "row" }, String(at + 1)),
    el("td", { class: "line" }, ...pieces(data.sources[index].lines[at], marksOf[index][at]).map(piece)));
}

/** Which lines are shown: all, or the hot and the asked for with what surrounds them. */
function visibleLines(index, heats) {
  const whole = Math.max(shown().total, 1), visible = new Uint8Array(heats.length);
  const show = (at) => visible.fill(1, Math.max(at - CONTEXT, 0), at + CONTEXT + 1);
  if (state.whole) visible.fill(1);
  heats.forEach(({ total }, at) => total / whole >= HOT && show(at));
  for (const { file, line } of data.findings) if (file === files[index]) show(line - 1);
  if (state.line) show(state.line - 1);
  return visible;
}

const sourceKey = () => [filterKey(), state.file, state.line, state.whole, state.finding].join();
/** The file that is shown: the chosen one, or else the finding's. */
function shownFile() {
  const chosen = state.file || data.findings[state.finding]?.file;
  return Math.max(files.indexOf(chosen), 0);
}

const renderSource = remembered(sourceKey, () => {
  const index = shownFile();
  byId("file").value = files[index] ?? "";
  byId("whole").setAttribute("aria-pressed", String(state.whole));
  if (!files.length) return;
  byId("basis").textContent = basis();
  const heats = linesHeat(index), visible = visibleLines(index, heats);
  const head = el("tr", {}, ...["self", "total", "line", "code"].map((text) => el("th", { scope: "col" }, text)));
  const body = el("tbody");
  for (let at = 0; at < visible.length; at++) {
    if (visible[at]) body.append(row(index, at, heats));
    else if (!at || visible[at - 1]) body.append(gap(visible, at));
  }
  byId("code").replaceChildren(el("table", {}, el("caption", { class: "hidden" }, files[index]), el("thead", {}, head), body));
  toLine();
});

/** Lines that are not shown. */
function gap(visible, at) {
  let end = at;
  while (end < visible.length && !visible[end]) end++;
  const show = () => choose({ whole: true, line: at + 1 });
  const count = end - at;
  return el("tr", { class: "gap" }, el("td", { colspan: "4" },
    el("button", { type: "button", onclick: show }, `${count} ${count === 1 ? "line" : "lines"} more`)));
}

/** Brings the chosen line to the middle of its pane; the page stays where it is. */
function toLine() {
  const code = byId("code"), row = code.querySelector(`tr[data-line="${state.line}"]`) ?? code.querySelector("tr.lit");
  if (!row) return;
  row.classList.add("asked");
  // Nothing of a line is left above but a whole line.
  const head = code.querySelector("thead").offsetHeight, wanted = row.offsetTop - code.clientHeight / 3;
  const rows = [...code.querySelectorAll("tbody tr")];
  code.scrollTop = (rows.findLast((it) => it.offsetTop - head <= wanted) ?? rows[0]).offsetTop - head;
}

function noSource() {
  if (!data.unlooked.length) return ["no file of yours was hot."];
  return ["see ", el("a", { href: "#unlooked", onclick: jump("unlooked") }, "what was not looked at"), "."];
}

function setUpSource() {
  const select = byId("file");
  select.append(...files.map((name) => el("option", { value: name }, name)));
  select.hidden = files.length < 2;
  if (files.length === 1) byId("source-title").textContent = `Source: ${files[0]}`;
  select.addEventListener("change", () => choose({ file: select.value, line: 0 }));
  byId("whole").addEventListener("click", () => choose({ whole: !state.whole }));
  byId("whole").hidden = !files.length;
  if (!files.length) byId("code").append(el("p", {}, "No source to show: ", ...noSource()));
  renderers.push(renderSource);
}
