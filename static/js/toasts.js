/* Short messages about what has just been done: seen in a corner, heard through a live region. */
(() => {
  "use strict";

  const SHOWN_FOR = 8000;
  const list = document.getElementById("toasts");
  const announcer = document.getElementById("announcer");

  function announce(text) {
    announcer.textContent = "";
    /* The same text twice in a row is announced twice only if the region was empty in between. */
    requestAnimationFrame(() => {
      announcer.textContent = text;
    });
  }

  /* What is outside of an open dialog can neither be heard nor pressed; what is shown last lies on top. */
  function raise() {
    const place = document.querySelector("dialog[open]") || document.body;
    if (list.parentElement !== place) {
      place.append(announcer, list);
    }
    if (list.matches(":popover-open")) {
      list.hidePopover();
    }
    if (list.childElementCount) {
      list.showPopover();
    }
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
    if (!list.childElementCount && list.matches(":popover-open")) {
      list.hidePopover();
    }
  }

  function show(text, kind) {
    const toast = document.createElement("div");
    toast.className = `toast toast-${kind === "error" ? "error" : "success"}`;
    const words = document.createElement("span");
    words.textContent = text;
    toast.append(words, closer(toast));
    list.append(toast);
    raise();
    announce(text);
    if (kind !== "error") {
      window.setTimeout(() => dismiss(toast), SHOWN_FOR);
    }
  }

  document.addEventListener("close", raise, true);

  /* The answer that brings the words may also close the dialog: first that, or they would go down with it. */
  document.addEventListener("toast", (event) => queueMicrotask(() => show(event.detail.text, event.detail.kind)));

  /* What a page asks by itself, again and again, fails in silence: nobody has pressed anything. */
  function unasked(event) {
    return event.detail.elt?.hasAttribute("data-quiet");
  }

  document.addEventListener("htmx:responseError", (event) => {
    if (unasked(event)) {
      return;
    }
    const status = event.detail.xhr.status;
    const texts = {
      403: "You may not do that. Your role may have changed; reload the page.",
      404: "That is not there any more. Reload the page to see what is.",
      413: "That is more than the server takes at once.",
      503: "The server is busy. Nothing was changed; try again in a moment.",
    };
    show(texts[status] || "That did not work. Nothing was changed; try again.", "error");
  });

  document.addEventListener("htmx:sendError", (event) => {
    if (unasked(event)) {
      return;
    }
    show("The server cannot be reached. Nothing was changed; check your connection and try again.", "error");
  });

  for (const message of document.querySelectorAll("#toasts [data-message]")) {
    message.remove();
    show(message.textContent.trim(), message.dataset.message);
  }
})();
