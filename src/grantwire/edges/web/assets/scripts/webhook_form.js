// The webhook form: the editor with its checks and preview, rows, drop-downs with several choices, the payload's schema.
import { startEditor } from "./_editor.js";
import { startRows } from "./_rows.js";
import { startMulti } from "./_multi.js";
import { startSchema } from "./_schema.js";
import { startChecks } from "./_checks.js";

const form = document.getElementById("webhook-form");
const editor = startEditor(form.querySelector("[data-editor]"));
// An action's body gets its editor when its part is open: a form has up to fourteen of them.
for (const part of form.querySelectorAll(".action-part")) {
  const start = () => {
    if (!part.open || part.dataset.started) return;
    part.dataset.started = "1";
    const own = startEditor(part.querySelector("[data-small-editor]"), { isSmall: true });
    startChecks(form, own, { part: part.id, list: part.querySelector(".findings"), preview: part.querySelector(".preview"), noted: part });
  };
  part.addEventListener("toggle", start);
  start();
}
startRows(form);
startMulti(form);
startSchema(document.getElementById("schema-panel"), editor);
startChecks(form, editor, { list: document.getElementById("findings"), preview: document.getElementById("preview") });

// Another kind of webhook has other triggers, filters and fields: the form comes again, as typed.
form.querySelector("[data-kind]").addEventListener("change", () => form.querySelector("[data-kind-again]").click());
document.querySelector("[data-first-problem]")?.focus();
