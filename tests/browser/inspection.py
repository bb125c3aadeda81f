"""Looking at a page as everybody may see it."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
LOOKS: tuple[tuple[Literal["light", "dark"], ViewportSize], ...] = (("light", WIDE), ("dark", NARROW))
"""Colours are the scheme's and the layout is the width's: these two have all of both, in half the time of all four."""


def inspect(page: Page, what: str = "the page") -> None:
    """In both schemes, at both widths: nothing for axe-core to say, and nothing wider than what it is in."""
    dialog_is_open = page.locator("dialog[open]").count() > 0
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        page.evaluate(SETTLED)
        where = f"{what}, {scheme}, {size['width']} wide"
        results = Axe().run(page, context="dialog" if dialog_is_open else None)
        assert results.violations_count == 0, f"{where}: {results.generate_report()}"
        assert page.evaluate(TOO_WIDE) == [], where


SETTLED = """async () => {
    const frame = () => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    await frame();
    await Promise.all(
        document.getAnimations()
            .filter((animation) => animation instanceof CSSTransition)
            .map((transition) => transition.finished.catch(() => null))
    );
    await frame();
}"""
"""Colours fade from one scheme to the other, and only once the page is painted anew: what is looked at meanwhile has
contrasts of its own."""

TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll("dialog[open], .card, .menu:popover-open")]
    .filter((box) => box.scrollWidth > box.clientWidth)
    .map((box) => `${box.tagName}.${box.className}: ${box.scrollWidth} in ${box.clientWidth}`)"""
