"""The country names of a trade export as ISO 3166 codes. Pure."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from babel import Locale

# Where the export's name is not the English one of CLDR, which Babel carries.
OTHER_NAMES: Mapping[str, str] = MappingProxyType({
    "EIRE": "IE",
    "RSA": "ZA",
    "USA": "US",
    "HONG KONG": "HK",
    "CZECH REPUBLIC": "CZ",
    "EUROPEAN COMMUNITY": "EU",
    "UNSPECIFIED": "",
})  # fmt: skip


def country_code(name: str) -> str:
    """The code of a country; empty where none is meant, and the name itself where it is no country with a code."""
    known = OTHER_NAMES.get(name.upper())
    return known if known is not None else _by_english_name().get(name.upper(), name)


@cache
def _by_english_name() -> dict[str, str]:
    territories = Locale("en").territories
    return {name.upper(): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}
