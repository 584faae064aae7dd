// What every page has: fragments (htmx), times in the reader's zone, the theme switch, menus that close, copying.
import htmx from "htmx.org/dist/htmx.esm.js";
import { localise, nameZone, startTimeFields } from "./_times.js";
import { startThemeSwitch } from "./_theme_switch.js";
import { startMenus } from "./_menus.js";
import { startPanels } from "./_panels.js";
import { startCopying } from "./_copy.js";
import { startSubmits } from "./_submits.js";

// Without eval and without style elements of its own: the Content-Security-Policy allows neither.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;
// A refusal is a fragment too, and is shown where the answer would have been.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "...", swap: true },
];
window.htmx = htmx;

localise(document);
nameZone(document);
startTimeFields(document);
startThemeSwitch();
startMenus();
startPanels();
startCopying();
startSubmits();
document.addEventListener("htmx:load", (event) => localise(event.detail.elt));
