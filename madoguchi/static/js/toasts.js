// <toast-message>: goes by itself after a while; an alert stays until it is closed by a click.
customElements.define(
  "toast-message",
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", () => this.remove());
      if (this.getAttribute("role") !== "alert") setTimeout(() => this.remove(), 6000);
    }
  },
);
