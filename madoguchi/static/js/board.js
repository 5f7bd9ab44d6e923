// The board: cards are answered, closed and moved in place, and follow what others do. Without script each of these is a
// link or a form of its own.
import "./board-reply.js";
import { startDragging } from "./board-drag.js";
import { startKeys } from "./board-keys.js";
import { listen } from "./board-live.js";
import { board, put, words } from "./board-pieces.js";
import { leave, number, parse, send } from "./board-send.js";

const more = async (link) => {
  if (link.ariaBusy) return;
  link.ariaBusy = "true";
  try {
    const answer = await fetch(link.href, { headers: { Board: words.department, Live: "1" } });
    const column = link.closest(".board__column");
    const fresh = parse(await answer.text()).getElementById(column.id);
    if (!answer.ok || !fresh) return location.assign(link.href);
    const next = [...fresh.querySelectorAll(".board-card:not(.board-card--sample)")].filter((card) => !document.getElementById(card.id));
    const onward = fresh.querySelector(".board__more");
    link.before(...next.map((card) => document.adoptNode(card)));
    onward ? link.replaceWith(document.adoptNode(onward)) : link.remove();
    put(null, []);
    next[0]?.querySelector("a[href]").focus({ preventScroll: true });
    next[0]?.scrollIntoView({ block: "nearest" });
  } catch {
    location.assign(link.href);
  }
};

const submit = (event) => {
  const button = event.submitter;
  const card = (button ?? event.target).closest(".board-card");
  if (!card || event.defaultPrevented) return;
  event.preventDefault();
  if (card.ariaBusy) return;
  const body = new FormData(event.target, button);
  const address = button?.getAttribute("formaction") ?? event.target.getAttribute("action");
  send(address, { body, card, asked: [number(card)].filter(Boolean) });
};

const click = (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const card = link.closest(".board-card");
  if (link.matches(".board__more")) {
    event.preventDefault();
    more(link);
  } else if (card && link.matches("[data-reply], [data-place]")) {
    event.preventDefault();
    if (!card.ariaBusy) send(link.getAttribute("href").replace(/#.*/, ""), { card, asked: [number(card)].filter(Boolean), isQuiet: true });
  } else if (card && link.matches("[data-cancel]")) {
    event.preventDefault();
    leave(card);
  }
};

if (board) {
  document.addEventListener("submit", submit);
  board.addEventListener("click", click);
  startDragging();
  startKeys();
  listen();
}
