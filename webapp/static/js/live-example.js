// A field whose meaning shows best in an example: <input data-example-url="URL"> and, in the same form,
// <… data-example>. Asks URL?pattern=… -> {example} or {error} a moment after the last key. Other fields of the form
// with data-example-with are sent under their own names.

const PAUSE_MS = 300;

export function watchExamples() {
  for (const input of document.querySelectorAll("input[data-example-url]")) {
    const place = input.form.querySelector("[data-example]");
    let timer = 0;
    for (const field of [input, ...companions(input)]) {
      field.addEventListener("input", () => {
        window.clearTimeout(timer);
        timer = window.setTimeout(() => show(input, place), PAUSE_MS);
      });
    }
  }
}

function companions(input) {
  return input.form.querySelectorAll("[data-example-with]");
}

function question(input) {
  const asked = new URLSearchParams({ pattern: input.value });
  for (const field of companions(input)) asked.set(field.name, field.value);
  return asked.toString();
}

async function show(input, place) {
  const asked = question(input);
  const url = `${input.dataset.exampleUrl}?${asked}`;
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer || question(input) !== asked) return;
  const { example, error } = await answer.json();
  place.textContent = example ?? error;
}
