// The hottest frames as a table, and how far the data can be trusted.

const ROWS = 25;
let sortBy = "self";

const renderPlaces = remembered(() => [filterKey(), state.grain, sortBy].join(), () => {
  const made = grain(), figures = heat(), whole = shown().total;
  const order = Array.from({ length: made.count }, (_, key) => key).filter((key) => figures.total[key] > 0);
  const other = sortBy === "self" ? "total" : "self";
  order.sort((a, b) => figures[sortBy][b] - figures[sortBy][a] || figures[other][b] - figures[other][a] || a - b);
  const rows = order.slice(0, ROWS).map((key) => el("tr", {},
    el("td", { class: "figure" }, shareOf(figures.self[key], whole)),
    el("td", { class: "figure" }, shareOf(figures.total[key], whole)),
    el("td", {}, place(made, key))));
  const head = el("tr", {}, sortable("self"), sortable("total"), el("th", { scope: "col" }, made.name));
  byId("places").replaceChildren(...(rows.length
    ? [el("p", { class: "basis" }, basis()), el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows))]
    : [el("p", {}, "No sample is like that.")]));
});

function sortable(name) {
  const sort = () => {
    sortBy = name;
    render();
  };
  return el("th", { scope: "col", "aria-sort": sortBy === name ? "descending" : "none" },
    el("button", { type: "button", onclick: sort }, name));
}

/** A frame's name, which finds it in the flame graph and its line in the source. */
function place(made, key) {
  const { name, text, at, whole } = label(made, key);
  const find = () => choose({ search: whole, regex: false, zoom: "", ...sourceOf(made.place[key]) }, true);
  return el("button", { type: "button", class: "frame", title: whole, onclick: find },
    el("span", { class: "what" }, el("i", { class: `key ${ORIGINS[originOf(made.place[key])]}` }), name, " ",
      text ? el("code", {}, text) : null),
    " ", el("small", {}, at));
}

function listOf(title, items) {
  return items.length ? [el("h3", {}, title), el("ul", {}, ...items.map(({ what, why }) => el("li", {}, `${what}: ${why}`)))] : [];
}

function setUpTables() {
  byId("quality").append(...data.quality.facts.map((fact) => el("li", {}, fact)));
  byId("unlooked").append(...listOf("Not looked at", data.unlooked));
  byId("ignored").append(...listOf("Ignored by comments in the source", data.ignored));
  renderers.push(renderPlaces);
}
