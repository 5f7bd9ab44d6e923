// Keys on the board: arrows (or j, k) go from card to card and column to column, r replies, e closes, v moves; Shift and an
// arrow moves the card itself to the next column. Off where the agent switched shortcuts off, and while an input method composes.
import { place } from "./board-drag.js";
import { board, words } from "./board-pieces.js";
import { toast } from "./board-send.js";
import { composing } from "./picker.js";

const UP_DOWN = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
const SIDES = { ArrowRight: 1, ArrowLeft: -1 };
const PRESSED = { r: "[data-reply]", e: "[data-closes]", v: "[data-place]" };
const cards = (column) => [...column.querySelectorAll(".board-card")];
const columns = () => [...board.querySelectorAll(".board__column")];
const focus = (card) => {
  card.querySelector(".board-card__subject a").focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
};

const along = (card, step) => {
  const all = cards(card.closest(".board__column"));
  const next = all[all.indexOf(card) + step];
  next ? focus(next) : step > 0 && card.closest(".board__cards").querySelector(".board__more")?.focus();
};

const across = (card, step) => {
  const top = card.getBoundingClientRect().top;
  const all = columns();
  for (let at = all.indexOf(card.closest(".board__column")) + step; all[at]; at += step) {
    const there = cards(all[at]);
    if (!there.length) continue;
    const near = there.map((each) => [Math.abs(each.getBoundingClientRect().top - top), each]).sort((a, b) => a[0] - b[0]);
    return focus(near[0][1]);
  }
};

const shift = (card, step) => {
  if (words.fixed) return toast(words.fixed);
  if (!("movable" in words) || card.dataset.sample || card.ariaBusy) return;
  const all = columns();
  for (let at = all.indexOf(card.closest(".board__column")) + step; all[at]; at += step) if ("drop" in all[at].dataset) return place(card, all[at].dataset.key);
};

const rtl = () => (getComputedStyle(board).direction === "rtl" ? -1 : 1);

const act = (event) => {
  const { target, key } = event;
  const card = target.closest?.(".board-card");
  if (!card && target !== document.body && !target.closest?.("#board")) return false;
  if (key in UP_DOWN || key in SIDES) {
    if (event.shiftKey && key in SIDES && card) return shift(card, SIDES[key] * rtl()), true;
    if (event.shiftKey) return false;
    const into = target.closest?.(".board__column") ?? board;
    const first = into.querySelector(".board-card");
    if (!card && target.matches?.(".board__more") && UP_DOWN[key] < 0) return focus(cards(into).at(-1)), true;
    if (!card) return target === document.body && key.startsWith("Arrow") ? false : first ? (focus(first), true) : false;
    return key in UP_DOWN ? along(card, UP_DOWN[key]) : across(card, SIDES[key] * rtl()), true;
  }
  if (!card || event.shiftKey || !(key in PRESSED)) return false;
  if (key === "v" && words.fixed) return toast(words.fixed), true;
  const control = card.querySelector(PRESSED[key]);
  control?.click();
  return Boolean(control);
};

export const startKeys = () =>
  document.addEventListener(
    "keydown",
    (event) => {
      if (composing(event) || event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === "off") return;
      if (event.target.closest?.("input, textarea, select, [contenteditable], dialog[open], details[data-menu][open], .board-card__places")) return;
      if (!act(event)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
