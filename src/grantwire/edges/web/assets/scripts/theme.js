// Light or dark, before the page is painted: as the reader chose, else as the system is.
const dark = matchMedia("(prefers-color-scheme: dark)");
function apply() {
  const chosen = localStorage.getItem("theme");
  const theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
  document.documentElement.dataset.bsTheme = theme;
}
apply();
dark.addEventListener("change", apply);
addEventListener("storage", apply);
addEventListener("theme-chosen", apply);
