// A drop-down with several choices says in its closed state what is chosen.
export function startMulti(form) {
  form.addEventListener("change", (event) => {
    const list = event.target.closest("[data-multi]");
    if (list) say(list);
  });
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-multi] textarea")) say(event.target.closest("[data-multi]"));
  });
}

function say(list) {
  const ticked = [...list.querySelectorAll("input:checked")];
  const typed = [...list.querySelectorAll("textarea")].map((area) => ({
    isNot: area.name.startsWith("except."),
    words: area.value.split("\n").map((line) => line.trim()).filter(Boolean),
  }));
  const only = [...ticked.filter((box) => !("multiNot" in box.dataset)).map((box) => box.value), ...typed.filter((one) => !one.isNot).flatMap((one) => one.words)];
  const not = [...ticked.filter((box) => "multiNot" in box.dataset).map((box) => box.value), ...typed.filter((one) => one.isNot).flatMap((one) => one.words)];
  const words = list.querySelector("[data-multi-words]");
  const text = [only.join(", "), not.length ? `not ${not.join(", ")}` : ""].filter(Boolean).join(" ");
  words.textContent = text || words.dataset.multiWords;
}
