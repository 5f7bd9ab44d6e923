import { Drafts } from "./drafts.js";
import { watchFiles } from "./files.js";
import { Mentions } from "./mentions.js";
import { watchNewer } from "./newer.js";
import { composing } from "./picker.js";
import { Responses } from "./responses.js";
import { enrich, started, write } from "./rich.js";

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
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !composing(event)) {
          event.preventDefault();
          this.form.requestSubmit(this.form.querySelector('button[type="submit"]:not(:disabled, fieldset:disabled *)'));
        }
      });
      this.form.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || composing(event)) return;
        document.activeElement.blur();
        this.drafts.leave();
      });
      watchFiles(this.form, this.files);
      this.responses = new Responses(this);
      this.mentions = new Mentions({ ...this.dataset, isOn: () => this.form.dataset.mode === "note" });
      this.drafts = new Drafts(this);
      watchNewer(this.form, this.dataset.agent);
      this.enrich();
    }

    turn(tab) {
      const { mode, action } = tab.dataset;
      const before = this.form.dataset.mode;
      const query = new URL(this.form.action).search;
      this.form.action = action + query;
      this.form.dataset.mode = this.form.elements.mode.value = mode;
      for (const other of this.form.querySelectorAll("a[data-mode]")) {
        other === tab ? other.setAttribute("aria-current", "true") : other.removeAttribute("aria-current");
      }
      for (const part of this.form.querySelectorAll("[data-for]")) {
        const on = part.dataset.for.split(" ").includes(mode);
        part.hidden = !on;
        if (part.matches("fieldset")) part.disabled = !on;
      }
      if (mode !== before) this.drafts.turned(before);
      this.focus();
    }

    focus() {
      this.editor ? this.editor.commands.focus() : this.text.focus();
    }

    // What is written, as the form sends it.
    content() {
      if (this.editor) write(this.editor, this.text, this.html);
      return { body: this.text.value, html: this.html.value };
    }

    // The fields of a draft in place of what stands here.
    put(fields) {
      this.editor ? this.editor.commands.setContent(started(fields.html, fields.body ?? "")) : (this.text.value = fields.body ?? "");
      const own = this.form.querySelector(`fieldset[data-for="${this.form.dataset.mode}"]`);
      for (const name of ["to", "cc", "bcc"]) {
        const field = own?.querySelector(`[name="${name}"]`);
        if (field) field.value = fields[name] ?? field.defaultValue;
      }
      const seen = this.form.querySelector(`[name="public"][value="${fields.public ?? "0"}"]`);
      if (seen) seen.checked = true;
    }

    // A canned response at the place of the cursor, or over `range`.
    insert({ text, html }, range) {
      if (!this.editor) {
        this.text.setRangeText(text, this.text.selectionStart, this.text.selectionEnd, "end");
        return this.drafts.changed();
      }
      const chain = this.editor.chain().focus();
      range ? chain.insertContentAt(range, started(html, text)).run() : chain.insertContent(started(html, text)).run();
    }

    send(event) {
      if (this.sending) return event.preventDefault();
      this.content();
      this.drafts.stop();
      this.sending = true;
      setTimeout(() => (this.sending = false), 8000);
      addEventListener("pageshow", () => (this.sending = false), { once: true });
    }

    async enrich() {
      this.editor = await enrich(this.text, this.html, this.form.querySelector("[data-format]"), { keys: (event) => this.mentions.key(event) || this.responses.key(event) });
      if (this.editor) this.mentions.watch(this.editor);
      this.editor?.on("update", () => this.drafts.changed());
    }
  },
);
