// Panels are <dialog> elements: data-opens names one, data-closes too. data-beside leaves the page usable meanwhile.
export function startPanels() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) open(document.getElementById(opener.dataset.opens));
    const closer = event.target.closest("[data-closes]");
    if (closer) document.getElementById(closer.dataset.closes).close();
    if (event.target.matches("dialog.panel") && !inside(event)) event.target.close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const panel of document.querySelectorAll("dialog[data-beside][open]")) panel.close();
  });
}

function open(panel) {
  if (panel.open) return;
  if (panel.hasAttribute("data-beside")) panel.show();
  else panel.showModal();
}

function inside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
}
