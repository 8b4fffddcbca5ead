// "Select all" for the checkboxes of a table: <input type="checkbox" data-select-all="NAME" hidden> ticks every
// checkbox of that name in the same form (also those that belong to it by form="…"), and follows them.

export function watchSelection() {
  for (const all of document.querySelectorAll("input[data-select-all]")) {
    const boxes = () => [...all.form.elements].filter((box) => box.type === "checkbox" && box.name === all.dataset.selectAll);
    (all.closest("label") || all).hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes()) box.checked = all.checked;
    });
    document.addEventListener("change", (event) => {
      if (boxes().includes(event.target)) all.checked = boxes().every((box) => box.checked);
    });
  }
}
