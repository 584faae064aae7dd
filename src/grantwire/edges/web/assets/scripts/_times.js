// <time> elements come in UTC; here they get the words of the reader's zone. The exact instant stays as the title.
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long", fractionalSecondDigits: undefined });

export function localise(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = short.format(at);
    element.title = `${exact.format(at)}\n${element.dateTime}`;
  }
}

export function nameZone(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const element of root.querySelectorAll("[data-zone]")) element.textContent = zone;
}

// Points in time in a filter form are UTC in the address, and in the reader's zone on the page.
export function startTimeFields(root) {
  for (const form of root.querySelectorAll("form[data-times]")) {
    const fields = [...form.querySelectorAll("input[type=datetime-local]")];
    for (const field of fields) if (field.value) field.value = local(new Date(`${field.value}Z`));
    form.addEventListener("formdata", (event) => {
      for (const field of fields) if (field.value) event.formData.set(field.name, new Date(field.value).toISOString().slice(0, 16));
      for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
    });
  }
}

function local(at) {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
