// <auto-save>: each switch is saved when it is turned. Without script the form has a button.
// <select data-submits>: shows what was chosen at once.
customElements.define(
  "auto-save",
  class extends HTMLElement {
    connectedCallback() {
      this.form = this.querySelector("form");
      this.said = document.getElementById(this.dataset.said);
      this.last = Promise.resolve();
      this.form.addEventListener("change", ({ target }) => {
        if (target.matches('[role="switch"]')) this.last = this.last.then(() => this.save(target));
      });
    }

    async save(field) {
      const { checked } = field;
      const token = this.form.elements.csrfmiddlewaretoken.value;
      const body = new URLSearchParams({ csrfmiddlewaretoken: token, one: field.value, on: checked ? "1" : "0" });
      let text = this.dataset.lost;
      try {
        const answer = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
        if (answer.ok) return this.say(this.dataset.saved);
        if (answer.headers.get("Content-Type")?.startsWith("application/json")) text = (await answer.json()).text;
      } catch {
        // no connection
      }
      field.checked = !checked;
      this.say(text, true);
    }

    say(text, lost = false) {
      this.said.lastElementChild.textContent = text;
      this.said.classList.toggle("said--lost", lost);
    }
  },
);

document.addEventListener("change", (event) => event.target.matches("select[data-submits]") && event.target.form.requestSubmit());
