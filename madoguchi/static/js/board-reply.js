// <quick-reply>: the small composer on a card. Ctrl+Enter sends, Escape closes it; what was typed is kept as a draft.
import { composing } from "./picker.js";
import { Responses } from "./responses.js";

customElements.define(
  "quick-reply",
  class extends HTMLElement {
    connectedCallback() {
      if (this.form) return;
      this.form = this.querySelector("form");
      this.text = this.form.elements.body;
      this.saved = this.text.value;
      this.version = Number(this.dataset.version ?? 0);
      this.addEventListener("keydown", (event) => this.key(event));
      if (this.dataset.responsesUrl) this.responses = new Responses(this);
      this.watchFiles();
      this.leaving = () => document.visibilityState === "hidden" && this.keep({ leaving: true });
      document.addEventListener("visibilitychange", this.leaving);
      this.text.focus();
      this.text.setSelectionRange(this.text.value.length, this.text.value.length);
      this.closest(".board-card")?.scrollIntoView({ block: "nearest" });
    }

    disconnectedCallback() {
      document.removeEventListener("visibilitychange", this.leaving);
    }

    key(event) {
      if (composing(event)) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.form.requestSubmit(this.form.querySelector(".button--primary"));
      } else if (event.key === "Escape" && !event.target.closest("dialog")) {
        event.preventDefault();
        event.stopPropagation();
        this.querySelector("[data-cancel]").click();
      }
    }

    focus() {
      this.text.focus();
    }

    // A canned response at the place of the cursor.
    insert({ text }) {
      this.text.setRangeText(text, this.text.selectionStart, this.text.selectionEnd, "end");
      this.text.dispatchEvent(new Event("input", { bubbles: true }));
    }

    tell(text) {
      let place = this.querySelector(".composer__error");
      if (!place) {
        place = Object.assign(document.createElement("div"), { className: "composer__error" });
        this.text.after(place);
      }
      const said = Object.assign(document.createElement("p"), { className: "field__error", textContent: text });
      said.setAttribute("role", "alert");
      place.replaceChildren(said);
    }

    // The draft of the ticket, as its own page keeps it. False where it could not be kept: then the text stays here.
    async keep({ leaving = false } = {}) {
      const text = this.text.value;
      if (!this.dataset.draftUrl || text === this.saved || (!text.trim() && !this.version)) return true;
      const { csrfmiddlewaretoken, seen } = this.form.elements;
      const sent = new URLSearchParams({ csrfmiddlewaretoken: csrfmiddlewaretoken.value, mode: "reply", body: text, version: this.version, seen: seen.value });
      for (const name of ["to", "cc", "bcc"]) if (this.form.elements[name]) sent.append(name, this.form.elements[name].value);
      for (const box of this.querySelectorAll('[name="upload"]:checked')) sent.append("upload", box.value);
      if (!text.trim()) sent.append("_method", "DELETE");
      try {
        const answer = await fetch(this.dataset.draftUrl, { method: "POST", body: sent, headers: { Accept: "application/json" }, keepalive: leaving });
        const told = await answer.json();
        if (answer.ok) {
          [this.saved, this.version] = [text, told.version];
          return true;
        }
        this.tell(answer.status === 409 ? document.getElementById("board").dataset.conflict : told.text);
      } catch {
        this.tell(document.getElementById("board").dataset.lost);
      }
      return false;
    }

    watchFiles() {
      const files = this.querySelector('input[type="file"]');
      const list = this.querySelector("[data-files]");
      if (!files) return;
      const show = () => {
        list.replaceChildren(
          ...[...files.files].map((file, index) => {
            const chip = Object.assign(document.createElement("button"), { type: "button", className: "file", textContent: `${file.name} ×` });
            chip.addEventListener("click", () => {
              const rest = new DataTransfer();
              [...files.files].forEach((each, i) => i !== index && rest.items.add(each));
              files.files = rest.files;
              show();
            });
            return chip;
          }),
        );
        list.hidden = !files.files.length;
      };
      const take = (more) => {
        const all = new DataTransfer();
        for (const file of [...files.files, ...more]) all.items.add(file);
        files.files = all.files;
        show();
      };
      files.addEventListener("change", show);
      this.addEventListener("paste", (event) => event.clipboardData.files.length && take(event.clipboardData.files));
      this.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
      this.addEventListener("drop", (event) => {
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        take(event.dataTransfer.files);
      });
    }
  },
);
