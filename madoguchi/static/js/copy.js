// <copy-text>: shows its button, which copies the text of the field beside it.
customElements.define(
  "copy-text",
  class extends HTMLElement {
    connectedCallback() {
      const field = this.querySelector("input");
      const button = this.querySelector("button");
      const label = button.querySelector("span");
      const before = label.textContent;
      button.hidden = false;
      field.addEventListener("focus", () => field.select());
      button.addEventListener("click", () => {
        field.select();
        if (!document.execCommand("copy")) navigator.clipboard?.writeText(field.value); // also without https
        label.textContent = this.dataset.done;
        setTimeout(() => (label.textContent = before), 3000);
      });
    }
  },
);
