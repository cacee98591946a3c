"""Which rate of VAT is paid."""

from datetime import timedelta
from typing import Any

from app.domain.catalog.tax_rates import PERCENTAGES
from app.domain.kernel.rows import read
from app.domain.parties.models import TaxRule
from app.domain.pricing.taxes import TaxRules, tax_rules
from tests.traces import statements
from tests.world import TODAY, D, World


def rate(world: World, tax: int) -> Any:
    """A tax rate with its percentages."""
    return read(world.session, f"SELECT {PERCENTAGES} FROM tax_rate WHERE id = %(id)s", id=world.taxes[tax])[0]


def line(world: World, tax: int | None, percent: str | None = None) -> Any:
    """A line of an invoice with this tax rate."""
    told = {"id": None if tax is None else world.taxes[tax], "percent": D(percent or tax or 0)}
    sql = "SELECT %(id)s::bigint AS tax_rate_id, %(percent)s::numeric AS tax_percent"
    return read(world.session, sql, **told)[0]


def test_a_rule_of_the_regime_takes_the_place_of_the_products_rate(world: World) -> None:
    world.add_product("A", tax=0)
    world.add(
        TaxRule, regime="eu_business", tax_rate_id=world.taxes[20], to_rate_id=world.taxes[0], category="K",
        text="Art. 138",
    )  # fmt: skip

    rules = tax_rules(world.session, ["eu_business", "export", "domestic"])

    rated = rate(world, 20)
    assert rules.of("eu_business", world.taxes[20], rated, TODAY) == (world.taxes[0], D(0))
    assert rules.of("export", world.taxes[20], rated, TODAY) == (world.taxes[20], D(20))
    assert rules.of("domestic", world.taxes[20], rated, TODAY) == (world.taxes[20], D(20))
    assert rules.notes("eu_business", [line(world, 0), line(world, 0), line(world, None)]) == [
        {"percent": D(0), "category": "K", "text": "Art. 138"}
    ]
    assert rules.notes("export", [line(world, 0)]) == rules.notes("eu_business", [line(world, 20)]) == []


def test_the_rate_that_a_rule_puts_in_place_goes_by_the_date_too(world: World) -> None:
    world.add_product("A", tax=9)
    world.add(TaxRule, regime="exempt", tax_rate_id=world.taxes[20], to_rate_id=world.taxes[9], category="S", text="7")
    world.change_rate(9, "7", TODAY)

    rules, rated = tax_rules(world.session, ["exempt"]), rate(world, 20)

    days = (TODAY - timedelta(1), TODAY)
    assert [rules.of("exempt", world.taxes[20], rated, on).percent for on in days] == [9, 7]
    assert rules.notes("exempt", [line(world, 9), line(world, 9, "7")]) == [
        {"percent": D(9), "category": "S", "text": "7"}, {"percent": D(7), "category": "S", "text": "7"},
    ]  # fmt: skip


def test_rates_with_the_same_reason_are_noted_once(world: World) -> None:
    low, none = (world.add_product(f"A{tax}", tax=tax) and world.taxes[tax] for tax in (9, 0))
    for rate in (world.taxes[20], low):
        world.add(TaxRule, regime="export", tax_rate_id=rate, to_rate_id=none, category="G", text="Export")

    assert len(tax_rules(world.session, ["export"]).notes("export", [line(world, 0)])) == 1


def test_at_home_nothing_is_read(world: World) -> None:
    with statements() as sent:
        rules = tax_rules(world.session, ["domestic", "domestic"])

    assert (sent, rules.rows, TaxRules().rows) == ([], [], [])
