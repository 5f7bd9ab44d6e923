// The customer beside the list: Escape closes it, and the focus is where one would look for it.
const pane = () => document.getElementById("peek");
const seen = (element) => element?.checkVisibility?.() ?? true;
let opener = "";

document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".table--open tbody tr");
  if (row) opener = row.id;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !pane()) return;
  if (event.target.closest?.("input, textarea, select, dialog[open], details[data-menu][open]")) return;
  event.preventDefault();
  opener = document.querySelector(".table--open .table__here")?.id ?? opener;
  pane().querySelector("[data-peek-close]").click();
});

// Where the list gave way to the panel (narrow), or the panel is gone, what had the focus is no more.
document.addEventListener("htmx:after:swap", () => {
  const focused = document.activeElement;
  if (focused !== document.body && focused.isConnected && seen(focused)) return;
  if (pane()) pane().focus();
  else document.querySelector(`#${CSS.escape(opener)} a`)?.focus();
});
