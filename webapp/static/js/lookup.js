// A field that looks rows up while typing (Flask-Admin's ajax select fields). The hidden input
//   <input type="hidden" data-role="select2-ajax" data-url="URL" data-json='["7", "Name"]' data-multiple="1" …>
// keeps the chosen id (or ids, joined by data-separator); a combobox beside it searches.
//
// GET URL?query=…&offset=0&limit=10 -> [["7", "Name"], …]

const LIMIT = 10;
const PAUSE_MS = 200;
let count = 0;

export function watchLookups() {
  for (const input of document.querySelectorAll('input[data-role="select2-ajax"]')) new Lookup(input);
}

class Lookup {
  constructor(input) {
    this.input = input;
    this.multiple = input.dataset.multiple === "1";
    const chosen = JSON.parse(input.dataset.json || "null");
    this.picked = this.multiple ? chosen || [] : chosen ? [chosen] : [];
    this.options = [];
    this.active = -1;
    this.build();
  }

  build() {
    count += 1;
    const wrap = document.createElement("div");
    wrap.className = "lookup";
    this.chips = document.createElement("ul");
    this.chips.className = "lookup-picked";
    this.box = document.createElement("input");
    this.box.type = "text";
    this.box.className = "form-control";
    this.box.autocomplete = "off";
    this.box.placeholder = this.input.dataset.placeholder || "";
    this.list = document.createElement("ul");
    this.list.className = "lookup-list";
    this.list.id = `lookup-${count}`;
    this.list.hidden = true;
    const label = document.querySelector(`label[for="${CSS.escape(this.input.id)}"]`);
    this.box.id = `${this.input.id}-search`;
    if (label) label.htmlFor = this.box.id;
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(attributes)) this.box.setAttribute(name, value);
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label ? label.textContent.trim() : this.box.placeholder);
    wrap.append(this.chips, this.box, this.list);
    this.input.after(wrap);
    this.box.addEventListener("input", () => this.later());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.leave());
    this.show();
  }

  show() {
    this.input.value = this.picked.map(([id]) => id).join(this.input.dataset.separator || ",");
    if (!this.multiple) {
      this.box.value = this.picked.length ? this.picked[0][1] : "";
      return;
    }
    this.chips.replaceChildren(...this.picked.map((choice) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-quiet";
      button.textContent = `${choice[1]} ×`;
      button.addEventListener("click", () => {
        this.picked = this.picked.filter(([id]) => id !== choice[0]);
        this.show();
        this.box.focus();
      });
      item.append(button);
      return item;
    }));
    this.chips.hidden = this.picked.length === 0;
  }

  later() {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.search(), PAUSE_MS);
  }

  async search() {
    const query = this.box.value.trim();
    if (query.length < Number(this.input.dataset.minimumInputLength || 1)) {
      this.close();
      return;
    }
    const address = new URL(this.input.dataset.url, window.location.href);
    address.searchParams.set("query", query);
    address.searchParams.set("offset", "0");
    address.searchParams.set("limit", String(LIMIT));
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    if (!response.ok || query !== this.box.value.trim()) return;
    this.options = await response.json();
    this.active = this.options.length ? 0 : -1;
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.options.map((choice, index) => {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === this.active));
      item.textContent = choice[1];
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        this.pick(index);
      });
      return item;
    }));
    const open = this.options.length > 0;
    this.list.hidden = !open;
    this.box.setAttribute("aria-expanded", String(open));
    if (open) this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && this.options.length) {
      event.preventDefault();
      this.active = (this.active + move + this.options.length) % this.options.length;
      this.draw();
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      this.pick(this.active);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    }
  }

  pick(index) {
    const choice = this.options[index];
    if (!this.multiple) this.picked = [choice];
    else if (!this.picked.some(([id]) => id === choice[0])) this.picked.push(choice);
    this.box.value = "";
    this.close();
    this.show();
  }

  leave() {
    // An emptied box clears the choice; half-typed text goes back to what is chosen.
    if (!this.multiple && this.box.value.trim() === "") this.picked = [];
    if (this.multiple) this.box.value = "";
    this.close();
    this.show();
  }

  close() {
    this.options = [];
    this.active = -1;
    this.draw();
  }
}
