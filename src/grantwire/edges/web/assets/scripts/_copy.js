// data-copies names an element whose text goes to the clipboard.
export function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copies).textContent;
    const words = button.querySelector("[data-copy-words]") ?? button;
    const before = words.textContent;
    try {
      await navigator.clipboard.writeText(text);
      words.textContent = "Copied";
    } catch {
      const selection = getSelection();
      const source = document.getElementById(button.dataset.copies);
      source.closest("details")?.setAttribute("open", "");
      selection.selectAllChildren(source);
      words.textContent = "Selected; press Ctrl+C";
    }
    button.dataset.copied = "";
    setTimeout(() => {
      words.textContent = before;
      delete button.dataset.copied;
    }, 2500);
  });
}
