// A field whose meaning shows best in an example: <input data-example-url="URL"> and, in the same form,
// <… data-example>. Asks URL?pattern=… -> {example} or {error} a moment after the last key.

const PAUSE_MS = 300;

export function watchExamples() {
  for (const input of document.querySelectorAll("input[data-example-url]")) {
    const place = input.form.querySelector("[data-example]");
    let timer = 0;
    input.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => show(input, place), PAUSE_MS);
    });
  }
}

async function show(input, place) {
  const asked = input.value;
  const url = `${input.dataset.exampleUrl}?pattern=${encodeURIComponent(asked)}`;
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer || input.value !== asked) return;
  const { example, error } = await answer.json();
  place.textContent = example ?? error;
}
