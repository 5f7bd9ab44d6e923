// <ticket-presence data-src>: says that this reader views the ticket or writes on it, and shows who else does.
const RENEW = 20000;
const TYPED = 10000;

customElements.define(
  "ticket-presence",
  class extends HTMLElement {
    connectedCallback() {
      this.ends = new AbortController();
      const on = (target, name, listener) => target.addEventListener(name, listener, { signal: this.ends.signal });
      this.doing = "viewing";
      this.me = document.querySelector("live-desk")?.dataset.agent;
      this.first = setTimeout(() => this.say(), 400);
      this.renewal = setInterval(() => document.hidden || this.say(), RENEW);
      on(document, "input", (event) => event.target.closest?.(".composer") && this.type());
      on(document, "visibilitychange", () => this.turn());
      on(window, "pagehide", () => this.leave());
      on(document, "desk:heard", ({ detail }) => this.hear(detail));
    }

    disconnectedCallback() {
      this.ends.abort();
      for (const each of [this.first, this.pause, this.recheck, this.hiding]) clearTimeout(each);
      clearInterval(this.renewal);
    }

    type() {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.change("viewing"), TYPED);
      this.change("typing");
    }

    change(doing) {
      if (this.doing === doing) return;
      this.doing = doing;
      if (!document.hidden) this.say();
    }

    turn() {
      clearTimeout(this.hiding);
      document.hidden ? (this.hiding = setTimeout(() => this.leave(), TYPED)) : this.say();
    }

    hear({ kind, name }) {
      if (kind === "all") return this.look();
      if (kind !== "name" || !name.verb?.startsWith("presence.") || String(name.number) !== this.dataset.number) return;
      if (String(name.agent) !== this.me) return this.look();
      if (name.verb === "presence.gone" && !document.hidden) this.say(); // another tab of mine has left, this one has not
    }

    form(doing) {
      const sent = new FormData();
      sent.set("doing", doing);
      sent.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
      return sent;
    }

    say() {
      return this.show(fetch(this.dataset.src, { method: "POST", body: this.form(this.doing) }));
    }

    look() {
      return this.show(fetch(this.dataset.src));
    }

    leave() {
      navigator.sendBeacon(this.dataset.src, this.form("gone"));
    }

    async show(asked) {
      const answer = await asked.catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.body.textContent.trim() !== this.textContent.trim()) this.replaceChildren(...page.body.childNodes);
      clearTimeout(this.recheck);
      if (this.firstElementChild) this.recheck = setTimeout(() => this.look(), 30000); // who crashed says no good-bye
    }
  },
);
