/* Copying: from the page (`data-copy`), or straight from the server to the clipboard (`data-copy-from`). */
(() => {
  "use strict";

  function say(text, kind) {
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));
  }

  /* Where the page was not served over TLS or from this machine, there is no clipboard API. */
  async function write(text) {
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(text);
      return;
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "visually-hidden";
    (document.querySelector("dialog[open]") || document.body).append(area);
    const active = document.activeElement;
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    active?.focus();
    if (!done) {
      throw new Error("The browser refused.");
    }
  }

  function flash(button) {
    const label = button.querySelector("[data-label]") || button;
    button.dataset.restore ||= label.textContent;
    label.textContent = "Copied";
    window.setTimeout(() => {
      label.textContent = button.dataset.restore;
    }, 2000);
  }

  async function copyFromPage(button) {
    const source = button.dataset.copy || document.getElementById(button.dataset.copyValue)?.value || "";
    try {
      await write(source);
    } catch {
      say("The browser did not allow copying. Show it, select it and copy it by hand.", "error");
      return;
    }
    flash(button);
    button.closest("[data-secret-page]")?.setAttribute("data-secret-taken", "");
    const status = document.getElementById("copy-status");
    if (status) {
      status.textContent = `${button.dataset.what || "Text"} copied to the clipboard.`;
    }
  }

  async function copyFromServer(button) {
    button.disabled = true;
    try {
      const answer = await fetch(button.dataset.copyFrom, {
        method: "POST",
        headers: {
          "X-CSRFToken": document.querySelector("[data-csrf]").dataset.csrf,
          "X-Gatehouse-Clipboard": "1",
          Accept: "application/json",
        },
        cache: "no-store",
      });
      if (answer.redirected) {
        /* To the sign-in page: the session is over. The whole page goes there, and comes back. */
        window.location.reload();
        return;
      }
      const document_ = await answer.json();
      if (document_.reauthenticate) {
        window.location.assign(document_.reauthenticate);
        return;
      }
      if (!answer.ok) {
        say(document_.error || "That did not work.", "error");
        return;
      }
      await write(document_.copy);
      say(document_.message, "success");
    } catch {
      say("It could not be copied: the browser or the connection did not allow it.", "error");
    } finally {
      button.disabled = false;
      button.focus();
    }
  }

  function toggle(button) {
    const input = document.getElementById(button.dataset.show);
    const masked = input.classList.toggle("masked");
    button.textContent = masked ? "Show" : "Hide";
    button.setAttribute("aria-pressed", String(!masked));
    if (!masked) {
      button.closest("[data-secret-page]")?.setAttribute("data-secret-taken", "");
      input.select();
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) {
      return;
    }
    if (button.dataset.copyFrom) {
      copyFromServer(button);
    } else if (button.dataset.copy !== undefined || button.dataset.copyValue) {
      copyFromPage(button);
    } else if (button.dataset.show) {
      toggle(button);
    }
  });

  document.addEventListener("networks-changed", () => {
    for (const notice of document.querySelectorAll("[data-until-networks-change]")) {
      notice.hidden = true;
    }
  });
})();
