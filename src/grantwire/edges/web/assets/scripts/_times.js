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
