"use strict";
// Reruns the checks at each change of a corrected value, and shows what they find beside what is typed.
// Without this script the button "Check, without saving" does the same.

const form = document.querySelector("form[data-check]");
let request = new AbortController();

async function check() {
  request.abort();
  request = new AbortController();
  try {
    const answer = await fetch(form.dataset.check, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      redirect: "error",
      signal: request.signal,
    });
    if (answer.ok || answer.status === 422) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // A later change asks again, and the button is there.
  }
}

// Inputs stay as they are: somebody may be typing in the next one.
function show(page) {
  for (const shown of document.querySelectorAll("[id]")) {
    const fresh = page.getElementById(shown.id);
    if (!fresh) continue;
    shown.classList.toggle("wrong", fresh.classList.contains("wrong"));
    if (shown.classList.contains("live")) {
      shown.replaceChildren(...fresh.childNodes);
      shown.hidden = fresh.hidden;
    }
  }
}

form.addEventListener("change", (event) => {
  if (/^[cp]-/.test(event.target.name)) check();
});
