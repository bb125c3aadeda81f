/* On a narrow screen the tabs scroll: the current one is in view. */
(() => {
  "use strict";

  document.querySelector('.tabs [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
})();
