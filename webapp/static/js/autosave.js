// What saves itself while it is entered. Markup (macros of forms.html with autosave_url):
//   <textarea name="text" data-autosave-url="URL" data-version="3"> (or an input, or a <fieldset> of radios or
//   boxes: its value is the ticked ones with commas) inside a form with csrf_token,
//   and beside it <p role="status" data-autosave-state data-saving="…" …> with the words to show.
//
// POST URL, JSON {"field": name, "value": text, "version": "3"}, header X-CSRFToken
//   200 {"version": "4"}                  saved
//   409 {"version": "5", "value": text}   someone else saved meanwhile: both texts are shown, the person chooses
//   401                                   signed out: said so, kept in the field and tried again after the sign-in
//   other 4xx                             refused: said so, the text stays in the field; tried again once changed,
//                                         or once another field of the form was saved: it may have waited for that
//   5xx or no connection                  kept in the field and tried again, at once when the browser is online
// Versions are opaque strings. Without scripts the form's own button saves the text.
// Each save is told by the event "autosave:saved" on the text area or group.

import { Choices } from "./choices.js";

const PAUSE_MS = 900;
const RETRY_MS = 5000;

export function watchAutosave() {
  for (const area of document.querySelectorAll("[data-autosave-url]")) new Autosave(area);
}

class Autosave {
  constructor(area) {
    this.area = area;
    this.entry = area.matches("fieldset") ? new Choices(area) : area;
    this.state = area.closest("[data-autosave]").querySelector("[data-autosave-state]");
    // As the page brought it: what was typed before this script arrived is not saved yet.
    this.saved = this.entry.defaultValue;
    this.busy = false;
    this.stopped = false;
    if (this.dirty()) this.later(PAUSE_MS);
    area.addEventListener("input", () => {
      // What was just entered is not what was saved.
      if (this.state.dataset.state === "saved") this.say("");
      this.later(PAUSE_MS);
    });
    area.addEventListener("focusout", (event) => {
      // Not on the way from one choice of a group to the next.
      if (!area.contains(event.relatedTarget)) this.save();
    });
    area.form?.addEventListener("autosave:saved", () => {
      if (this.refused === undefined || !this.dirty()) return;
      this.refused = undefined;
      this.later(PAUSE_MS);
    });
    window.addEventListener("online", () => this.save());
    window.addEventListener("beforeunload", (event) => {
      if (this.area.isConnected && this.dirty() && !this.area.form?.dataset.sent) event.preventDefault();
    });
  }

  dirty() {
    return this.entry.value !== this.saved;
  }

  // The form's own button sends the version along: it must be the one that stands.
  hold(version) {
    this.area.dataset.version = version;
    const sent = this.area.form?.elements.namedItem(`version-${this.entry.name}`);
    if (sent) sent.value = version;
  }

  later(delay) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), delay);
  }

  say(name) {
    this.state.dataset.state = name;
    this.state.textContent = this.state.dataset[name] || "";
  }

  async save() {
    if (this.busy || this.stopped || this.area.form?.dataset.sent || !this.dirty() || this.entry.value === this.refused) return;
    this.busy = true;
    this.say("saving");
    const value = this.entry.value;
    let response;
    try {
      response = await fetch(this.area.dataset.autosaveUrl, {
        method: "POST",
        // Whoever sends us elsewhere has saved nothing.
        redirect: "error",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": this.area.form?.querySelector("input[name=csrf_token]")?.value || "",
        },
        body: JSON.stringify({ field: this.entry.name, value, version: this.area.dataset.version }),
      });
    } catch {
      response = null;
    }
    try {
      await this.take(response, value);
    } finally {
      this.busy = false;
    }
    if (!this.stopped && this.dirty()) this.later(response?.ok ? PAUSE_MS : RETRY_MS);
  }

  async take(response, value) {
    if (response?.ok) {
      this.hold((await response.json()).version);
      this.saved = value;
      if (!this.dirty()) this.say("saved");
      this.area.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true }));
    } else if (response?.status === 409) {
      this.stopped = true;
      this.say("conflict");
      this.choose(await response.json());
    } else if (response?.status === 401) {
      this.say("signedOut");
    } else if (response && response.status < 500) {
      // What is written next may be taken: the same text is not sent again.
      this.refused = value;
      this.say("refused");
      const why = (await response.json().catch(() => null))?.error;
      if (why) this.state.textContent = why;
    } else {
      this.say("waiting");
    }
  }

  shown(value) {
    return this.entry instanceof Choices ? this.entry.words(value) : value;
  }

  choose(theirs) {
    const words = this.state.dataset;
    const box = document.createElement("div");
    box.className = "conflict";
    this.entry.readOnly = true;
    const finish = (text) => {
      this.hold(theirs.version);
      this.saved = theirs.value;
      this.entry.value = text;
      this.entry.readOnly = false;
      this.stopped = false;
      box.remove();
      this.entry.focus();
      if (this.dirty()) this.save();
      else this.say("saved");
    };
    box.append(
      side(words.mine, this.shown(this.entry.value), words.keepMine, () => finish(this.entry.value)),
      side(words.theirs, this.shown(theirs.value), words.takeTheirs, () => finish(theirs.value)),
    );
    this.state.after(box);
  }
}

function side(title, text, action, onChoose) {
  const part = document.createElement("div");
  const heading = document.createElement("strong");
  heading.textContent = title;
  const shown = document.createElement("pre");
  shown.textContent = text;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = action;
  button.addEventListener("click", onChoose);
  part.append(heading, shown, button);
  return part;
}
