"""What pages say, in the language of the request: each text is looked up in the catalogues once in a process.

A page says some two hundred of them, and the framework finds out for each anew which language is asked for.
"""

from typing import Any

from flask import Flask, g
from flask_babel import Domain, get_locale
from markupsafe import Markup

# Beyond so many somebody has something said that is no text of the program.
MOST = 10_000


class Language:
    """Texts of one language, by what the program calls them: as they are, and as they stand in a page."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.pages: dict[str, Markup] = {}


class Wording(Domain):  # type: ignore[misc]
    """The framework's catalogues, with what was found in them before."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._languages: dict[str, Language] = {}

    def gettext(self, string: str, **variables: Any) -> str:
        """A text in the language of this request, with the values that it names by `%(name)s`."""
        texts = self._language().texts
        said = texts.get(string)
        if said is None:
            said = super().gettext(string)
            if len(texts) < MOST:
                texts[string] = said
        return said % variables if variables else said

    def in_page(self, string: str, /, **variables: Any) -> Markup:
        """The same for a page: only values are escaped, and a `%%` is a per cent sign with values and without."""
        if variables:
            return Markup(self.gettext(string)) % variables  # noqa: S704
        pages = self._language().pages
        said = pages.get(string)
        if said is None:
            said = Markup(self.gettext(string)) % {}  # noqa: S704
            if len(pages) < MOST:
                pages[string] = said
        return said

    def _language(self) -> Language:
        its: Language | None = g.get("language")
        if its is None:
            its = g.language = self._languages.setdefault(str(get_locale()), Language())
        return its


def register(app: Flask) -> None:
    """Has all that the program says looked up here."""
    babel = app.extensions["babel"].instance
    babel.domain_instance = wording = Wording(domain=app.extensions["babel"].default_domain)
    app.jinja_env.globals.update(_=wording.in_page, gettext=wording.in_page)
