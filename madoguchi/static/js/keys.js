// Shortcuts. Single keys are off while a field has the focus, while an input method composes, and where the agent
// switched them off (body[data-keys="off"], WCAG 2.1.4). What a key presses is a control of the page, so that a key does
// nothing the agent may not do: [data-key="g h"], or one of PRESSED.
import { composing } from "./picker.js";

const PRESSED = {
  r: '.composer a[data-mode="reply"]',
  n: '.composer a[data-mode="note"]',
  f: '.composer a[data-mode="forward"]',
  m: '.ticket__actions a[data-merge], .ticket__actions a[href$="/merges"]',
  e: '.ticket__actions form[action$="/closure"] button',
  h: ".ticket__actions a[data-share]",
  s: '#side a[href*="edit=status"]',
};
const PAUSE_MS = 1200;
let first = "";
let timer;

const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]");
const rows = () => {
  const queue = [...document.querySelectorAll(".queue__list .ticket-row")];
  return queue.length ? queue : [...document.querySelectorAll("main tbody tr :is(th, .subject__line) a[href]")];
};
const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

const move = (step, arrow) => {
  const all = rows();
  const at = all.findIndex((row) => row === document.activeElement || row.closest("tr")?.contains(document.activeElement));
  if (arrow && at < 0) return false;
  const current = all.findIndex((row) => row.getAttribute("aria-current"));
  const next = at >= 0 ? at + step : current >= 0 ? current + step : 0;
  const row = all[Math.max(0, Math.min(all.length - 1, next))];
  row?.focus();
  row?.scrollIntoView({ block: "nearest" });
  return Boolean(row);
};

const neighbour = (step) => {
  const all = [...document.querySelectorAll(".queue__list .ticket-row")];
  const at = all.findIndex((row) => row.getAttribute("aria-current"));
  const to = at < 0 ? null : all[at + step];
  to?.click();
  return Boolean(to);
};

const row = () => (document.activeElement.matches(".ticket-row, tbody tr *") ? document.activeElement : null);
const DEEDS = {
  "[": () => neighbour(-1),
  "]": () => neighbour(1),
  o: () => {
    const link = rows().find((each) => each === row() || each.closest("tr")?.contains(row()));
    link?.click();
    return Boolean(link);
  },
  x: () => {
    const box = row()?.closest("tr")?.querySelector('input[name="ticket"]');
    box?.click();
    return Boolean(box);
  },
  "?": () => document.dispatchEvent(new CustomEvent("desk:help")),
};

const press = (key) => {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? (PRESSED[key] && document.querySelector(PRESSED[key]));
  if (!target) return false;
  target.matches("input, textarea") ? (target.focus(), target.select()) : target.click();
  return true;
};

const single = (event) => {
  if (document.body.dataset.keys === "off" || typing(event.target)) return false;
  if (event.key in steps) return move(steps[event.key], event.key.startsWith("Arrow"));
  if (event.target.closest("details[data-menu][open]")) return false;
  const { key } = event;
  if (first && press(`${first} ${key}`)) return (first = ""), true;
  clearTimeout(timer);
  first = key === "g" ? key : "";
  timer = setTimeout(() => (first = ""), PAUSE_MS);
  if (first) return false;
  return key in DEEDS ? DEEDS[key]() : press(key);
};

// On the way down: the editor has a use of its own for Ctrl+K.
addEventListener(
  "keydown",
  (event) => {
    if (composing(event) || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    event.stopPropagation();
    document.dispatchEvent(new CustomEvent("desk:palette"));
  },
  true,
);

document.addEventListener("keydown", (event) => {
  if (composing(event) || event.defaultPrevented) return;
  // data-enter="id": Enter in this field presses that button, not the first one of the form.
  const button = event.target.dataset?.enter;
  if (event.key === "Enter" && button) {
    event.preventDefault();
    return document.getElementById(button)?.click();
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (single(event)) event.preventDefault();
});
