// <week-hours>: the button above it copies Monday to the other weekdays; the empty times of a day come with its plus. Without
// script all of them are there, and nothing is copied.
const WEEKDAYS = [1, 2, 3, 4];

customElements.define(
  "week-hours",
  class extends HTMLElement {
    connectedCallback() {
      const button = this.closest("section").querySelector("[data-copy-week]");
      button.hidden = false;
      button.addEventListener("click", () => this.copy());
      for (const more of this.querySelectorAll("[data-more]")) {
        more.hidden = false;
        more.addEventListener("click", () => this.#more(more));
      }
    }

    copy() {
      const monday = this.#pairs(0);
      for (const n of WEEKDAYS) {
        this.querySelector(`#day-${n}`).value = this.querySelector("#day-0").value;
        while (this.#pairs(n).length < monday.length) this.#add(n);
        this.#pairs(n).forEach((pair, at) => {
          const from = monday[at] ? [...monday[at].querySelectorAll("input")] : [];
          pair.querySelectorAll("input").forEach((field, k) => (field.value = from[k]?.value ?? ""));
          if (monday[at] && !monday[at].matches(".week__pair--more")) pair.classList.remove("week__pair--more");
        });
      }
    }

    #pairs(n) {
      return [...this.querySelector(`#day-${n}`).closest(".week__day").querySelectorAll(".week__pair")];
    }

    #add(n) {
      const last = this.#pairs(n).at(-1);
      const fresh = last.cloneNode(true);
      for (const field of fresh.querySelectorAll("input")) {
        field.name = field.name.replace(/\d+$/, this.#pairs(n).length);
        field.ariaLabel = field.ariaLabel.replace(/\d+$/, this.#pairs(n).length + 1);
      }
      last.after(fresh);
    }

    #more(button) {
      const pair = button.parentElement.querySelector(".week__pair--more");
      pair.classList.remove("week__pair--more");
      button.hidden = true;
      pair.querySelector("input").focus();
    }
  },
);
