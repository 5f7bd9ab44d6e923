// What the parts of the board share. Nothing imports board.js itself: pages load it under a name with a hash, so that it would run twice.
import { cardOf, put, words } from "./board-pieces.js";

export const parse = (html) => new DOMParser().parseFromString(html, "text/html");
export const number = (card) => card?.dataset.number ?? "";

export const toast = (text) => {
  const said = Object.assign(document.createElement("toast-message"), { className: "toast" });
  said.setAttribute("role", "alert");
  said.append(document.querySelector(".banner .icon, .empty .icon, .icon").cloneNode(true), Object.assign(document.createElement("span"), { textContent: text }));
  document.getElementById("toasts").append(said);
};

// Ask the server, and put what it answers in place. Says whether it could.
export const send = async (address, { body, card, asked = [], isQuiet } = {}) => {
  card?.setAttribute("aria-busy", "true");
  try {
    const headers = { Board: words.department, ...(isQuiet && { Live: "1" }) };
    const answer = await fetch(address, { method: body ? "POST" : "GET", body, headers });
    if (answer.status === 204) return location.assign(answer.headers.get("Board-Location"));
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/login")) return location.reload();
    const pieces = parse(await answer.text()).querySelector("board-pieces");
    if (!pieces) return fail(card, answer.status === 403 || answer.status === 404 ? words.unsent : words.lost);
    document.dispatchEvent(new CustomEvent("board:put", { detail: asked }));
    put(pieces, asked, card);
    if (pieces.dataset.refused && !cardOf(number(card))) toast(pieces.dataset.refused);
    return answer.ok;
  } catch {
    return fail(card, words.lost);
  } finally {
    card?.removeAttribute("aria-busy");
  }
};

const fail = (card, text) => {
  const reply = card?.querySelector("quick-reply");
  reply ? reply.tell(text) : toast(text);
  return false;
};

// Closes what is open on a card. What was typed is kept as a draft first.
export const leave = async (card) => {
  const reply = card.querySelector("quick-reply");
  if (reply && !(await reply.keep())) return;
  if (card.dataset.sample) return send(words.changes, { card, isQuiet: true });
  await send(changes([number(card)]), { card, asked: [number(card)], isQuiet: true });
};

export const changes = (numbers) => `${words.changes}${words.changes.includes("?") ? "&" : "?"}numbers=${numbers.join(",")}`;
