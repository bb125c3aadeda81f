/* Where a list is fetched anew without what had the focus, the focus goes to the head of that list, not to nowhere. */
(() => {
  "use strict";

  let id = "";
  let headingId = "";

  document.addEventListener("focusin", (event) => {
    id = event.target.id;
    headingId = event.target.closest("section")?.querySelector("h2")?.id || "main";
  });

  /* Whoever presses where nothing takes the focus has left by their own will. */
  document.addEventListener("pointerdown", () => {
    headingId = "";
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (document.activeElement !== document.body || !headingId || document.querySelector("dialog[open]")) {
      return;
    }
    const same = document.getElementById(id);
    (same && !same.disabled ? same : document.getElementById(headingId))?.focus();
  });
})();
