// A choice that is an answer by itself: data-submits sends its form.
export function startSubmits() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
}
