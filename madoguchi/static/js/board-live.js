// The board follows the desk's stream: names only; the cards that changed are fetched and put in place, a few at a time.
import { board, cardOf, put, words } from "./board-pieces.js";
import { changes } from "./board-send.js";

const SOON = 250;
const SHORTEST = 1000;
const MOST = 200;
const FRESHEN = 120_000;
const OWN = 2000;
const heard = new Set();
const own = new Map();
const desk = document.querySelector("live-desk");
let everything = false;
let sampled = false;
let timer;
let rested = 0;
let fetching = false;

// The answer to what the agent did here shows these already.
document.addEventListener("board:put", ({ detail }) => detail.forEach((number) => own.set(String(number), performance.now())));

const plan = (wait = SOON) => {
  if (timer) return;
  const pause = Math.max(wait + Math.random() * 150, rested - performance.now());
  timer = setTimeout(follow, pause);
};

const isOwn = (name) => String(name.agent) === desk?.dataset.agent && performance.now() - (own.get(String(name.number)) ?? -OWN) < OWN;

const hear = ({ detail }) => {
  if (detail.kind === "all") {
    everything = true;
    return plan(Math.random() * 500);
  }
  const { name } = detail;
  if (detail.kind !== "name" || name.verb === "notice" || name.verb?.startsWith("presence.")) return;
  const isHere = String(name.department) === words.department;
  if (name.verb === "board.sample" && isHere) {
    sampled = true;
    return plan();
  }
  if (!name.number || (!isHere && !cardOf(name.number)) || isOwn(name)) return;
  heard.add(String(name.number));
  plan();
};

const follow = async () => {
  timer = undefined;
  if (document.hidden) return;
  if (fetching) return plan(300);
  const began = performance.now();
  fetching = true;
  try {
    if (everything) await again();
    const numbers = [...heard].slice(0, MOST);
    if (!numbers.length && !sampled) return;
    numbers.forEach((number) => heard.delete(number));
    sampled = false;
    if (!(await fresh(numbers))) numbers.forEach((number) => heard.add(number));
  } finally {
    fetching = false;
    rested = performance.now() + Math.max(SHORTEST, 3 * (performance.now() - began));
    if (heard.size || everything) plan(heard.size >= MOST ? SOON : 5000);
  }
};

const get = async (address) => {
  const answer = await fetch(address, { headers: { Board: words.department, Live: "1" } });
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/login")) return null;
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
};

const fresh = async (numbers) => {
  const page = await get(changes(numbers)).catch(() => null);
  const pieces = page?.querySelector("board-pieces");
  if (pieces) put(pieces, numbers);
  return Boolean(pieces);
};

// After a gap: the first cards of all columns, and those shown besides.
const again = async () => {
  const page = await get(words.page).catch(() => null);
  const there = page?.getElementById("board");
  if (!there) return;
  everything = false;
  const shown = [...board.querySelectorAll(".board-card[data-number]")].map((card) => card.dataset.number);
  const came = [...there.querySelectorAll(".board-card[data-number]")].map((card) => card.dataset.number);
  put(page.body, came);
  for (const column of there.querySelectorAll(".board__column")) {
    const here = document.getElementById(column.id);
    const more = column.querySelector(".board__more");
    if (more && here && !here.querySelector(".board__more")) here.querySelector(".board__none").after(document.importNode(more, true));
  }
  put(null, []);
  for (const number of shown) if (!came.includes(number)) heard.add(number);
};

export const listen = () => {
  document.addEventListener("desk:heard", hear);
  document.addEventListener("visibilitychange", () => !document.hidden && (heard.size || everything || sampled) && plan(0));
  // Ages, due times and the state of the CRM move on by themselves.
  setInterval(() => {
    if (document.hidden || board.matches(".board--dragging")) return;
    for (const card of [...board.querySelectorAll(".board-card[data-number]")].slice(0, MOST)) heard.add(card.dataset.number);
    sampled = true;
    plan();
  }, FRESHEN);
};
