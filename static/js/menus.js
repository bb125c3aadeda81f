/* Menus are native popovers; this puts them beside the button that opens them, and gives them arrow keys. */
(() => {
  "use strict";

  const MARGIN = 8;

  function place(menu) {
    const button = document.querySelector(`[popovertarget="${menu.id}"]`);
    if (!button) {
      return;
    }
    menu.classList.add("placed");
    const from = button.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    const left = Math.min(from.right - size.width, window.innerWidth - size.width - MARGIN);
    const below = from.bottom + 4;
    const top = below + size.height > window.innerHeight - MARGIN ? from.top - size.height - 4 : below;
    /* On the root, not on the menu: htmx copies attributes of what it replaces, and the CSP refuses a copied style. */
    const root = document.documentElement.style;
    root.setProperty("--menu-left", `${Math.max(MARGIN, menu.dataset.align === "start" ? from.left : left)}px`);
    root.setProperty("--menu-top", `${Math.max(MARGIN, top)}px`);
  }

  document.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target;
      if (!(menu instanceof HTMLElement) || !menu.classList.contains("menu") || event.newState !== "open") {
        return;
      }
      place(menu);
      menu.querySelector("a, button")?.focus({ preventScroll: true });
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.(".menu");
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      return;
    }
    event.preventDefault();
    const items = [...menu.querySelectorAll("a, button")];
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    items[next % items.length].focus();
  });

  /* A fixed menu would stay behind when what it belongs to scrolls away. */
  for (const happening of ["scroll", "resize"]) {
    window.addEventListener(
      happening,
      () => {
        const menu = document.querySelector(".menu:popover-open");
        if (menu) {
          place(menu);
        }
      },
      { passive: true },
    );
  }
})();
