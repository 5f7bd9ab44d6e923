// <donut-ring>: by touch, the first tap on a slice tells its figure, the second opens its tickets. Pointer and keyboard
// see it by style alone (components/donut.css).
customElements.define(
  "donut-ring",
  class extends HTMLElement {
    connectedCallback() {
      if (this.pressed) return;
      this.pressed = "";
      this.addEventListener("pointerdown", ({ pointerType }) => (this.pressed = pointerType));
      this.addEventListener("click", (event) => this.tapped(event));
      document.addEventListener("click", this);
    }

    disconnectedCallback() {
      document.removeEventListener("click", this);
      this.pressed = undefined;
    }

    handleEvent({ target }) {
      if (!this.contains(target)) this.tell();
    }

    tapped(event) {
      const slice = event.target.closest(".donut__slice");
      if (this.pressed !== "touch" || slice?.hasAttribute("data-told")) return;
      this.tell(slice);
      if (slice) event.preventDefault();
    }

    tell(slice) {
      for (const each of this.querySelectorAll("[data-told]")) each.removeAttribute("data-told");
      slice?.setAttribute("data-told", "");
    }
  },
);
