// Forms that outlast a line that drops. Markup: <form method="post" data-keep> with
//   <p role="status" data-keep-state data-sending="…" data-waiting="…" data-signed-out="…"> inside.
//
// The form is sent by fetch; what was entered stays in its fields until the server has it, and nothing of it is
// written anywhere else. Accept: application/json
//   200 {"url": where to go on}     taken
//   401, 5xx or no connection       said so, and sent again: every few seconds, at once when the browser is online
//   other answers                   refused: the form is sent in the ordinary way, so that its page says why
// Without scripts the form is an ordinary one. Sending one twice must be harmless: an answer may be lost on the way.

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
      if (this.waiting) event.preventDefault();
    });
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
    let response = null;
    let answer = null;
    try {
      response = await fetch(this.form.action, {
        method: "POST",
        redirect: "error",
        headers: { Accept: "application/json" },
        body: new FormData(this.form),
      });
      if (response.ok) answer = await response.json();
    } catch {
      // No connection, or it broke while the answer came.
      response = null;
    }
    this.busy = false;
    this.take(response, answer);
  }

  take(response, answer) {
    this.waiting = !response || response.status === 401 || response.status >= 500;
    if (this.waiting) {
      this.say(response?.status === 401 ? "signedOut" : "waiting");
      this.timer = window.setTimeout(() => this.send(), RETRY_MS);
      return;
    }
    // What is typed in this form has arrived, or goes along once more.
    this.form.dataset.sent = "1";
    if (!answer) {
      HTMLFormElement.prototype.submit.call(this.form);
      return;
    }
    const target = new URL(answer.url, window.location.href);
    const stays = target.pathname === window.location.pathname && target.search === window.location.search;
    if (stays) {
      window.history.replaceState(null, "", target);
      window.location.reload();
    } else {
      window.location.assign(target);
    }
  }
}
