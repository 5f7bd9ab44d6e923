// <mail-frame>: its iframe grows to the height of the mail. Without script it scrolls.
customElements.define(
  "mail-frame",
  class extends HTMLElement {
    connectedCallback() {
      const frame = this.querySelector("iframe");
      if (!frame) return;
      const fit = () => {
        const body = frame.contentDocument?.body;
        if (body?.scrollHeight) frame.style.blockSize = `${Math.min(body.scrollHeight + 4, 4000)}px`;
      };
      frame.addEventListener("load", () => {
        fit();
        const body = frame.contentDocument?.body;
        if (body) new ResizeObserver(fit).observe(body);
      });
      if (frame.contentDocument?.readyState === "complete") fit();
    }
  },
);
