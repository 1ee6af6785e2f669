"""Toques: a person at a page, counted. A tap is a press, a click or a key chord; typed characters are counted apart.

By the keyboard alone the keys that only walk (Tab, the arrows) are counted for themselves: where the focus goes is the
page's affair, and what is done there the person's. A list of choice costs two taps: one opens it, one chooses.
"""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

MAIS_PASSOS = 80


@dataclass
class Toques:
    """How many, so far, of one person at one page."""

    page: Page
    teclado: bool = False
    toques: int = 0
    letras: int = 0
    passos: int = 0

    def press(self, alvo: Locator) -> None:
        """Press a link, a button or a box."""
        self.toques += 1
        if self.teclado:
            self._walk_to(alvo)
            box = alvo.evaluate("e => e.matches('[type=checkbox], [type=radio]')")
            self.page.keyboard.press("Space" if box else "Enter")
        else:
            alvo.click()

    def write(self, campo: Locator, texto: str) -> None:
        """Type into a field, or into a list what it begins with; going there is a tap, unless one is there."""
        if self.teclado:
            self._walk_to(campo)
        elif not campo.evaluate("e => e === document.activeElement"):
            self.toques += 1
            campo.click()
        self.letras += len(texto)
        self.page.keyboard.type(texto)

    def replace(self, campo: Locator, texto: str) -> None:
        """Type over what stands in a field: selecting it is a tap, unless the page did."""
        if self.teclado:
            self._walk_to(campo)
        selected = "e => e === document.activeElement && e.selectionEnd - e.selectionStart === e.value.length"
        if not campo.evaluate(selected):
            self.toques += 1
            campo.click(click_count=3)
        self.letras += len(texto)
        self.page.keyboard.type(texto)

    def choose(self, lista: Locator, rotulo: str) -> None:
        """Choose from a list: one tap opens it, one chooses; by the keyboard, what it begins with."""
        if self.teclado:
            self.write(lista, rotulo[:3])
        else:
            self.toques += 2
            lista.select_option(label=rotulo)
        expect(lista.locator("option:checked")).to_have_text(rotulo)

    def enter(self) -> None:
        """Send the form in whose field one is."""
        self.toques += 1
        self.page.keyboard.press("Enter")

    def ensure_at_most(self, toques: int, letras: int) -> None:
        assert (self.toques <= toques, self.letras <= letras) == (True, True), self

    def _walk_to(self, alvo: Locator) -> None:
        for _ in range(MAIS_PASSOS):
            if alvo.evaluate("e => e === document.activeElement"):
                return
            self.passos += 1
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard alone does not get to {alvo} in {MAIS_PASSOS} steps")
