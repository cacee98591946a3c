import pytest

from app.domain.intake.countries import country_code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("United Kingdom", "GB"), ("EIRE", "IE"), ("RSA", "ZA"), ("USA", "US"), ("Hong Kong", "HK"), ("France", "FR"),
        ("European Community", "EU"), ("Unspecified", ""), ("", ""), ("Channel Islands", "Channel Islands"),
    ],
)  # fmt: skip
def test_countries_are_kept_by_their_code(name: str, code: str):
    assert country_code(name) == code
