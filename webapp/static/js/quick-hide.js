// Esc twice within a second leaves the page at once: its text is blanked, and a neutral page takes its
// place in the history. Markup: <body data-quick-hide="URL">; a link with data-quick-hide-now does the same.

const WITHIN_MS = 1000;

export function watchQuickHide() {
  const target = document.body.dataset.quickHide;
  if (!target) return;
  let lastEscape = -WITHIN_MS;

  function hide() {
    document.title = "…";
    document.body.replaceChildren();
    window.location.replace(target);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - lastEscape < WITHIN_MS) hide();
    lastEscape = event.timeStamp;
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-quick-hide-now]")) return;
    event.preventDefault();
    hide();
  });
}
