// <dialog open data-dialog> from the server becomes modal: backdrop, kept focus, Escape does what its close link or button does.
const upgrade = (root) => {
  for (const dialog of root.querySelectorAll("dialog[data-dialog][open]:not(:modal)")) {
    dialog.close();
    dialog.showModal();
    dialog.addEventListener("cancel", (event) => {
      const back = dialog.querySelector("a.icon-button[href], button[data-close]");
      if (!back) return;
      event.preventDefault();
      back.click();
    });
  }
};
upgrade(document);
document.addEventListener("htmx:after:swap", () => upgrade(document));
