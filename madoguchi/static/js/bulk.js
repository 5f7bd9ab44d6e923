// <bulk-bar>: how many rows are ticked, all of the page at once, ranges with Shift, and x for the row one is in.
const boxes = () => [...document.querySelectorAll('#rows input[name="ids"]')];
let last = null;

// The answer of a bulk action stands at the address of the action: a reload or a live update is one of the list.
const list = document.querySelector("#bulk [name=next]")?.value;
if (list && location.pathname === new URL(document.getElementById("bulk").action).pathname) history.replaceState(null, "", list);

const told = () => {
  const bar = document.querySelector("bulk-bar");
  if (!bar) return;
  const all = boxes();
  const n = all.filter((box) => box.checked).length;
  const said = bar.querySelector("[data-counted]");
  if (said) said.textContent = said.dataset.counted.replace("{n}", n);
  const merge = bar.querySelector("[data-merge]");
  if (merge) n ? (merge.dataset.key = "m") : delete merge.dataset.key;
  const head = document.querySelector("input[data-all]");
  if (!head) return;
  head.checked = n > 0 && n === all.length;
  head.indeterminate = n > 0 && n < all.length;
};
const improve = () => {
  for (const hidden of document.querySelectorAll("input[data-all], [data-clear]")) hidden.hidden = false;
  told();
};

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-clear]")) {
    for (const box of boxes()) box.checked = false;
    return told();
  }
  const box = event.target.closest('#rows input[name="ids"]');
  if (!box) return;
  const all = boxes();
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const each of all.slice(from, to + 1)) each.checked = box.checked;
  }
  last = box;
  told();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("input[data-all]")) return;
  for (const box of boxes()) box.checked = event.target.checked;
  told();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const row = event.target.closest("#rows tr") ?? document.querySelector("#rows tr:hover");
  const box = row?.querySelector('input[name="ids"]');
  if (!box) return;
  box.checked = !box.checked;
  last = box;
  told();
});
document.addEventListener("htmx:after:swap", improve);
improve();
