// The switch goes round: as the system, light, dark. What was chosen is remembered in this browser.
const ORDER = ["system", "light", "dark"];
const WORDS = { system: "Colours: as the system", light: "Colours: light", dark: "Colours: dark" };

export function startThemeSwitch() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  button.hidden = false;
  show(button, chosen());
  button.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length];
    if (next === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    show(button, next);
    dispatchEvent(new Event("theme-chosen"));
  });
}

function chosen() {
  const found = localStorage.getItem("theme");
  return ORDER.includes(found) ? found : "system";
}

function show(button, theme) {
  button.setAttribute("aria-label", WORDS[theme]);
  button.title = WORDS[theme];
  for (const part of button.querySelectorAll("[data-theme-icon]")) part.hidden = part.dataset.themeIcon !== theme;
}
