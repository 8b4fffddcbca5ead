// Progress of work in the background. Markup (macro ui.job_progress): an element with data-progress-url that
// holds <progress>, [data-progress-count], [data-progress-label] and [data-progress-state].
//
// GET data-progress-url -> {"done": 3, "total": 20, "state": "running" | "finished" | "failed",
//                           "label": "Rows read", "text": "…a sentence, may be empty…", "next": "/s/x/…" or null}
// state "finished" with `next` goes there, also when that is this page; "finished" and "failed" stop asking.

const EVERY_MS = 1500;
const SLOWEST_MS = 15000;

export function watchProgress() {
  for (const job of document.querySelectorAll("[data-progress-url]")) poll(job, EVERY_MS);
}

function poll(job, delay) {
  window.setTimeout(async () => {
    let answer;
    try {
      const response = await fetch(job.dataset.progressUrl, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch {
      poll(job, Math.min(delay * 2, SLOWEST_MS));
      return;
    }
    show(job, answer);
    if (answer.state === "finished" && answer.next) goOn(new URL(answer.next, window.location.href));
    else if (answer.state !== "finished" && answer.state !== "failed") poll(job, EVERY_MS);
  }, delay);
}

// An address that differs from the page's own in its fragment only would scroll and load nothing.
function goOn(address) {
  const here = window.location;
  if (address.pathname + address.search === here.pathname + here.search) {
    window.history.replaceState(null, "", address);
    here.reload();
  } else {
    here.assign(address);
  }
}

function show(job, answer) {
  const bar = job.querySelector("progress");
  bar.max = answer.total || 1;
  bar.value = answer.done;
  job.querySelector("[data-progress-count]").textContent = `${answer.done}/${answer.total}`;
  if (answer.label) job.querySelector("[data-progress-label]").textContent = answer.label;
  const text = job.querySelector("[data-progress-state]");
  if (text.textContent !== (answer.text || "")) text.textContent = answer.text || "";
}
