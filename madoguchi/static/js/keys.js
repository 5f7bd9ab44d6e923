// data-enter="id": Enter in this field presses that button, not the first one of the form.
document.addEventListener("keydown", (event) => {
  const button = event.target.dataset?.enter;
  if (event.key !== "Enter" || event.isComposing || !button) return;
  event.preventDefault();
  document.getElementById(button)?.click();
});
// data-key="/" focuses (inputs) or clicks (everything else) when the key is pressed outside of a text field.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  target.matches("input, textarea") ? target.focus() : target.click();
});
