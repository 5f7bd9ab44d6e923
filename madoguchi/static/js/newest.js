// On a phone the page itself scrolls: a long conversation opens at its newest entry, as the desk's pane does by CSS.
const LONG = 8;
const entries = document.querySelectorAll(".entries > .entry");
const fresh = performance.getEntriesByType("navigation")[0]?.type === "navigate";
if (matchMedia("(max-width: 48rem)").matches && fresh && !location.hash && entries.length > LONG) {
  entries[entries.length - 1].scrollIntoView({ block: "center" });
}
