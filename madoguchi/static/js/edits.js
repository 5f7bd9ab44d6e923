// <form data-edits="priority">: when it is saved or left in place, the focus goes back to the link it stood for.
let left = "";
document.addEventListener("focusin", (event) => (left = event.target.closest("[data-edits]")?.dataset.edits ?? ""));
document.addEventListener("htmx:after:swap", () => {
  if (!left || document.activeElement !== document.body) return;
  document.querySelector(`#content a[href*="edit=${CSS.escape(encodeURIComponent(left))}"]`)?.focus();
});
