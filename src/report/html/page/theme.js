// Colours: the style sheet's, resolved for the canvas.

const THEMES = ["auto", "light", "dark"];
const ORIGINS = ["own", "package", "library", "native"];
const SHADES = 6;

/** The colours of this theme; of each origin several shades, so that neighbours differ. */
let palette = null;

function resolvePalette() {
  const probe = el("span", { hidden: true });
  document.body.append(probe);
  const color = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const named = Object.fromEntries(
    ["ground", "ink", "faint", "label", "advised", "found", "neutral", "focus"].map((name) => [name, color(name)]),
  );
  const mixed = (name, shade) => color(name) && mix(probe, name, shade);
  palette = { ...named, origins: ORIGINS.map((name) => Array.from({ length: SHADES }, (_, at) => mixed(name, at))) };
  probe.remove();
}

function mix(probe, name, shade) {
  probe.style.color = `color-mix(in srgb, var(--${name}), var(--ground) ${shade * 7}%)`;
  return getComputedStyle(probe).color;
}

/** FNV-1a, to spread names over shades. */
function shadeOf(name) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return (hash >>> 16) % SHADES;
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
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    resolvePalette();
    render();
  });
}
