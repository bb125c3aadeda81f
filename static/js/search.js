/* While somebody types on, the answer to what was typed before must not take the new letters away. */
(() => {
  "use strict";

  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig.elt;
    const input = form.matches("form.search") && form.querySelector("input[type=search]");
    if (input && event.detail.requestConfig.parameters[input.name] !== input.value) {
      event.detail.shouldSwap = false;
    }
  });
})();
