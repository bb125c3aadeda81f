/* The dialog: opened by what htmx puts in it, closed by the server's word, and focus goes back to where it came from. */
(() => {
  "use strict";

  const modal = document.getElementById("modal");
  const body = document.getElementById("modal-body");
  if (!modal) {
    return;
  }
  let openerId = "";
  let headingId = "";

  function remember(element) {
    const menu = element.closest("[popover]");
    const opener = (menu && document.querySelector(`[popovertarget="${menu.id}"]`)) || element;
    openerId = opener.id;
    headingId = opener.closest("section")?.querySelector("h2")?.id || "";
  }

  /* To what opened the dialog; where the row that it was about is gone, to the head of the list it was in. */
  function returnFocus() {
    (document.getElementById(openerId) || document.getElementById(headingId))?.focus();
  }

  function firstField() {
    return (
      body.querySelector('[aria-invalid="true"]') ||
      body.querySelector("[autofocus]") ||
      body.querySelector("input:not([type=hidden]), select, textarea") ||
      body.querySelector("h2")
    );
  }

  /* A key that was neither copied nor shown would be lost: the first attempt to close only says so. */
  function mayClose() {
    const warning = body.querySelector("[data-not-copied]");
    if (!warning || !warning.hidden || body.querySelector("[data-secret-taken]")) {
      return true;
    }
    warning.hidden = false;
    warning.focus();
    return false;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('[hx-target="#modal-body"]');
    if (link && !modal.contains(link)) {
      remember(link);
    }
    if (event.target.closest("[data-close]") && modal.contains(event.target) && mayClose()) {
      event.preventDefault();
      modal.close();
    } else if (event.target.closest("[data-close]") && modal.contains(event.target)) {
      event.preventDefault();
    }
  });

  modal.addEventListener("click", (event) => {
    if (event.target === modal && !body.querySelector("form") && mayClose()) {
      modal.close();
    }
  });

  modal.addEventListener("cancel", (event) => {
    if (event.target === modal && !mayClose()) {
      event.preventDefault();
    }
  });

  modal.addEventListener("close", () => {
    body.replaceChildren();
    returnFocus();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    /* An answer that swaps nothing is told as a swap, too: the dialog that it has closed stays closed. */
    if (event.detail.target !== body || event.detail.xhr.getResponseHeader("HX-Reswap") === "none") {
      return;
    }
    if (!modal.open) {
      modal.showModal();
    }
    modal.scrollTop = 0;
    firstField()?.focus();
  });

  document.addEventListener("dialog:close", () => {
    if (modal.open) {
      modal.close();
    }
  });

  /* The browser keeps pages for its back button: not with a key in them. */
  window.addEventListener("pagehide", () => {
    body.replaceChildren();
    if (modal.open) {
      modal.close();
    }
    for (const secret of document.querySelectorAll("[data-secret]")) {
      secret.closest("[data-secret-page]")?.replaceChildren();
    }
  });
})();
