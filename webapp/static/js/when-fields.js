// Fields that are asked for with some answers only: <div data-when="permission" data-when-is="given refused">
// shows while the field of that name in the same form has one of those values. Without scripts it always shows.

export function watchWhen() {
  for (const part of document.querySelectorAll("[data-when]")) {
    const form = part.closest("form");
    const wanted = part.dataset.whenIs.split(" ");
    const look = () => {
      part.hidden = !wanted.includes(new FormData(form).get(part.dataset.when));
    };
    form.addEventListener("change", look);
    look();
  }
}
