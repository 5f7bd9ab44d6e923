// The comparison is fetched again after each choice; what the answer picks is picked, also where the reader chose otherwise
// before (another main ticket brings its own values along).
document.addEventListener("htmx:after:swap", () => {
  for (const radio of document.querySelectorAll("#compare input[type=radio]")) radio.checked = radio.defaultChecked;
});
