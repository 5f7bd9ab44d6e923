// The dialog of related tickets: says how many are ticked; what was ticked stays ticked while one searches on.
const form = document.getElementById("assoc-form");
const said = document.getElementById("assoc-said");
const count = () => {
  const n = form.querySelectorAll('input[name="with"]:checked').length;
  said.textContent = n ? said.dataset.many.replace("{n}", n) : "";
};
form.addEventListener("change", count);
document.addEventListener("htmx:after:swap", count);
addEventListener("pageshow", count);
count();
