// <details data-confirm> holds the question and its form. Opening it moves to the first field or button,
// Esc closes it, and a form is sent once however often its button is pressed.

// Long enough for a double press; an answer that is a download leaves the page and its form in place.
const SENT_MS = 4000;

export function watchConfirm() {
  for (const details of document.querySelectorAll("details[data-confirm]")) {
    details.addEventListener("toggle", () => {
      if (details.open) details.querySelector("textarea, input:not([type=hidden]), button")?.focus();
    });
    details.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !details.open) return;
      details.open = false;
      details.querySelector("summary").focus();
    });
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    window.setTimeout(() => delete form.dataset.sent, SENT_MS);
  });
  // A page that comes back from the browser's memory may be sent again at once.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}
