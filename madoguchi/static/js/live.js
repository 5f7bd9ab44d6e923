// The desk's live stream: one connection for all tabs of a browser. The tab that holds the lock connects and tells the
// others; each dispatches `desk:heard` with {kind: name | all | lost | back | out}. Without locks every tab connects.
const place = document.querySelector("live-desk");
const channel = "BroadcastChannel" in window ? new BroadcastChannel("madoguchi-live") : null;
const address = () => {
  const to = new URL(place.dataset.src, location);
  const made = performance.getEntriesByType("navigation")[0]?.requestStart ?? 0;
  last ? to.searchParams.set("since", last) : to.searchParams.set("age", Math.ceil(performance.now() - made));
  return to;
};
let last = 0;
let source;
let pause = 1000;
let state = "";

const hear = (said) => {
  if (said.id) last = said.id;
  document.dispatchEvent(new CustomEvent("desk:heard", { detail: said }));
};
const say = (said) => {
  if (said.kind === state) return;
  if (["lost", "back", "out"].includes(said.kind)) place.dataset.state = state = said.kind;
  hear(said);
  channel?.postMessage(said);
};

const connect = () => {
  source = new EventSource(address());
  source.addEventListener("hello", (event) => {
    last = Number(event.lastEventId) || last;
    pause = 1000;
    say({ kind: "back", id: last });
  });
  source.addEventListener("message", (event) => {
    const name = JSON.parse(event.data);
    say(name.all ? { kind: "all" } : { kind: "name", name, id: Number(event.lastEventId) });
  });
  source.addEventListener("error", () => {
    say({ kind: "lost" });
    if (source.readyState === EventSource.CLOSED) setTimeout(again, pause);
  });
};

// The browser has given up: because nobody is signed in (204), or because a proxy answered for a server that is away.
const again = async () => {
  pause = Math.min(pause * 2, 30000);
  const probe = new AbortController();
  const status = await fetch(place.dataset.src, { signal: probe.signal }).then((answer) => answer.status, () => 0);
  probe.abort();
  if (status === 204) return say({ kind: "out" });
  status === 200 ? connect() : setTimeout(again, pause);
};

if (place && "EventSource" in window) {
  if (channel) channel.onmessage = (event) => hear(event.data);
  const start = () => (navigator.locks ? navigator.locks.request("madoguchi-live", () => new Promise(connect)) : connect());
  document.readyState === "complete" ? setTimeout(start, 200) : addEventListener("load", () => setTimeout(start, 200));
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  let wait;
  const notice = document.getElementById("live-lost");
  document.addEventListener("desk:heard", ({ detail }) => {
    if (detail.kind === "lost") wait ??= setTimeout(() => (notice.hidden = false), 5000);
    if (detail.kind !== "back" && detail.kind !== "out") return;
    wait = clearTimeout(wait);
    notice.hidden = true;
  });
}
