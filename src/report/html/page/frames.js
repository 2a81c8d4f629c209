// What the frames of a recording mean: whose code they are, and how often they were seen.

const ORIGINS = ["own", "package", "library", "native"];
const SHADES = 6;

/** Of each origin several shades, so that neighbours differ. */
function shades(mixed) {
  const all = (name) => Array.from({ length: SHADES }, (_, at) => mixed(name, "ground", at * 7));
  return {
    origins: ORIGINS.map(all),
    waits: mixed("neutral", "panel", 45),
    collects: mixed("ink", "panel", 30),
    curve: mixed("accent", "panel", 0),
    area: mixed("accent", "panel", 75),
  };
}

/** FNV-1a, to spread names over shades. */
function shadeOf(name) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return (hash >>> 16) % SHADES;
}

function colorOf(drawn, node) {
  const frame = drawn.frame[node], place = node ? drawn.frames.placeOf(frame) : -1;
  if (scene.found) return scene.found[frame] ? palette.found : palette.neutral;
  if (scene.lit?.[frame]) return palette.advised;
  if (place < 0 || place === ELIDED) return palette.neutral;
  return palette.origins[originOf(place)][shadeOf(functions.name[places.function[place]])];
}

const rootLabel = (drawn) => ({ name: `all (${samplesOf(drawn.total[0])})`, text: "", at: "" });

const litKey = () => state.finding;

/** The frames of the chosen finding. */
function litFrames() {
  const finding = data.findings[state.finding];
  if (!finding) return null;
  const made = grain(), lit = new Uint8Array(tree().frames.count);
  for (const place of finding.places) lit[made.key[place]] = 1;
  return lit;
}

const matched = (drawn, found) => shareOf(drawn.covered(found), drawn.total[0]);
const named = (drawn) => samplesOf(drawn.total[0]);

/** `dedupe: order_id in seen (orders.py:10) · 78 % of 2,981 samples, 78 % itself` */
function described(node) {
  const drawn = tree(), whole = drawn.total[0];
  const share = `${shareOf(drawn.total[node], whole)} of ${samplesOf(whole)}`;
  if (!node) return whole ? `all · ${samplesOf(whole)}` : "No sample is like that: another choice of the view shows some.";
  const self = state.inverted ? "" : `, ${shareOf(drawn.self[node], whole)} itself`;
  return `${drawn.frames.label(drawn.frame[node]).whole} · ${share}${self}`;
}

/** What else there is to say of a node: the chosen finding's share, and how little is known. */
function remark(node) {
  const whole = tree().total[0], few = whole > 0 && whole < data.quality.few;
  const covered = scene.lit && !scene.found && !node ? tree().covered(scene.lit) : 0;
  const isOfRun = covered && isAllBusy() && data.quality.busy_part !== null;
  const share = shareOf(covered, whole) + (isOfRun ? ` of the busy samples, ${data.findings[state.finding].brief} ${data.findings[state.finding].whole}` : "");
  const lit = covered ? ` · lit: finding ${state.finding + 1}, ${share}` : "";
  return lit + (few ? " · too few samples for shares" : "");
}

/** A frame leads to its line, where there is one. */
function leadsTo(node) {
  const drawn = tree(), place = node ? drawn.frames.placeOf(drawn.frame[node]) : -1;
  return place >= 0 ? sourceOf(place) : {};
}
