// <similar-tickets data-src>: asks after the page which other tickets of the customer may be the same matter. What was
// hidden stays hidden for this visit. Without script a link leads to the same on a page of its own.
customElements.define(
  "similar-tickets",
  class extends HTMLElement {
    connectedCallback() {
      this.timer = setTimeout(() => this.ask(), 300);
      this.addEventListener("click", (event) => {
        const box = event.target.closest("[data-hide]")?.closest("[data-pair]");
        if (!box) return;
        sessionStorage.setItem(`hidden-pair-${box.dataset.pair}`, "1");
        box.remove();
        document.getElementById("content").focus({ preventScroll: true });
      });
    }

    disconnectedCallback() {
      clearTimeout(this.timer);
    }

    async ask() {
      const answer = await fetch(this.dataset.src, { headers: { Part: "1" } }).catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const box = page.querySelector("[data-pair]");
      if (box && !sessionStorage.getItem(`hidden-pair-${box.dataset.pair}`)) this.replaceChildren(box);
    }
  },
);
