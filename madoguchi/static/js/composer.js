// <ticket-composer>: the kind of writing changes in place, the text becomes rich text, files come by drag or paste.
// Without script the tabs are links, the text is plain, and files are chosen by the browser's own control.
customElements.define(
  "ticket-composer",
  class extends HTMLElement {
    connectedCallback() {
      this.form = this.querySelector("form");
      if (!this.form || this.ready) return;
      this.ready = true;
      this.text = this.form.elements.body;
      this.html = this.form.elements.html;
      this.files = this.form.querySelector('input[type="file"]');
      for (const tab of this.form.querySelectorAll("a[data-mode]")) {
        tab.addEventListener("click", (event) => {
          event.preventDefault();
          this.turn(tab);
        });
      }
      this.form.addEventListener("submit", (event) => this.send(event));
      this.form.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
          event.preventDefault();
          this.form.requestSubmit(this.form.querySelector('button[type="submit"]:not(:disabled, fieldset:disabled *)'));
        }
      });
      this.watchFiles();
      this.enrich();
    }

    turn(tab) {
      const { mode, action } = tab.dataset;
      const query = new URL(this.form.action).search;
      this.form.action = action + query;
      this.form.dataset.mode = mode;
      for (const other of this.form.querySelectorAll("a[data-mode]")) {
        other === tab ? other.setAttribute("aria-current", "true") : other.removeAttribute("aria-current");
      }
      for (const part of this.form.querySelectorAll("[data-for]")) {
        const on = part.dataset.for.split(" ").includes(mode);
        part.hidden = !on;
        if (part.matches("fieldset")) part.disabled = !on;
      }
      this.editor ? this.editor.commands.focus() : this.text.focus();
    }

    send(event) {
      if (this.sending) return event.preventDefault();
      if (this.editor) {
        this.html.value = this.editor.isEmpty ? "" : joined(this.editor.getHTML());
        this.text.value = this.editor.getText({ blockSeparator: "\n" });
      }
      this.sending = true;
      setTimeout(() => (this.sending = false), 8000);
      addEventListener("pageshow", () => (this.sending = false), { once: true });
    }

    watchFiles() {
      const list = this.form.querySelector("[data-files]");
      const show = () => {
        list.replaceChildren(
          ...[...this.files.files].map((file, index) => {
            const chip = document.createElement("button");
            chip.type = "button";
            chip.className = "file";
            chip.textContent = `${file.name} ×`;
            chip.addEventListener("click", () => {
              const rest = new DataTransfer();
              [...this.files.files].forEach((each, i) => i !== index && rest.items.add(each));
              this.files.files = rest.files;
              show();
            });
            return chip;
          }),
        );
        list.hidden = !this.files.files.length;
      };
      const take = (more) => {
        const all = new DataTransfer();
        for (const file of [...this.files.files, ...more]) all.items.add(file);
        this.files.files = all.files;
        show();
      };
      let chosen = [];
      this.files.addEventListener("click", () => (chosen = [...this.files.files]));
      this.files.addEventListener("change", () => {
        const now = [...this.files.files];
        const all = new DataTransfer();
        for (const file of [...chosen.filter((a) => !now.some((b) => b.name === a.name && b.size === a.size)), ...now]) all.items.add(file);
        this.files.files = all.files;
        show();
      });
      this.form.addEventListener("dragover", (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        this.form.classList.add("composer--drop");
      });
      this.form.addEventListener("dragleave", () => this.form.classList.remove("composer--drop"));
      this.form.addEventListener("drop", (event) => {
        this.form.classList.remove("composer--drop");
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        take(event.dataTransfer.files);
      });
      this.form.addEventListener("paste", (event) => {
        if (event.clipboardData.files.length) take(event.clipboardData.files);
      });
    }

    async enrich() {
      const tools = this.form.querySelector("[data-format]");
      let kit;
      try {
        kit = await import(this.text.dataset.editor);
      } catch {
        return;
      }
      const { Document, Paragraph, Text, HardBreak, History, Dropcursor, Gapcursor, Bold, Italic, BulletList, OrderedList, ListItem, Blockquote, Link, Placeholder, Editor } = kit;
      if (!Editor || !this.isConnected) return;
      const place = document.createElement("div");
      this.text.before(place);
      const start = this.html.value || this.text.value.split(/\n{2,}/).map((part) => `<p>${escape(part).replaceAll("\n", "<br>")}</p>`).join("");
      this.editor = new Editor({
        element: place,
        extensions: [Document, Paragraph, Text, HardBreak, History, Dropcursor, Gapcursor, Bold, Italic, BulletList, OrderedList, ListItem, Blockquote, Link.configure({ openOnClick: false }), Placeholder.configure({ placeholder: this.text.placeholder })],
        content: spread(start),
        injectCSS: false,
        editorProps: { attributes: { class: "composer__rich", role: "textbox", "aria-multiline": "true", "aria-label": this.text.getAttribute("aria-label") } },
      });
      this.text.hidden = true;
      tools.hidden = false;
      const press = () => {
        for (const button of tools.querySelectorAll("[data-command]")) button.setAttribute("aria-pressed", String(this.editor.isActive(button.dataset.command)));
      };
      this.editor.on("transaction", press);
      tools.addEventListener("click", (event) => {
        const command = event.target.closest("[data-command]")?.dataset.command;
        const chain = this.editor.chain().focus();
        if (command === "bold") chain.toggleBold().run();
        if (command === "italic") chain.toggleItalic().run();
        if (command === "bulletList") chain.toggleBulletList().run();
        if (command === "link") this.link();
      });
    }

    link() {
      if (this.editor.isActive("link")) return this.editor.chain().focus().unsetLink().run();
      const address = prompt("URL", "https://");
      if (address && /^(https?:\/\/|mailto:|tel:)/i.test(address)) this.editor.chain().focus().setLink({ href: address }).run();
    }
  },
);

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

const escape = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
