// The webhook form: the editor with its checks and preview, rows, drop-downs with several choices, the payload's schema.
import { startEditor } from "./_editor.js";
import { startRows } from "./_rows.js";
import { startMulti } from "./_multi.js";
import { startSchema } from "./_schema.js";
import { startChecks } from "./_checks.js";

const form = document.getElementById("webhook-form");
const editor = startEditor(form.querySelector("[data-editor]"));
startRows(form);
startMulti(form);
startSchema(document.getElementById("schema-panel"), editor);
startChecks(form, editor);

// Another kind of webhook has other triggers, filters and fields: the form comes again, as typed.
form.querySelector("[data-kind]").addEventListener("change", () => form.querySelector("[data-kind-again]").click());
document.querySelector("[data-first-problem]")?.focus();
