/* Trying the management API: the key stays in its field, and goes to this server only. */
(() => {
  "use strict";

  const key = document.getElementById("key-to-try");

  function built(form) {
    let path = form.dataset.path;
    const query = new URLSearchParams();
    const headers = new Headers();
    let body;
    for (const field of form.querySelectorAll("[data-in]")) {
      const value = field.value.trim();
      if (field.dataset.in === "path") {
        path = path.replace(`{${field.name}}`, encodeURIComponent(value));
      } else if (value && field.dataset.in === "query") {
        query.set(field.name, value);
      } else if (value && field.dataset.in === "header") {
        headers.set(field.name, value);
      } else if (value && field.dataset.in === "body") {
        headers.set("Content-Type", "application/json");
        body = value;
      }
    }
    if (key.value.trim()) {
      headers.set("Authorization", `Bearer ${key.value.trim()}`);
    }
    const url = query.size ? `${path}?${query}` : path;
    return [url, { method: form.dataset.method, headers, body, credentials: "omit", cache: "no-store" }];
  }

  function told(answer, text) {
    const head = [`${answer.status} ${answer.statusText}`];
    for (const name of ["ETag", "Location", "Allow", "Retry-After", "X-Request-ID"]) {
      if (answer.headers.has(name)) {
        head.push(`${name}: ${answer.headers.get(name)}`);
      }
    }
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      /* It is shown as it came. */
    }
    return `${head.join("\n")}\n\n${shown}`;
  }

  async function send(form) {
    const place = form.querySelector(".answer");
    const button = form.querySelector("button");
    button.disabled = true;
    place.hidden = true;
    try {
      const answer = await fetch(...built(form));
      place.textContent = told(answer, await answer.text());
    } catch (error) {
      place.textContent = `It could not be sent: ${error.message}`;
    } finally {
      button.disabled = false;
      place.hidden = false;
    }
  }

  for (const form of document.querySelectorAll("form.try")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }
  const keyForm = document.getElementById("api-key");
  keyForm.hidden = false;
  keyForm.addEventListener("submit", (event) => event.preventDefault());
  const wanted = location.hash && document.getElementById(location.hash.slice(1));
  if (wanted instanceof HTMLDetailsElement) {
    wanted.open = true;
  }
})();
