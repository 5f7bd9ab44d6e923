// <form data-criteria>: conditions come and go, and the matching tickets follow, without leaving the page.
// The server makes the parts; without script the same buttons send the form.
const parts = ["criteria", "sample"];
let latest = 0;

const refresh = async (form, what, only = parts) => {
  const mine = ++latest;
  const body = new FormData(form);
  body.set("do", what);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  if (mine !== latest || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = document.activeElement?.id;
  for (const id of only) document.getElementById(id)?.replaceWith(page.getElementById(id));
  if (focused) document.getElementById(focused)?.focus();
  if (what === "add") [...form.querySelectorAll('[name^="field-"]')].at(-1)?.focus();
};
const debounced = ((timer) => (act) => {
  clearTimeout(timer);
  timer = setTimeout(act, 400);
})();

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
    debounced(() => refresh(form, "refresh", ["sample"]));
});
document.addEventListener("submit", (event) => {
  const what = event.submitter?.value;
  if (!event.target.matches("[data-criteria]") || !/^(add|refresh|remove-\d+)$/.test(what ?? "")) return;
  event.preventDefault();
  refresh(event.target, what);
});
