import { Drafts } from "./drafts.js";
import { watchFiles } from "./files.js";
import { composing } from "./picker.js";
import { enrich, started, write } from "./rich.js";

// <child-replies>: one reply to all children is rich text, kept as a draft, with files by drag or paste.
customElements.define(
  "child-replies",
  class extends HTMLElement {
    async connectedCallback() {
      this.form = this.querySelector("form");
      if (!this.form || this.ready) return;
      this.ready = true;
      this.text = this.form.elements.body;
      this.html = this.form.elements.html;
      watchFiles(this.form, this.form.querySelector('input[type="file"]'));
      this.drafts = new Drafts(this);
      this.form.addEventListener("submit", () => {
        this.content();
        this.drafts.stop();
      });
      this.form.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || composing(event)) return;
        event.preventDefault();
        this.form.requestSubmit();
      });
      addEventListener("pageshow", (event) => event.persisted && (this.drafts.stopped = false));
      this.everyone();
      this.editor = await enrich(this.text, this.html, this.form.querySelector("[data-format]"));
      this.editor?.on("update", () => this.drafts.changed());
    }

    // What is written, as the form sends it.
    content() {
      if (this.editor) write(this.editor, this.text, this.html);
      return { body: this.text.value, html: this.html.value };
    }

    put(fields) {
      this.editor ? this.editor.commands.setContent(started(fields.html, fields.body ?? "")) : (this.text.value = fields.body ?? "");
    }

    focus() {
      this.editor ? this.editor.commands.focus() : this.text.focus();
    }

    // How many are chosen, and all of them at once.
    everyone() {
      const all = this.form.querySelector("[data-everyone]");
      const said = this.form.querySelector("[data-chosen]");
      const boxes = [...this.form.querySelectorAll('input[name="with"]:not(:disabled)')];
      const count = () => {
        const n = boxes.filter((box) => box.checked).length;
        said.textContent = said.dataset.chosen.replace("{n}", n);
        all.checked = n > 0 && n === boxes.length;
        all.indeterminate = n > 0 && n < boxes.length;
      };
      all.closest("[hidden]").hidden = boxes.length < 2;
      all.addEventListener("change", () => {
        for (const box of boxes) box.checked = all.checked;
        count();
      });
      for (const box of boxes) box.addEventListener("change", count);
      addEventListener("pageshow", count);
      count();
    }
  },
);
