// Something newer in the conversation than the writer has seen: a bar says so. `seen` moves on only when they look.
export const watchNewer = (form, agent) => {
  const bar = form.querySelector("[data-newer]");
  const newer = () => [...document.querySelectorAll(".entries > .entry")].filter((entry) => Number(entry.id.slice(6)) > Number(form.elements.seen.value));
  const look = () => {
    if (!form.isConnected) return;
    const hidden = !newer().some((entry) => entry.dataset.agent !== agent);
    if (bar.hidden !== hidden) bar.hidden = hidden;
  };
  bar.querySelector("[data-read]").addEventListener("click", () => {
    const entries = newer();
    if (!entries.length) return;
    form.elements.seen.value = Math.max(...entries.map((entry) => Number(entry.id.slice(6))));
    entries[0].scrollIntoView({ block: "center" });
    bar.hidden = true;
  });
  new MutationObserver(look).observe(document.querySelector("#content") ?? document.body, { childList: true, subtree: true });
  look();
};
