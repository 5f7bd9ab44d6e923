// <desk-bell>: the bell opens over the page instead of leading to the page of all notifications, follows the live stream,
// and says a quiet word when something comes. Without script it is a link.
const SOON_MS = 150;
const shown = (selector) => document.querySelector(selector);

customElements.define(
  "desk-bell",
  class extends HTMLElement {
    connectedCallback() {
      this.link = this.querySelector("a");
      this.box = this.querySelector('[role="dialog"]');
      this.toasts = this.querySelector(".bell-toasts");
      this.newest = Number(this.dataset.newest);
      for (const [name, value] of Object.entries({ role: "button", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-controls": this.box.id })) this.link.setAttribute(name, value);
      this.link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        this.isOpen ? this.close() : this.open();
      });
      this.link.addEventListener("keydown", (event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        this.link.click();
      });
      this.box.addEventListener("submit", (event) => {
        event.preventDefault();
        this.load(new FormData(event.target, event.submitter));
      });
      this.addEventListener("click", (event) => this.follow(event));
      document.addEventListener("click", (event) => this.isOpen && !this.contains(event.target) && event.target.isConnected && this.close());
      document.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !this.isOpen) return;
        event.preventDefault();
        this.close();
        this.link.focus();
      });
      this.addEventListener("focusout", (event) => event.relatedTarget && !this.contains(event.relatedTarget) && this.close());
      document.addEventListener("desk:heard", ({ detail }) => (detail.kind === "all" || (detail.kind === "name" && detail.name.verb === "notice")) && this.plan());
      document.addEventListener("visibilitychange", () => this.due && this.plan());
      document.addEventListener("htmx:after:swap", (event) => shown("[data-notifications]") && event.target.id === "content" && this.plan());
    }

    get isOpen() {
      return !this.box.hidden;
    }

    async open() {
      if (!this.box.childElementCount) await this.load();
      this.box.hidden = false;
      this.link.setAttribute("aria-expanded", "true");
      this.toasts.replaceChildren();
      this.box.focus({ preventScroll: true });
    }

    close() {
      this.box.hidden = true;
      this.link.setAttribute("aria-expanded", "false");
    }

    // A hidden tab waits until it is looked at.
    plan() {
      this.due = true;
      clearTimeout(this.timer);
      if (!document.hidden) this.timer = setTimeout(() => this.refresh(), SOON_MS + Math.random() * 150);
    }

    async refresh() {
      if (this.busy) return this.plan();
      this.due = false;
      await this.load();
      const here = this.here();
      if (here && this.box.querySelector(`[data-unread][data-ticket="${here}"]`)) await this.load(new URLSearchParams({ ticket: here }));
      if (shown("[data-notifications]")) window.htmx?.ajax("GET", location.href, { target: "#notifications", select: "#notifications", swap: "outerMorph", headers: { Live: "1" } });
    }

    // The number of the ticket that is before the reader's eyes.
    here() {
      return document.hidden ? "" : shown("[data-live-ticket]")?.dataset.liveTicket;
    }

    // What the bell holds now; with `marked`, after that was marked as read.
    async load(marked) {
      this.busy = true;
      try {
        if (marked && !marked.has("csrfmiddlewaretoken")) marked.set("csrfmiddlewaretoken", shown('input[name="csrfmiddlewaretoken"]').value);
        const asked = marked ? [this.dataset.read, { method: "POST", body: marked }] : [this.dataset.src, {}];
        const answer = await fetch(asked[0], { ...asked[1], headers: { Live: "1" }, redirect: "error" });
        if (answer.ok) this.show(await answer.text());
      } catch {
        // not signed in any more, or no connection: the live stream says so
      } finally {
        this.busy = false;
      }
    }

    show(html) {
      const focused = this.box.contains(document.activeElement);
      const scrolled = this.box.scrollTop;
      this.box.innerHTML = html;
      this.box.scrollTop = scrolled;
      if (focused) this.box.focus({ preventScroll: true });
      const { label, n, newest } = this.box.firstElementChild.dataset;
      this.link.setAttribute("aria-label", label);
      this.link.querySelector(".icon-button__dot").hidden = n === "0";
      this.announce();
      this.newest = Math.max(this.newest, Number(newest));
    }

    announce() {
      const here = this.here();
      const fresh = [...this.box.querySelectorAll("[data-unread]")].filter((each) => Number(each.dataset.id) > this.newest && each.dataset.ticket !== here);
      for (const toast of this.toasts.children) if (!this.box.querySelector(`[data-unread][data-id="${toast.dataset.id}"]`)) toast.remove();
      if (!fresh.length || this.isOpen) return;
      const first = fresh.reduce((a, b) => (Number(a.dataset.id) > Number(b.dataset.id) ? a : b));
      const toast = document.createElement("toast-message");
      toast.className = "toast";
      toast.setAttribute("role", "status");
      toast.dataset.id = first.dataset.id;
      const link = first.querySelector("a");
      const words = document.createElement("span");
      const text = Object.assign(document.createElement("a"), { href: link.href, textContent: link.textContent.trim() });
      const more = fresh.length > 1 ? ` ${this.dataset.more.replace("{n}", fresh.length - 1)}` : "";
      words.append(text, Object.assign(document.createElement("small"), { textContent: first.dataset.subject + more }));
      toast.append(first.querySelector("svg").cloneNode(true), words);
      this.toasts.replaceChildren(toast);
    }

    // A link to a place on this very page loads nothing: say here that it was read.
    follow(event) {
      const link = event.target.closest("a[href]");
      if (!link || link === this.link || new URL(link.href).pathname !== location.pathname || !this.here()) return;
      this.close();
      this.load(new URLSearchParams({ ticket: this.here() }));
    }
  },
);
