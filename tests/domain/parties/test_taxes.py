"""Which rate of VAT a customer pays."""

from app.domain.parties.models import TaxRule
from app.domain.parties.taxes import TaxRules, tax_rules
from tests.traces import statements
from tests.world import D, World


def test_a_rule_of_the_regime_takes_the_place_of_the_products_rate(world: World) -> None:
    world.add_product("A", tax=0)
    world.add(
        TaxRule, regime="eu_business", tax_rate_id=world.taxes[20], to_rate_id=world.taxes[0], category="K",
        text="Art. 138",
    )  # fmt: skip

    rules = tax_rules(world.session, ["eu_business", "export", "domestic"])

    assert rules.of("eu_business", world.taxes[20], D(20)) == (world.taxes[0], D(0))
    assert rules.of("export", world.taxes[20], D(20)) == (world.taxes[20], D(20))
    assert rules.of("domestic", world.taxes[20], D(20)) == (world.taxes[20], D(20))
    assert rules.notes("eu_business", [world.taxes[0], world.taxes[0], None]) == [
        {"percent": D(0), "category": "K", "text": "Art. 138"}
    ]
    assert rules.notes("export", [world.taxes[0]]) == rules.notes("eu_business", [world.taxes[20]]) == []


def test_rates_with_the_same_reason_are_noted_once(world: World) -> None:
    low, none = (world.add_product(f"A{tax}", tax=tax) and world.taxes[tax] for tax in (9, 0))
    for rate in (world.taxes[20], low):
        world.add(TaxRule, regime="export", tax_rate_id=rate, to_rate_id=none, category="G", text="Export")

    assert len(tax_rules(world.session, ["export"]).notes("export", [none])) == 1


def test_at_home_nothing_is_read(world: World) -> None:
    with statements() as sent:
        rules = tax_rules(world.session, ["domestic", "domestic"])

    assert (sent, rules.rows, TaxRules().rows) == ([], [], [])
