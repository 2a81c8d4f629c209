// The findings, best first. A chosen one lights up its frames and its lines.

const cards = [];

function card(finding, at) {
  return el("li", { class: "card" }, el("button", { type: "button", "aria-controls": "answer", onclick: () => pick(at) },
    el("span", { class: "rank" }, String(at + 1)),
    el("span", { class: "title" }, ...prose(finding.title)),
    el("span", { class: "figures" },
      el("span", {}, el("b", { class: "share" }, finding.told), ` ${finding.whole}`),
      bar(finding.share),
      el("span", {}, finding.saves))));
}

/** What was seen, what it is worth, and what to write instead. */
function answer(finding, at) {
  return [
    el("h3", {}, `${at + 1}  ${finding.advisor}`),
    el("p", { class: "where" }, el("code", {}, finding.place), ` in ${finding.function}, ${finding.told} ${finding.whole}`),
    el("p", {}, "Seen: ", el("code", {}, finding.seen)),
    el("ul", {}, ...finding.because.map((text) => el("li", {}, ...prose(text)))),
    finding.worth && el("p", { class: "worth" }, finding.worth),
    ...finding.asides.map((aside) => el("p", {}, aside)),
    ...(finding.fix ? fix(finding.fix) : []),
    el("p", { class: "next" }, "More: ", el("code", {}, `unslow explain ${finding.advisor}`)),
    el("p", { class: "jumps" },
      el("a", { href: "#flame", onclick: jump("flame") }, "In the flame graph"), " · ",
      el("a", { href: "#source", onclick: jump("source") }, "in the source"),
      ...(moments ? [" · ", el("a", { href: "#time", onclick: jump("time") }, "in the order of time")] : [])),
  ].filter(Boolean);
}

/** A sentence, in which what stands between two backticks is code. */
function prose(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, at) => (at % 2 ? el("code", {}, part) : part)).filter((part) => part !== "");
}

function bar(share) {
  const inner = el("i");
  inner.style.width = `${Math.min(share, 1) * 100}%`;
  return el("span", { class: "meter", "aria-hidden": "true" }, inner);
}

function fix(fix) {
  const kind = { "+": "ins", "-": "del", "@": "hunk" };
  const line = (text, at) => {
    const name = at < 2 ? "file" : kind[text[0]] ?? "same";
    return el(name === "ins" || name === "del" ? name : "span", { class: name }, `${text}\n`);
  };
  return [
    el("p", { class: fix.safe ? "safe" : "unsafe" }, fix.told),
    ...(fix.note ? [el("p", { class: "note" }, ...prose(fix.note))] : []),
    el("pre", { class: "diff", tabindex: "0", "aria-label": "Change" }, ...fix.diff.map(line)),
    ...(fix.caveat ? [el("p", { class: "note" }, fix.caveat)] : []),
  ];
}

function pick(at) {
  const finding = data.findings[at];
  lookAgain();
  choose({ finding: at, search: "", zoom: "", ...fileAt(finding.file, finding.line) }, true);
  if (innerWidth < WIDE) jump("answer")();
}

const renderFindings = remembered(() => state.finding, () => {
  const finding = data.findings[state.finding];
  cards.forEach((card, at) => {
    card.classList.toggle("chosen", at === state.finding);
    card.firstChild.setAttribute("aria-current", String(at === state.finding));
  });
  byId("answer").hidden = !finding;
  byId("answer").replaceChildren(...(finding ? answer(finding, state.finding) : []));
});

function setUpFindings() {
  cards.push(...data.findings.map(card));
  byId("findings").append(...cards);
  byId("nothing").textContent = data.nothing ?? "";
  byId("nothing").hidden = !data.nothing;
  byId("warnings").append(...data.quality.warnings.map((text) => el("p", {}, text)));
  renderers.push(renderFindings);
}
