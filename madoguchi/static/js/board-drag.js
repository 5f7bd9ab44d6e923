// A card dragged to another column changes the field; where the CRM decides, cards stay and the page says why.
import { board, onColumn, words } from "./board-pieces.js";
import { send, toast } from "./board-send.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const OTHERS = ".button, .icon-button, .board-card--open, .board-card--sample, input, textarea";

export const startDragging = () => {
  if (words.fixed) return explain();
  if (!("movable" in words) || !window.Sortable) return;
  onColumn((column) =>
    window.Sortable.create(column.querySelector(".board__cards"), {
      group: "board",
      sort: false,
      draggable: ".board-card",
      filter: OTHERS,
      preventOnFilter: false,
      delay: 200,
      delayOnTouchOnly: true,
      touchStartThreshold: 6,
      animation: calm ? 0 : 150,
      onStart: () => board.classList.add("board--dragging"),
      onEnd: dropped,
    }),
  );
};

const dropped = ({ item, from, to, oldDraggableIndex }) => {
  board.classList.remove("board--dragging");
  if (from === to) return;
  const back = () => {
    const rest = [...from.querySelectorAll(".board-card")];
    rest[oldDraggableIndex] ? rest[oldDraggableIndex].before(item) : from.querySelector(".board__none").before(item);
  };
  place(item, to.closest(".board__column").dataset.key).then((isAnswered) => isAnswered === undefined || document.contains(item) === false || back());
};

// Moves a card by the server; true where it did, false where it was refused.
export const place = (card, key) => {
  const body = new FormData(document.getElementById("board-form"));
  for (const [name, value] of Object.entries({ to: key, seen: card.dataset.column, dragged: "1" })) body.set(name, value);
  const address = words.place.replace("/0/", `/${card.dataset.number}/`) + (words.query && `?${words.query}`);
  return send(address, { body, card, asked: [card.dataset.number] });
};

const explain = () => {
  let held = null;
  let told = -Infinity;
  const tell = () => {
    if (performance.now() - told < 4000) return;
    told = performance.now();
    toast(words.fixed);
  };
  board.addEventListener("dragstart", (event) => {
    if (!event.target.closest?.(".board-card")) return;
    event.preventDefault();
    tell();
  });
  board.addEventListener("pointerdown", (event) => (held = event.button || event.target.closest("textarea, input") ? null : event.target.closest(".board-card")));
  addEventListener("pointerup", () => (held = null));
  board.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons || event.pointerType === "touch" || held.contains(document.elementFromPoint(event.clientX, event.clientY))) return;
    held = null;
    tell();
  });
};
