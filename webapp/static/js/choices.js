// A <fieldset> of radios or boxes, with what a text field has: name, value (the ticked keys with commas), readOnly.

export class Choices {
  constructor(group) {
    this.boxes = [...group.querySelectorAll("input[type=radio], input[type=checkbox]")];
    this.readOnly = false;
    // Disabled ones would be left out when the form's own button sends it.
    group.addEventListener("click", (event) => {
      if (this.readOnly && this.boxes.includes(event.target)) event.preventDefault();
    });
  }

  get name() {
    return this.boxes[0].name;
  }

  get value() {
    return keys(this.boxes.filter((box) => box.checked));
  }

  set value(value) {
    const wanted = value.split(",");
    for (const box of this.boxes) box.checked = wanted.includes(box.value);
    // The fields that are asked for with some answers only look at it.
    this.boxes[0].dispatchEvent(new Event("change", { bubbles: true }));
  }

  get defaultValue() {
    return keys(this.boxes.filter((box) => box.defaultChecked));
  }

  words(value) {
    const wanted = value.split(",");
    const chosen = this.boxes.filter((box) => wanted.includes(box.value));
    return chosen.map((box) => box.closest("label").querySelector("span").textContent.trim()).join(", ");
  }

  focus() {
    (this.boxes.find((box) => box.checked) || this.boxes[0]).focus();
  }
}

function keys(boxes) {
  return boxes.map((box) => box.value).join(",");
}
