// Rows that can be added and removed; a blank one waits in a <template> under the number 0000.
const SECRET_WORDS = /^(authorization|proxy-authorization|cookie)$|token|api-?_?key|secret|password|application-key/i;
const PLACEHOLDER = /<[A-Za-z][A-Za-z0-9_ -]*>/;

export function startRows(form) {
  let next = 1000; // the server numbers the rows anew
  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-row-add]");
    if (add) {
      const kind = add.dataset.rowAdd;
      const blank = form.querySelector(`[data-row-blank="${kind}"]`).content.cloneNode(true);
      for (const field of blank.querySelectorAll("[name]")) field.name = field.name.replace(".0000.", `.${next}.`);
      next += 1;
      const rows = form.querySelector(`[data-rows="${kind}"]`);
      rows.append(blank);
      rows.lastElementChild.querySelector("input").focus();
    }
    const remove = event.target.closest("[data-row-remove]");
    if (remove) {
      const row = remove.closest("[data-row]");
      const rows = row.parentElement;
      row.remove();
      rows.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-header-key]")) markSecret(event.target.closest("[data-row]"));
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-header-secret]")) hideValue(event.target.closest("[data-row]"));
  });
}

// A name that says it all makes the value a secret at once; the server would do the same.
function markSecret(row) {
  const secret = row.querySelector("[data-header-secret]");
  if (SECRET_WORDS.test(row.querySelector("[data-header-key]").value.trim())) secret.checked = true;
  hideValue(row);
}

function hideValue(row) {
  const value = row.querySelector("[data-header-value]");
  const isSecret = row.querySelector("[data-header-secret]").checked;
  value.type = isSecret && !value.value.startsWith("${") && !PLACEHOLDER.test(value.value) ? "password" : "text";
}
