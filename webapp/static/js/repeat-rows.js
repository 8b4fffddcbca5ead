// Rows that can be added. Markup (macro forms.repeat):
//   <fieldset data-repeat="person" data-repeat-next="3">
//     <div data-repeat-rows>…</div>
//     <template data-repeat-template>… __index__ stands where the row's number goes …</template>
//     <button type="button" data-repeat-add hidden>
//   </fieldset>
// Fields of a row are named "person-<number>-…"; numbers need not be without gaps.

export function watchRepeat() {
  for (const group of document.querySelectorAll("[data-repeat]")) {
    const add = group.querySelector("[data-repeat-add]");
    const rows = group.querySelector("[data-repeat-rows]");
    const template = group.querySelector("template[data-repeat-template]");
    let next = Number(group.dataset.repeatNext);
    add.hidden = false;
    add.addEventListener("click", () => {
      const holder = document.createElement("template");
      holder.innerHTML = template.innerHTML.replaceAll("__index__", String(next));
      next += 1;
      rows.append(holder.content);
      rows.lastElementChild.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    });
  }
}
