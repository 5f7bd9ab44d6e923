// <either-switches>: of the two switches inside only one can be on. While one is, the other is off and says why; the form
// is refused where both come on all the same.
customElements.define(
  "either-switches",
  class extends HTMLElement {
    connectedCallback() {
      this.rows = [...this.querySelectorAll("[data-rule]")];
      this.hints = this.rows.map((row) => row.querySelector(".switch-row__hint"));
      this.words = this.rows.map((row, at) => row.dataset.hint ?? this.hints[at].textContent);
      this.whys = [this.firstElementChild.dataset.whyNext, this.firstElementChild.dataset.whyPrevious];
      this.addEventListener("change", () => this.settle());
      this.settle();
    }

    settle() {
      const on = this.rows.map((row) => row.querySelector(".switch").checked);
      this.rows.forEach((row, at) => {
        const blocked = on[1 - at] && !on[at];
        row.querySelector(".switch").disabled = blocked;
        blocked ? row.setAttribute("aria-disabled", "true") : row.removeAttribute("aria-disabled");
        this.hints[at].textContent = blocked ? this.whys[at] : this.words[at];
      });
    }
  },
);
