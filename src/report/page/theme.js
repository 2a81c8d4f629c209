// Colours: the style sheet's, resolved for the canvas.

const THEMES = ["auto", "light", "dark"];
const COLORS = ["ground", "ink", "faint", "label", "advised", "found", "neutral", "focus"];

/** The colours of this theme, and the shades of them that the page mixes. */
let palette = null;

function resolvePalette() {
  const probe = el("span", { hidden: true });
  // Where a reader forces colours upon pages, pictures keep theirs: they are told apart by nothing else.
  probe.style.forcedColorAdjust = "none";
  document.body.append(probe);
  const resolved = (value) => {
    probe.style.color = value;
    return getComputedStyle(probe).color;
  };
  /** A colour with so many percent of another. */
  const mixed = (name, other, part) => resolved(`color-mix(in srgb, var(--${name}), var(--${other}) ${part}%)`);
  palette = { ...Object.fromEntries(COLORS.map((name) => [name, resolved(`var(--${name})`)])), ...shades(mixed) };
  probe.remove();
}

function setUpTheme() {
  const button = byId("theme");
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
    resolvePalette();
  };
  show("auto");
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
    show(next);
    render();
  });
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", () => {
      resolvePalette();
      render();
    });
  }
}
