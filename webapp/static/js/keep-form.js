// Forms that outlast a line that drops. Markup: <form method="post" data-keep> with
//   <p role="status" data-keep-state data-sending="…" data-waiting="…" data-signed-out="…" data-refused="…"> inside.
//
// The form is sent by fetch; what was entered stays in its fields until the server has it, and nothing of it is
// written anywhere else. Accept: application/json
//   200 {"url": where to go on}     taken; a page instead comes from somebody on the way, and nothing was taken
//   401, 5xx or no connection       said so, and sent again: every few seconds, at once when the browser is online
//   other, {"error": sentence, "errors": {id of a field: sentence}}
//                                   refused: said so here and at the fields; what was entered stays as it is
//   409, a page with a form         shown before this one, as of two texts between which to choose; what else was
//                                   entered here stays in the page, goes on saving itself and is asked after
// What the server has answered is never sent again by itself. Without scripts the form is an ordinary one. Sending
// one twice must be harmless all the same: an answer may be lost on the way.

import { mark, unmark } from "./field-errors.js";

const RETRY_MS = 5000;

export function watchKeptForms() {
  for (const form of document.querySelectorAll("form[data-keep]")) new KeptForm(form);
}

class KeptForm {
  constructor(form) {
    this.form = form;
    this.state = form.querySelector("[data-keep-state]");
    this.waiting = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      // The guard against double presses would hold back the next attempt.
      event.stopPropagation();
      this.send();
    });
    window.addEventListener("online", () => this.waiting && this.send());
    window.addEventListener("beforeunload", (event) => {
      if (this.waiting || (!form.dataset.sent && this.changed())) event.preventDefault();
    });
  }

  // What nothing but this form's button saves, and was changed.
  changed() {
    return [...this.form.querySelectorAll("[data-only-by-button]")].some(
      (field) => field.value !== field.defaultValue,
    );
  }

  text() {
    return new URLSearchParams(new FormData(this.form)).toString();
  }

  say(name) {
    this.state.dataset.state = name;
    this.state.textContent = this.state.dataset[name] || "";
  }

  async send() {
    if (this.busy) return;
    this.busy = true;
    window.clearTimeout(this.timer);
    this.say("sending");
    unmark(this.form);
    this.sent = this.text();
    let response = null;
    let answer = null;
    try {
      response = await fetch(this.form.action, {
        method: "POST",
        redirect: "error",
        headers: { Accept: "application/json" },
        body: new FormData(this.form),
      });
      answer = await read(response);
    } catch {
      // No connection, or it broke while the answer came: a refusal without its reason is one all the same.
      if (!response || response.ok) response = null;
    }
    this.busy = false;
    this.take(response, answer);
  }

  take(response, answer) {
    this.waiting = !response || response.status === 401 || response.status >= 500;
    if (this.waiting) {
      this.say(response?.status === 401 ? "signedOut" : "waiting");
      this.timer = window.setTimeout(() => this.send(), RETRY_MS);
    } else if (answer?.main) {
      show(answer);
      this.form.dataset.sent = "1";
    } else if (response.ok) {
      // What is typed in this form has arrived; of what came to it meanwhile the browser asks before it goes on.
      if (this.text() === this.sent) this.form.dataset.sent = "1";
      this.say("");
      if (this.form.isConnected) goOn(new URL(answer.url, window.location.href));
    } else {
      this.say("refused");
      if (answer?.error) this.state.textContent = answer.error;
      mark(this.form, answer?.errors || {});
    }
  }
}

async function read(response) {
  if (!response.headers.get("Content-Type")?.startsWith("text/html")) return response.json();
  if (response.status !== 409) throw new TypeError("a page where none was asked for");
  const answered = new DOMParser().parseFromString(await response.text(), "text/html");
  return { main: answered.querySelector("main:has(form)"), title: answered.title };
}

function goOn(target) {
  const stays = target.pathname === window.location.pathname && target.search === window.location.search;
  if (stays) {
    window.history.replaceState(null, "", target);
    window.location.reload();
  } else {
    window.location.assign(target);
  }
}

// The page's own address stays, so that loading it again sends nothing.
function show({ main, title }) {
  const earlier = document.querySelector("main");
  earlier.before(document.adoptNode(main));
  earlier.hidden = true;
  earlier.removeAttribute("id");
  document.title = title;
  main.focus();
  window.scrollTo(0, 0);
}
