// Choosing what to merge: no more ticks than one merge takes; the foot says why.
const form = document.getElementById("choose-form");
const said = document.getElementById("choose-said");
const boxes = [...form.querySelectorAll('input[name="with"]')];
const limit = () => {
  const isFull = boxes.filter((box) => box.checked).length >= Number(said.dataset.most) - 1;
  for (const box of boxes) box.disabled = isFull && !box.checked;
  said.textContent = isFull ? said.dataset.many : "";
};
form.addEventListener("change", limit);
addEventListener("pageshow", limit);
limit();
