// A page that shows what changed fetches itself again, and its `data-live` regions are morphed: typed text, focus, open
// menus, ticks and scroll positions stay. What a page shows stands in data-live-ticket, data-live-contact, data-live-account or data-live-department (or *).
import { farewell, follow, recompose } from "./rights.js";

const words = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const desk = document.querySelector("live-desk");
const SOON = 250;
const SHORTEST = 1000;
let api;
let morphing = false;
let due = 0;
let timer;
let fetching = false;
let rested = 0;
let swaps = 0;
let own = true;
let over = false;
let moved = 0;
let urgent = false;
let forced = false;

window.htmx?.registerExtension("live", {
  init: (internal) => (api = internal),
  htmx_before_morph_node: (old, { newNode }) => !(morphing && old.matches && isKept(old, newNode)),
  htmx_before_morph_attr: (old, { attrName }) =>
    !(morphing && (["style", "hidden"].includes(attrName) || (attrName === "open" && old.matches("details, dialog")))),
});

// Events that may take the ticket, or a right on it, away from the reader: followed at once, in the background too.
const TAKING = ["ticket.unshared", "ticket.share_changed", "ticket.moved", "ticket.trashed", "ticket.spam"];

const isKept = (old, fresh) =>
  old.matches("bulk-bar") || fresh.matches(".count--later") || (!forced && old.matches("form") && isBeingFilled(old));
const isBeingFilled = (form) => form.contains(document.activeElement) || [...form.elements].some(isChanged);
const isChanged = (field) =>
  field.matches('[type="checkbox"], [type="radio"]') ? field.checked !== field.defaultChecked
  : field.matches("select") ? [...field.options].some((each) => each.selected !== each.defaultSelected) && field.selectedIndex > 0
  : field.matches('textarea, input:not([type="hidden"], [type="submit"], [type="file"])') && field.value !== field.defaultValue;

// -- when

const shown = () => document.querySelector("[data-live-ticket], [data-live-department], [data-live-contact], [data-live-account]")?.dataset;

const delay = (name) => {
  const page = shown();
  if (!page || name.verb === "notice" || name.verb?.startsWith("presence.")) return null;
  if (page.liveTicket?.split(" ").includes(String(name.number))) return SOON;
  const customer = page.liveContact ?? page.liveAccount;
  if (customer && customer === String(page.liveContact ? name.contact : name.account)) return Number(page.livePace) || SOON;
  const departments = page.liveDepartment?.split(" ") ?? [];
  if (!departments.includes("*") && !departments.includes(String(name.department))) return null;
  return Number(page.livePace) || SOON;
};

const plan = (in_ms) => {
  const at = urgent ? performance.now() : Math.max(performance.now() + in_ms, rested);
  if (due && due <= at) return;
  due = at;
  clearTimeout(timer);
  timer = setTimeout(refresh, at - performance.now());
};

document.addEventListener("desk:heard", ({ detail }) => {
  if (detail.kind === "all" && shown()) plan(Math.random() * 500);
  if (detail.kind === "out") signedOut();
  if (detail.kind !== "name") return;
  const wait = delay(detail.name);
  if (wait === null) return;
  if (String(detail.name.agent) !== desk.dataset.agent) own = false;
  urgent ||= TAKING.includes(detail.name.verb) && Number(shown().liveTicket) === detail.name.number;
  plan(wait + Math.random() * 150);
});
document.addEventListener("visibilitychange", () => !document.hidden && due && refresh());
document.addEventListener("pointermove", (event) => event.target.closest?.("[data-live=rows] tbody") && (moved = performance.now()));
// What the reader did here is shown already by the answer.
document.addEventListener("htmx:after:swap", () => {
  swaps += 1;
  if (!own) return;
  due = 0;
  clearTimeout(timer);
});

// -- how

const refresh = async () => {
  clearTimeout(timer);
  if (over || (document.hidden && !urgent) || !shown() || !api) return;
  if (fetching) return (timer = setTimeout(refresh, 300));
  const [began, from, before] = [performance.now(), location.href, swaps];
  [fetching, due, own, urgent] = [true, 0, true, false];
  try {
    const answer = await fetch(from, { headers: { Live: "1" } });
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/login")) return signedOut();
    if (answer.status === 404 || answer.status === 403) return gone();
    if (!answer.ok) return plan(5000);
    if (answer.redirected && new URL(answer.url).pathname !== new URL(from).pathname) return await led(answer.url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (swaps !== before || location.href !== from) return plan(SOON);
    show(page);
  } catch {
    due = 0;
    plan(5000);
  } finally {
    fetching = false;
    rested = performance.now() + Math.max(SHORTEST, 3 * (performance.now() - began));
  }
};

const show = (page) => {
  const focused = document.activeElement;
  forced = follow(page);
  for (const region of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(region.id);
    if (!fresh) continue;
    const way = { entries, rows }[region.dataset.live] ?? morph;
    way(region, fresh);
  }
  forced = false;
  recompose(page);
  document.title = page.title;
  const counts = page.getElementById("custom-views")?.getAttribute("hx-get");
  if (counts) window.htmx.ajax("GET", counts, { target: "#custom-views", swap: "outerHTML" });
  if (focused && !focused.isConnected) document.getElementById("content").focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("desk:shown"));
};

