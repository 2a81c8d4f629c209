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

const group = (name, ...parts) => el("div", { class: "group", role: "group", "aria-label": name }, ...parts);

/** `12,345` */
const thousands = (number) => Math.round(number).toLocaleString("en-US");

/** `83 %`; below one percent with one digit, and never `0 %` for something that was seen. */
function percent(share) {
  const value = share * 100;
  if (value <= 0) return "0 %";
  if (value < 0.1) return "< 0.1 %";
  return `${value < 0.95 ? value.toFixed(1) : Math.round(value)} %`;
}

/** Leads to another part of the page without a change of the address, which says what is chosen. */
function jump(id) {
  return (event) => {
    event?.preventDefault();
    byId(id).scrollIntoView({ block: "start" });
    byId(id).focus({ preventScroll: true });
  };
}

/** Columns from which all stands side by side, as in the style sheet. */
const WIDE = 1080;
