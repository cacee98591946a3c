"""Customers out of a file, by code."""

from app.domain.intake.csv_import.cards import Cards
from app.domain.intake.csv_import.cells import card_field
from app.domain.kernel.values import HUNDRED
from app.domain.parties.models import TAX_REGIMES, Customer


class Customers(Cards):
    """What their cards say; addresses are no part of it."""

    model = Customer
    noun = "customer"
    fields = (
        card_field(Customer, "code"),
        card_field(Customer, "name"),
        card_field(Customer, "group_id"),
        card_field(Customer, "payment_term_id"),
        card_field(Customer, "price_list_id"),
        card_field(Customer, "discount", low=0, high=HUNDRED),
        card_field(Customer, "credit_limit", low=0),
        card_field(Customer, "tax_regime", words=TAX_REGIMES),
        card_field(Customer, "vat_number"),
        card_field(Customer, "email"),
        card_field(Customer, "phone"),
        card_field(Customer, "language"),
        card_field(Customer, "active"),
    )
