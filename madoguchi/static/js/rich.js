// Rich text over a plain field, by Tiptap. Without script, or without the editor, the field stays plain text.
// `enrich(text, html, tools)` gives the editor, or null; `write` puts what stands in it into the two fields.
import { Mentions } from "./mentions.js";

export const enrich = async (text, html, tools, { label, keys } = {}) => {
  let kit;
  try {
    kit = await import(text.dataset.editor);
  } catch {
    return null;
  }
  const { Document, Paragraph, Text, HardBreak, History, Dropcursor, Gapcursor, Bold, Italic, BulletList, OrderedList, ListItem, Blockquote, Link, Placeholder, Editor } = kit;
  if (!Editor || !text.isConnected) return null;
  const place = document.createElement("div");
  text.before(place);
  const attributes = { class: "composer__rich", role: "textbox", "aria-multiline": "true", "aria-label": label ?? text.getAttribute("aria-label") };
  const editor = new Editor({
    element: place,
    extensions: [Document, Paragraph, Text, HardBreak, History, Dropcursor, Gapcursor, Bold, Italic, BulletList, OrderedList, ListItem, Blockquote, Link.configure({ openOnClick: false }), Placeholder.configure({ placeholder: text.placeholder })],
    content: started(html.dataset.start, text.value),
    injectCSS: false,
    editorProps: { attributes, handleKeyDown: (_view, event) => keys?.(event) ?? false },
  });
  text.hidden = true;
  if (text.autofocus) editor.commands.focus("end");
  buttons(editor, tools);
  return editor;
};

export const write = (editor, text, html) => {
  html.value = editor.isEmpty ? "" : joined(editor.getHTML());
  text.value = editor.getText({ blockSeparator: "\n" });
};

export const started = (html, text) => spread(html || paragraphs(text));

const buttons = (editor, tools) => {
  tools.hidden = false;
  const linker = tools.querySelector("[data-linker]");
  const address = linker.querySelector("input");
  const press = () => {
    for (const button of tools.querySelectorAll("[data-command]")) button.setAttribute("aria-pressed", String(editor.isActive(button.dataset.command)));
  };
  editor.on("transaction", press);
  const close = () => {
    linker.hidden = true;
    editor.commands.focus();
  };
  const set = () => {
    const href = /^(https?:\/\/|mailto:|tel:)/i.test(address.value.trim()) ? address.value.trim() : `https://${address.value.trim()}`;
    if (!address.value.trim() || !URL.canParse(href)) return address.setAttribute("aria-invalid", "true");
    const chain = editor.chain().focus().extendMarkRange("link");
    editor.state.selection.empty && !editor.isActive("link") ? chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run() : chain.setLink({ href }).run();
    close();
  };
  tools.addEventListener("click", (event) => {
    const command = event.target.closest("[data-command]")?.dataset.command;
    const chain = editor.chain().focus();
    if (command === "bold") chain.toggleBold().run();
    if (command === "italic") chain.toggleItalic().run();
    if (command === "bulletList") chain.toggleBulletList().run();
    if (command === "link") {
      linker.hidden = !linker.hidden;
      address.removeAttribute("aria-invalid");
      address.value = editor.getAttributes("link").href ?? "";
      if (!linker.hidden) address.focus();
    }
    const link = event.target.closest("[data-link]")?.dataset.link;
    if (link === "set") set();
    if (link === "unset") {
      editor.chain().focus().extendMarkRange("link").unsetLink().run();
      close();
    }
  });
  address.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter") set();
    if (event.key === "Escape") close();
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
    }
  });
};

// Enter is a new line and an empty line is a gap, as in mail programs: the lines between two gaps are one paragraph.
const joined = (html) => {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const line of body.querySelectorAll("li > p:only-child")) line.replaceWith(...line.childNodes);
  let last = null;
  for (const part of [...body.children]) {
    const empty = part.tagName === "P" && !part.childNodes.length;
    if (last && empty) part.remove();
    else if (last && part.tagName === "P") {
      last.append(document.createElement("br"), ...part.childNodes);
      part.remove();
      continue;
    }
    last = empty || part.tagName !== "P" ? null : part;
  }
  return body.innerHTML;
};

// The way back: a gap between two paragraphs is an empty line of the editor.
const spread = (html) => {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const part of body.querySelectorAll(":scope > p:not(:empty) + p:not(:empty)")) part.before(document.createElement("p"));
  return body.innerHTML;
};

const paragraphs = (text) => text.split(/\n{2,}/).map((part) => `<p>${escape(part).replaceAll("\n", "<br>")}</p>`).join("");
const escape = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

// <rich-text>: a field of a form with its own tools.
customElements.define(
  "rich-text",
  class extends HTMLElement {
    async connectedCallback() {
      const text = this.querySelector("textarea");
      const html = this.querySelector('input[type="hidden"]');
      if (this.ready || !text || !html) return;
      this.ready = true;
      const mentions = this.dataset.mentionsUrl && new Mentions({ ...this.dataset, isOn: () => true });
      this.editor = await enrich(text, html, this.querySelector("[data-format]"), { keys: (event) => mentions && mentions.key(event) });
      if (this.editor && mentions) mentions.watch(this.editor);
      if (this.editor) text.form.addEventListener("submit", () => write(this.editor, text, html));
    }
  },
);
