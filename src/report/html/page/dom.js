// Elements. What the program under observation chose enters the page through `textContent` and
// attributes that only a reader's software speaks; nothing here parses markup.

const byId = (id) => document.getElementById(id);

/** An element with attributes (`class`, `title`, `aria-*`), listeners (`onclick`) and children. */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button that stays pressed. */
function toggle(text, pressed, onclick, title = null) {
  return el("button", { type: "button", "aria-pressed": String(pressed), title, onclick }, text);
}

/** `12,345` */
const thousands = (number) => Math.round(number).toLocaleString("en-US");

/** `83 %`; below one percent with one digit, and never `0 %` for something that was seen. */
function percent(share) {
  const value = share * 100;
  if (value <= 0) return "0 %";
  if (value < 0.1) return "< 0.1 %";
  return `${value < 0.95 ? value.toFixed(1) : Math.round(value)} %`;
}

/** A part of the samples; of too few, the bare numbers. */
function shareOf(part, whole) {
  if (whole < data.quality.few) return `${thousands(part)} of ${thousands(whole)}`;
  return percent(part / whole);
}

const samplesOf = (count) => `${thousands(count)} ${count === 1 ? "sample" : "samples"}`;
