// A list that the server keeps up to date: the element with data-live gets the markup of each message.
import { localise } from "./_times.js";

for (const list of document.querySelectorAll("[data-live]")) {
  const state = document.querySelector("[data-live-state]");
  const source = new EventSource(list.dataset.live);
  source.addEventListener("open", () => say("live"));
  source.addEventListener("error", () => say("not live, trying again"));
  source.addEventListener("rows", (event) => {
    if (list.contains(document.activeElement) || list.dataset.seen === event.data) return;
    list.dataset.seen = event.data;
    const rows = document.createElement("template");
    rows.innerHTML = event.data;
    list.replaceChildren(rows.content);
    localise(list);
  });
  addEventListener("pagehide", () => source.close());
  function say(words) {
    if (state) state.textContent = words;
  }
}
