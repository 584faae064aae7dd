// The payload's fields: search, and a click that puts a field where the cursor is.
export function startSchema(panel, editor) {
  const search = panel.querySelector("[data-schema-search]");
  const nothing = panel.querySelector("[data-schema-nothing]");
  const items = [...panel.querySelectorAll("li")];
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (item) => words.every((word) => [...item.querySelectorAll("[data-finds]")].some((one) => one.dataset.finds.includes(word)));
    let shown = 0;
    for (const item of items) {
      item.hidden = words.length > 0 && !fits(item);
      if (!item.hidden) shown += 1;
      const branch = item.querySelector(":scope > details");
      if (branch && words.length > 0) branch.open = true;
    }
    nothing.hidden = shown > 0;
  });
  panel.addEventListener("click", (event) => {
    const field = event.target.closest("[data-inserts]");
    if (field) editor.insert(`{{ ${field.dataset.inserts} }}`);
  });
}
