// <form data-criteria>: conditions come and go, and the matching tickets follow, without leaving the page.
// The server makes the parts; without script the same buttons send the form.
const parts = ["criteria", "acts", "sample"];
let latest = 0; // which try-out is the newest: only its answer is shown
let queue = Promise.resolve(); // what changes the rows happens in the order it was asked for
let timer;

const fetchParts = async (form, what, only, isWanted = () => true) => {
  const body = new FormData(form);
  body.set("do", what);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  if (!isWanted() || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = document.activeElement?.id;
  for (const id of only) document.getElementById(id)?.replaceWith(page.getElementById(id));
  if (focused) document.getElementById(focused)?.focus();
  const added = { add: '[name^="field-"]', act: "[name^=act-][data-refresh]" }[what];
  if (added) [...form.querySelectorAll(added)].at(-1)?.focus();
};
const refresh = (form, what) => {
  clearTimeout(timer);
  latest += 1;
  queue = queue.then(() => fetchParts(form, what, parts)).catch(() => {});
};
const tryOut = (form) => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const mine = ++latest;
    fetchParts(form, "refresh", ["sample"], () => mine === latest).catch(() => {});
  }, 400);
};

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-criteria]")) return;
  const n = event.target.name.match(/^field-(\d+)$/)?.[1];
  for (const part of n ? ["operator", "value"] : []) {
    const stale = form.elements[`${part}-${n}`];
    if (stale) stale.value = "";
  }
  if (event.target.matches("[data-refresh], [name^=join-]")) refresh(form, "refresh");
});
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-criteria]") && event.target.matches("[data-try]"))
    tryOut(form);
});
document.addEventListener("submit", (event) => {
  const what = event.submitter?.value;
  if (!event.target.matches("[data-criteria]") || !/^(add|act|refresh|(remove|unact)-\d+)$/.test(what ?? "")) return;
  event.preventDefault();
  refresh(event.target, what);
});
