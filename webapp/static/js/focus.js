// After a refused form the reader starts at the summary of errors: [data-focus] takes the focus.

export function watchFocus() {
  document.querySelector("[data-focus]")?.focus();
}
