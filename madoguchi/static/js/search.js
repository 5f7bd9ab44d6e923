// <quick-search>: offers tickets, contacts and accounts while one types (WAI-ARIA combobox with a listbox of links).
// Without script it is a plain form. What is still under way when another letter comes is cancelled.
const PAUSE_MS = 150;

customElements.define(
  "quick-search",
  class extends HTMLElement {
    connectedCallback() {
      this.input = this.querySelector("input[type=search]");
      this.list = this.querySelector('[role="listbox"]');
      const about = { role: "combobox", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list", autocomplete: "off" };
      for (const [name, value] of Object.entries(about)) this.input.setAttribute(name, value);
      this.input.addEventListener("input", (event) => event.isComposing || this.later());
      this.input.addEventListener("compositionend", () => this.later());
      this.input.addEventListener("focus", () => this.list.childElementCount && this.asked === this.words && this.show(true));
      this.input.addEventListener("keydown", (event) => this.press(event));
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.addEventListener("focusout", (event) => this.contains(event.relatedTarget) || this.show(false));
    }
    get words() {
      return this.input.value.trim();
    }
    get options() {
      return [...this.list.querySelectorAll('[role="option"]')];
    }
    later() {
      clearTimeout(this.timer);
      this.under?.abort();
      if (!this.words) return this.show(false);
      this.timer = setTimeout(() => this.ask(), PAUSE_MS);
    }
    async ask() {
      const words = this.words;
      this.under = new AbortController();
      try {
        const answer = await fetch(`${this.dataset.from}?${new URLSearchParams({ q: words })}`, { signal: this.under.signal, redirect: "error" });
        if (!answer.ok) return this.show(false);
        const html = await answer.text();
        if (words !== this.words) return;
        this.list.innerHTML = html;
        this.asked = words;
        this.mark(-1);
        this.show(this.contains(document.activeElement));
        this.querySelector("[role=status]").textContent = this.dataset.said.replace("0", this.options.length - 1);
      } catch (error) {
        if (error.name !== "AbortError") this.show(false);
      }
    }
    show(open) {
      this.list.hidden = !open;
      this.input.setAttribute("aria-expanded", String(open));
      if (!open) this.mark(-1);
    }
    mark(at) {
      this.at = at;
      this.options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
      const option = this.options[at];
      option ? this.input.setAttribute("aria-activedescendant", option.id) : this.input.removeAttribute("aria-activedescendant");
      option?.scrollIntoView({ block: "nearest" });
    }
    press(event) {
      if (event.isComposing || event.keyCode === 229) return;
      const open = !this.list.hidden;
      if (event.key === "Escape" && open) {
        this.show(false);
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.list.childElementCount && this.words) {
        if (!open) this.show(true);
        const n = this.options.length;
        const next = this.at + (event.key === "ArrowDown" ? 1 : -1);
        this.mark(next < -1 ? n - 1 : next >= n ? 0 : next);
      } else if (event.key === "Enter" && open && this.at >= 0) {
        this.options[this.at].click();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    }
  },
);
