// While somebody types: the server looks a body over; its findings are underlined and listed, its preview is filled.
const PAUSE_MS = 350;

// `part` names whose body it is: an action's, or the webhook's own (empty).
export function startChecks(form, editor, { part = "", list, preview, noted = form }) {
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
  let timer = 0;
  let latest = 0;

  async function check() {
    const mine = ++latest;
    editor.save();
    const sent = new URLSearchParams(new FormData(form));
    sent.set("part", part);
    const answer = await fetch("/webhook-form/check", {
      method: "POST",
      redirect: "manual", // to the sign-in, when the session has ended
      headers: { "X-CSRF-Token": token },
      body: sent,
    }).catch(() => null);
    if (mine !== latest || !answer?.ok) return;
    const { findings, preview: shown } = await answer.json();
    if (mine !== latest) return;
    editor.underline(findings);
    showFindings(findings);
    preview.classList.toggle("is-bad", shown.problems.length > 0);
    preview.textContent = shown.problems.length > 0 ? shown.problems.join("\n\n") : shown.text;
    noted.dataset.checked = String(mine);
  }

  function showFindings(findings) {
    list.replaceChildren(
      ...findings.map((finding) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        const place = document.createElement("span");
        place.className = "place";
        place.textContent = `${finding.line}:${finding.column}`;
        const words = document.createElement("span");
        words.className = finding.severity;
        words.textContent = `${finding.severity === "error" ? "Problem" : "Warning"}: ${finding.message}`;
        button.append(place, words);
        button.addEventListener("click", () => editor.goTo(finding.line, finding.column));
        item.append(button);
        return item;
      }),
    );
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE_MS);
  }
  editor.onChange(soon);
  form.addEventListener("change", soon);
  form.addEventListener("input", (event) => {
    if ([`${part}${part && "."}url`, "content_type"].includes(event.target.name)) soon();
  });
  check();
}
