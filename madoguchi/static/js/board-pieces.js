// Puts what the server says of cards in their places. A card that is being answered is never taken away.
export const board = document.getElementById("board");
export const words = board?.dataset ?? {};
export const cardOf = (number) => document.getElementById(`card-${number}`);
export const columnOf = (card) => card.closest(".board__column");
export const inOrder = (column) => [...column.querySelectorAll(".board-card:not(.board-card--sample)")];

const watchers = [];
export const onColumn = (watch) => {
  watchers.push(watch);
  board.querySelectorAll(".board__column").forEach(watch);
};

const isHeld = (card) => Boolean(card.querySelector("quick-reply")) || card.matches(".sortable-chosen") || card.querySelector(".board-card__places, .board-card__said")?.contains(document.activeElement);
const label = (column) => column.querySelector("h2").textContent;

// `asked`: numbers of tickets; those missing in the answer have left the board. `own`: the card the answer is for.
// Without `page` only what follows from the cards shown is set right.
export const put = (page, asked, own) => {
  const focus = focused();
  if (page) {
    for (const id of ["board-lead", "board-notice"]) document.getElementById(id).replaceWith(document.adoptNode(page.querySelector(`#${id}`)));
    const came = new Map([...page.querySelectorAll(".board-card[data-number]")].map((card) => [card.dataset.number, card]));
    const fresh = [...page.querySelectorAll(".board__column")];
    const at = new Map(fresh.map((column) => [column.dataset.key, column]));
    columns(fresh);
    for (const number of asked.map(String)) move(number, came.get(number), own);
    samples(fresh, own);
    for (const column of board.querySelectorAll(".board__column")) if (!at.has(column.dataset.key) && !column.querySelector("quick-reply")) column.remove();
    const toasts = [...page.querySelectorAll("toast-message")].map((said) => document.adoptNode(said));
    document.getElementById("toasts").append(...toasts);
  }
  board.querySelectorAll(".board__column").forEach(count);
  empty();
  refocus(focus);
};

// Heads and counts of columns; those that are new come in their order.
const columns = (fresh) => {
  let before = null;
  for (const other of fresh) {
    let column = document.getElementById(other.id);
    if (!column) {
      column = document.importNode(other, true);
      column.querySelectorAll(".board-card, .board__more").forEach((each) => each.remove());
      before ? before.after(column) : board.prepend(column);
      watchers.forEach((watch) => watch(column));
    }
    column.dataset.count = other.dataset.count;
    column.querySelector(".board__head").replaceChildren(...document.importNode(other.querySelector(".board__head"), true).childNodes);
    before = column;
  }
};

const move = (number, now, own) => {
  const old = cardOf(number);
  if (old && old !== own && isHeld(old)) return tell(old, now);
  if (!now) return old?.remove();
  const card = document.importNode(now, true);
  const column = document.getElementById(`column-${card.dataset.column}`);
  if (old && columnOf(old) === column && old.dataset.order === card.dataset.order) return old.replaceWith(card);
  if (!old || columnOf(old) !== column) card.classList.add("board-card--came");
  old?.remove();
  insert(card, column, Boolean(own));
};

const insert = (card, column, isOwn) => {
  const next = inOrder(column).find((each) => each.dataset.order > card.dataset.order);
  const more = column.querySelector(".board__more");
  if (next) return next.before(card);
  if (more && card.dataset.order > more.dataset.order && !isOwn) return;
  (more ?? column.querySelector(".board__none")).before(card);
};

const samples = (fresh, own) => {
  for (const other of fresh) {
    const column = document.getElementById(other.id);
    const [old, now] = [column, other].map((each) => each.querySelector(".board-card--sample"));
    if (old && old !== own && isHeld(old)) continue;
    if (now && old) old.replaceWith(document.importNode(now, true));
    else if (now) column.querySelector(".board__cards").prepend(document.importNode(now, true));
    else old?.remove();
  }
};

// Of a card that is being answered: what happened to it meanwhile, on the card.
const tell = (card, now) => {
  card.querySelector(".board-card__moved")?.remove();
  if (now && now.dataset.column === card.dataset.column) return;
  const column = now && document.getElementById(`column-${now.dataset.column}`);
  const text = column ? words.went.replace("{column}", label(column)) : words.left;
  const note = Object.assign(document.createElement("p"), { className: "board-card__moved", textContent: text });
  note.setAttribute("role", "status");
  card.querySelector("quick-reply, .board-card__places, .board-card__said").before(note);
};

const count = (column) => {
  const more = column.querySelector(".board__more");
  if (!more || column.querySelector(".board__first")) return;
  const left = Number(column.dataset.count) - inOrder(column).length;
  left > 0 ? (more.textContent = words.more.replace("{n}", left.toLocaleString())) : more.remove();
};

const empty = () => {
  const has = board.querySelector(".board__column");
  const note = board.querySelector(":scope > .empty");
  if (has) note?.remove();
  else if (!note) board.append(document.getElementById("board-empty").content.cloneNode(true));
};

// -- focus stays with its card; where that is gone, with the one that took its place

const focused = () => {
  const card = document.activeElement?.closest?.(".board-card");
  if (!card) return null;
  const column = columnOf(card);
  return { element: document.activeElement, id: card.id, column: column.id, at: [...column.querySelectorAll(".board-card")].indexOf(card) };
};

const refocus = (was) => {
  if (!was || was.element.isConnected) return;
  const same = document.getElementById(was.id);
  const column = document.getElementById(was.column);
  const rest = column ? [...column.querySelectorAll(".board-card")] : [];
  const card = same ?? rest[Math.min(was.at, rest.length - 1)];
  const open = card?.querySelector("textarea, .board-card__places button, .board-card__said :is(button, a.button)");
  (open ?? card?.querySelector(".board-card__subject a") ?? column?.querySelector(".board__cards") ?? board.querySelector(".board-card__subject a") ?? document.getElementById("content")).focus();
};
