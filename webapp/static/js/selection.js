// "Select all" for the checkboxes of a table: <input type="checkbox" data-select-all="NAME" hidden> ticks every
// checkbox of that name in the same form, and follows them.

export function watchSelection() {
  for (const all of document.querySelectorAll("input[data-select-all]")) {
    const boxes = () => all.form.querySelectorAll(`input[type=checkbox][name="${all.dataset.selectAll}"]`);
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes()) box.checked = all.checked;
    });
    all.form.addEventListener("change", (event) => {
      if (event.target !== all) all.checked = [...boxes()].every((box) => box.checked);
    });
  }
}