const morph = (region, fresh) => {
  const fragment = document.createDocumentFragment();
  fragment.append(...document.importNode(fresh, true).childNodes);
  morphing = true;
  try {
    api.morph(region, fragment, true);
  } finally {
    morphing = false;
  }
  window.htmx.process(region);
};

const ids = (region, what) => new Set([...region.querySelectorAll(what)].map((each) => each.id));
const announce = (text) => (document.getElementById("live-said").textContent = text);

// -- the conversation: who reads its end sees what comes; who reads further up stays there and is told

const entries = (region, fresh) => {
  const known = ids(region, ".entry[id]");
  const pane = region.closest(".ticket__scroll");
  const scrolls = pane && pane.scrollHeight > pane.clientHeight + 1 ? pane : document.scrollingElement;
  const atEnd = isAtEnd(region, pane);
  const top = scrolls === pane ? pane.getBoundingClientRect().top : 0;
  const held = [...region.children].find((each) => each.getBoundingClientRect().bottom > top);
  const stood = held?.getBoundingClientRect().top;
  morph(region, fresh);
  if (!atEnd && held?.isConnected) scrolls.scrollBy({ top: held.getBoundingClientRect().top - stood, behavior: "instant" });
  const first = [...region.querySelectorAll(".entry[id]")].find((each) => !known.has(each.id));
  if (!first) return;
  announce(`${desk.dataset.message} ${first.getAttribute("aria-label")}`);
  if (!atEnd) offer(first, region, pane);
};

const isAtEnd = (region, pane) => {
  if (pane && pane.scrollHeight > pane.clientHeight + 1) return Math.abs(pane.scrollTop) < 48;
  return !region.lastElementChild || region.lastElementChild.getBoundingClientRect().top < innerHeight;
};

const offer = (entry, region, pane) => {
  document.querySelector(".live-new")?.remove();
  const button = words("live-new");
  pane.after(button);
  button.addEventListener("click", () => {
    entry.scrollIntoView({ block: "center" });
    button.remove();
  });
  const seen = new IntersectionObserver(([each]) => each.isIntersecting && (button.remove(), seen.disconnect()), { threshold: 0.3 });
  seen.observe(entry);
};

// -- the list: rows change in place; where the reader scrolled or ticked, new ones wait behind a bar

const rows = (region, fresh) => {
  if (performance.now() - moved < 1500 && region.matches(":hover")) return plan(1600);
  const [old, now] = [ids(region, "tbody tr[id]"), ids(fresh, "tbody tr[id]")];
  const added = [...now].filter((id) => !old.has(id)).length;
  const left = [...old].some((id) => !now.has(id));
  document.querySelector(".live-bar")?.remove();
  if (!isHeld(region) || !old.size) {
    morph(region, fresh);
    if (added) announce(counted(added));
    return;
  }
  for (const id of old) {
    if (!now.has(id)) continue;
    const [row, other] = [document.getElementById(id), fresh.querySelector(`#${CSS.escape(id)}`)];
    row.className = other.className;
    morph(row, other);
  }
  if (!added && !left) return;
  const bar = words("live-bar");
  bar.querySelector("span").textContent = added ? counted(added) : desk.dataset.changed;
  region.prepend(bar);
  announce(bar.textContent.trim());
  bar.addEventListener("click", () => {
    bar.remove();
    morph(region, fresh);
    region.querySelector(".table-wrap")?.scrollTo({ top: 0 });
    document.scrollingElement.scrollTo({ top: 0 });
  });
};

const isHeld = (region) =>
  (region.querySelector(".table-wrap")?.scrollTop ?? 0) > 40 || scrollY > 40 || Boolean(region.querySelector("tbody :checked, :scope > .banner, dialog[open]"));
const counted = (n) => (n === 1 ? desk.dataset.one : desk.dataset.many).replace("{n}", n);

// -- what this page showed stands elsewhere now: the ticket was merged into another. What is being written goes along.

const led = async (to) => {
  over = true;
  const composer = document.querySelector("ticket-composer");
  const drafts = composer?.drafts;
  const writes = Boolean(drafts?.dirty || drafts?.version);
  while (drafts?.saving) await new Promise((done) => setTimeout(done, 100));
  if (drafts?.dirty) await drafts.save();
  const isKept = !writes || drafts.kept[drafts.mode]?.fields.body === composer.content().body;
  const files = composer?.querySelector('input[type="file"]')?.files.length;
  const others = [...document.forms].some((form) => !composer?.contains(form) && [...form.elements].some(isChanged));
  const there = new URL(to);
  if (writes) there.searchParams.set("carried", "1");
  if (isKept && !files && !others) return location.replace(there);
  const note = words("live-led");
  note.querySelector("a").href = there;
  document.body.append(note);
};

// -- the end

const gone = () => {
  over = true;
  const main = document.getElementById("content");
  farewell(main, words("liveShared" in main.dataset ? "live-unshared" : "live-gone"));
  announce(main.textContent.trim());
};

const signedOut = () => {
  if (over) return;
  over = true;
  const note = words("live-out");
  const link = note.querySelector("a");
  link.href = `${link.getAttribute("href")}?next=${encodeURIComponent(location.pathname + location.search)}`;
  document.body.append(note);
};
