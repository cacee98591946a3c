"""What a spreadsheet would run is a text in a file, and the same text again once it is read."""

from itertools import product

from app.domain.kernel.spreadsheets import defused, undefused


def test_what_an_export_defuses_is_what_an_import_undoes() -> None:
    texts = ["".join(letters) for length in range(6) for letters in product("'=;\tx", repeat=length)]

    assert [text for text in texts if undefused(defused(text)) != text] == []
    assert {text[0] for text in map(defused, texts) if text} == set("';x")
    assert [defused(text) for text in ("+1", "-1", "@x", "\rx", "a\n=1", "a-1")] == [
        "'+1", "'-1", "'@x", "'\rx", "a\n'=1", "a-1",
    ]  # fmt: skip
