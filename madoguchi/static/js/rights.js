// What the reader may do with the open ticket changed: it is shared otherwise now, or not at all. What was being written is
// kept: in the form where it may still be sent, else beside it, to copy from.
const composerOf = (root) => root.querySelector(".ticket__composer");
const unsent = (text, label) => {
  const note = document.getElementById("live-unsent").content.firstElementChild.cloneNode(true);
  if (label) note.querySelector("summary").textContent = label;
  note.querySelector("textarea").value = text;
  return note;
};

// Whether the fresh page stands on other rights than the one shown; what the frame says of them follows.
export const follow = (page) => {
  const [main, fresh] = [document, page].map((each) => each.getElementById("content"));
  if (!main || !fresh || main.dataset.level === fresh.dataset.level) return false;
  for (const name of ["level", "liveDepartment", "liveShared"]) {
    fresh.dataset[name] === undefined ? delete main.dataset[name] : (main.dataset[name] = fresh.dataset[name]);
  }
  return true;
};

export const recompose = (page) => {
  const [old, fresh] = [document, page].map(composerOf);
  if (old?.dataset.modes === fresh?.dataset.modes) return;
  const element = old?.querySelector("ticket-composer");
  const mode = element?.form?.dataset.mode;
  const written = element?.form ? element.content() : { body: "", html: "" };
  const files = element?.files?.files;
  element?.drafts?.stop();
  const next = fresh && document.importNode(fresh, true);
  const stays = next?.querySelector(`ticket-composer a[data-mode="${mode}"]`);
  const isPublic = element?.form.querySelector('[name="public"][value="1"]')?.checked;
  const isLost = written.body.trim() && (!stays || (isPublic && !next.querySelector('[name="public"]')));
  if (written.body.trim() && !isLost) {
    next.querySelector("textarea[name=body]").textContent = `\n${written.body}`;
    next.querySelector("input[name=html]").dataset.start = written.html;
  }
  next ? (old ? old.replaceWith(next) : document.querySelector(".ticket__scroll").after(next)) : old.remove();
  if (next) window.htmx?.process(next);
  if (isLost) {
    const known = next?.querySelector(`.unsent[data-mode="${mode}"] textarea`);
    known ? (known.value = written.body) : (next ?? document.querySelector(".ticket__scroll")).prepend(unsent(written.body));
  } else if (written.body.trim()) restore(next.querySelector("ticket-composer"), stays, mode, written, files);
};

const restore = (composer, tab, mode, written, files) => {
  if (composer.form.dataset.mode !== mode) {
    composer.drafts.kept[mode] = undefined;
    composer.turn(tab);
  }
  if (files?.length) {
    composer.files.files = files;
    composer.files.dispatchEvent(new Event("change"));
  }
  composer.drafts.changed();
};

// Nothing of the ticket stays on the page; only what the reader wrote, to copy from.
export const farewell = (main, words) => {
  const composer = main.querySelector("ticket-composer");
  const texts = composer?.form ? [composer.content().body] : [];
  for (const field of main.querySelectorAll("textarea")) {
    const isTheirs = field.closest(".unsent") || (!field.readOnly && field.value !== field.defaultValue);
    if (!composer?.contains(field) && isTheirs) texts.push(field.value);
  }
  composer?.drafts?.stop();
  main.replaceChildren(words);
  for (const text of texts) if (text.trim()) words.append(unsent(text, document.getElementById("live-unsent").dataset.kept));
  main.classList.remove("content--panes", "ticket-page", "ticket-page--tab", "list-page");
  document.getElementById("toasts")?.replaceChildren();
  document.title = words.querySelector("h1").textContent;
};
