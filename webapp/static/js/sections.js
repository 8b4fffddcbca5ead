// Sections that wait for others: a text area with data-after="strengths …" opens when those have been saved.
// The server asks the same, and without scripts the page shows it when it is loaded again.

export function watchSections() {
  document.addEventListener("autosave:saved", () => {
    const areas = new Map();
    for (const area of document.querySelectorAll("textarea[data-section]")) areas.set(area.dataset.section, area);
    for (const [section, area] of areas) {
      const waits = area.dataset.after.split(" ").some((key) => key && !areas.get(key)?.value.trim());
      if (waits || !area.disabled) continue;
      area.disabled = false;
      const note = document.querySelector(`[data-waits="${section}"]`);
      if (note) note.hidden = true;
    }
  });
}
