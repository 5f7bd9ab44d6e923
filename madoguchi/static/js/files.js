// Files of a form come by its control, by drag or by paste; each can be taken off again.
export const watchFiles = (form, input) => {
  const list = form.querySelector("[data-files]");
  const show = () => {
    list.replaceChildren(
      ...[...input.files].map((file, index) => {
        const chip = document.createElement("button");
        chip.type = "button";
        chip.className = "file";
        chip.textContent = `${file.name} ×`;
        chip.addEventListener("click", () => {
          const rest = new DataTransfer();
          [...input.files].forEach((each, i) => i !== index && rest.items.add(each));
          input.files = rest.files;
          show();
        });
        return chip;
      }),
    );
    list.hidden = !input.files.length;
  };
  const take = (more) => {
    const all = new DataTransfer();
    for (const file of [...input.files, ...more]) all.items.add(file);
    input.files = all.files;
    show();
  };
  let chosen = [];
  input.addEventListener("click", () => (chosen = [...input.files]));
  input.addEventListener("change", () => {
    const now = [...input.files];
    const all = new DataTransfer();
    for (const file of [...chosen.filter((a) => !now.some((b) => b.name === a.name && b.size === a.size)), ...now]) all.items.add(file);
    input.files = all.files;
    show();
  });
  form.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("composer--drop");
  });
  form.addEventListener("dragleave", () => form.classList.remove("composer--drop"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("composer--drop");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  form.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) take(event.clipboardData.files);
  });
};
