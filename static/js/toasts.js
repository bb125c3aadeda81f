/* Short messages about what has just been done: seen in a corner, heard through a live region. */
(() => {
  "use strict";

  const SHOWN_FOR = 8000;

  function announce(text) {
    const region = document.getElementById("announcer");
    region.textContent = "";
    /* The same text twice in a row is announced twice only if the region was empty in between. */
    requestAnimationFrame(() => {
      region.textContent = text;
    });
  }

  function closer(toast) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", "Dismiss");
    button.textContent = "✕";
    button.addEventListener("click", () => dismiss(toast));
    return button;
  }

  function dismiss(toast) {
    toast.remove();
    const list = document.getElementById("toasts");
    if (!list.childElementCount && list.matches(":popover-open")) {
      list.hidePopover();
    }
  }

  function show(text, kind) {
    const list = document.getElementById("toasts");
    const toast = document.createElement("div");
    toast.className = `toast toast-${kind === "error" ? "error" : "success"}`;
    const words = document.createElement("span");
    words.textContent = text;
    toast.append(words, closer(toast));
    list.append(toast);
    /* Shown anew, so that it lies above a dialog that was opened since. */
    if (list.matches(":popover-open")) {
      list.hidePopover();
    }
    list.showPopover();
    announce(text);
    if (kind !== "error") {
      window.setTimeout(() => dismiss(toast), SHOWN_FOR);
    }
  }

  document.addEventListener("toast", (event) => show(event.detail.text, event.detail.kind));

  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const texts = {
      403: "You may not do that. Your role may have changed; reload the page.",
      404: "That is not there any more. Reload the page to see what is.",
      413: "That is more than the server takes at once.",
      503: "The server is busy. Nothing was changed; try again in a moment.",
    };
    show(texts[status] || "That did not work. Nothing was changed; try again.", "error");
  });

  document.addEventListener("htmx:sendError", () => {
    show("The server cannot be reached. Nothing was changed; check your connection and try again.", "error");
  });

  for (const message of document.querySelectorAll("#toasts [data-message]")) {
    message.remove();
    show(message.textContent.trim(), message.dataset.message);
  }
})();
