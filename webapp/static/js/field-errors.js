// Why a form was refused, at its fields, as macros/forms.html writes it: {id of a field or of a group: sentence}.

export function mark(form, errors) {
  let first = null;
  for (const [id, sentence] of Object.entries(errors)) {
    const box = document.getElementById(id);
    if (!form.contains(box)) continue;
    const note = document.createElement("p");
    note.className = "field-error";
    note.id = `${id}-refused`;
    note.textContent = sentence;
    const isGroup = box.matches("fieldset");
    if (isGroup) box.querySelector(".choice-list").before(note);
    else box.before(note);
    box.closest(".field")?.classList.add("field-wrong");
    if (!isGroup) box.setAttribute("aria-invalid", "true");
    box.setAttribute("aria-describedby", [box.getAttribute("aria-describedby"), note.id].filter(Boolean).join(" "));
    first ||= isGroup ? box.querySelector("input") : box;
  }
  for (let fold = first?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  first?.focus();
}

export function unmark(form) {
  for (const note of form.querySelectorAll(".field-error[id$='-refused']")) {
    const box = form.querySelector(`[aria-describedby~="${note.id}"]`);
    box.removeAttribute("aria-invalid");
    const others = box.getAttribute("aria-describedby").replace(note.id, "").trim();
    if (others) box.setAttribute("aria-describedby", others);
    else box.removeAttribute("aria-describedby");
    box.closest(".field")?.classList.remove("field-wrong");
    note.remove();
  }
}
