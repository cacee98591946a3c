"""E-shops: what each speaks, where its orders go, and which product it means by what."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound as Missing
from wtforms import PasswordField
from wtforms.validators import Length, Optional

from app.domain.catalog.models import Product, TaxRate, TaxRateRow
from app.domain.intake.eshop.inbox import retry_named
from app.domain.intake.models import DIALECT_NAMES, TREATMENTS, UNKNOWN_CUSTOMERS, UNKNOWN_SKUS, Shop, ShopSku
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import Invalid
from app.domain.kernel.unit import deed
from app.domain.pricing.models import PriceList
from app.web.kit.forms import LONGEST_TEXT
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView
from app.web.outgoing import check_public
from app.web.sealing import opened, seal

PURPOSE = "e-shop"
SECRETS = ("secret", "polling_secret", "levels_secret")
SERVICE = ("kind", "service")
# Where a shop is called, and the secret that goes there.
CALLED = {"polling_address": "polling_secret", "levels_address": "levels_secret"}
KEEPS = _("Never shown again; leave it empty to keep it.")


def secrets_of(shop: Shop | Row[Any]) -> list[str]:
    """The secrets that a shop's messages may be signed with; what cannot be read any more is left out."""
    sealed = [kept for kept in (shop.secret, shop.old_secret) if kept is not None]
    return [secret for kept in sealed if (secret := opened(PURPOSE, kept)) is not None]


def _secret(label: Any, description: Any) -> Any:
    validators = [Optional(), Length(max=LONGEST_TEXT)]
    return PasswordField(label, validators=validators, description=description, render_kw={"autocomplete": "off"})


class ShopView(MasterView):
    datamodel = ScopedInterface(Shop)
    resource = "Shops"
    route_base = "/shops"
    title = _("E-shops")
    noun = _("e-shop")
    empty = _("No e-shops yet. Add one, and enter its address and secret in the shop.")
    list_columns = ["code", "name", "dialect", "warehouse_id", "clearing_account_id", "active"]
    show_columns = [
        "code", "name", "dialect", "warehouse_id", "clearing_account_id", "price_treatment", "vat_treatment",
        "price_list_id", "payment_term_id", "freight_product_id", "fee_product_id", "rounding_product_id",
        "unknown_skus", "unknown_product_id", "unknown_customers", "customer_id", "polling_address", "polling_key",
        "levels_address", "keep_days", "active",
    ]  # fmt: skip
    add_columns = [
        *show_columns[:3], "secret", *show_columns[3:-3], "polling_secret", "levels_address", "levels_secret",
        "keep_days",
    ]  # fmt: skip
    edit_columns = ["name", *add_columns[3:], "active"]
    search_columns = ["code", "name", "dialect", "warehouse_id", "active"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    choices = {
        "dialect": DIALECT_NAMES, "price_treatment": TREATMENTS, "vat_treatment": TREATMENTS,
        "unknown_skus": UNKNOWN_SKUS, "unknown_customers": UNKNOWN_CUSTOMERS,
    }  # fmt: skip
    only = {
        "clearing_account_id": ("kind", "clearing"), "freight_product_id": SERVICE, "fee_product_id": SERVICE,
        "rounding_product_id": SERVICE, "unknown_product_id": SERVICE,
    }  # fmt: skip
    details = (("ShopSkuView", "shop_id"),)
    method_permission_name = {**MasterView.method_permission_name, "end_secret": "edit"}
    extra_fields = {
        "secret": _secret(
            _("Secret"), _("With which the shop signs. A new one is good at once, and the one before stays good until "
                           "you end it. It is never shown again."),
        ),
        "polling_secret": _secret(_("Secret for asking"), KEEPS),
        "levels_secret": _secret(_("Secret for telling"), KEEPS),
    }  # fmt: skip
    label_columns = {
        "code": _("Code"), "name": _("Name"), "dialect": _("Kind of shop"), "warehouse_id": _("Warehouse"),
        "clearing_account_id": _("Clearing account"), "price_treatment": _("Whose prices"),
        "vat_treatment": _("Whose VAT"), "price_list_id": _("Price list"),
        "payment_term_id": _("Payment term of new customers"), "freight_product_id": _("Freight is"),
        "fee_product_id": _("Fees are"), "rounding_product_id": _("Roundings are"),
        "unknown_skus": _("Unknown SKUs"), "unknown_product_id": _("Unknown SKUs are taken as"),
        "unknown_customers": _("Unknown customers"), "customer_id": _("Customer of orders that name nobody"),
        "polling_address": _("Address of the shop"), "polling_key": _("Key for asking"),
        "levels_address": _("Address for stock and prices"), "keep_days": _("Days that messages are kept"),
        "active": _("Active"),
    }  # fmt: skip
    description_columns = {
        "code": _("Stands in the address that the shop sends its orders to: /api/v1/eshop/CODE/orders"),
        "clearing_account_id": _("A bank account of the kind clearing: paid orders bring their payment there."),
        "price_treatment": _("Ours: the price list decides, and what differs from the shop's prices is told."),
        "vat_treatment": _("Ours: the product's rate as the customer pays it. Shop: the rate that the shop charged."),
        "price_list_id": _("One without VAT, where the shop's prices are taken: shops tell amounts without VAT."),
        "rounding_product_id": _("A service at 0 %: takes the cents that the shop's total differs by."),
        "customer_id": _("Needed where all unknown customers are one, or orders come without any name."),
        "polling_address": _("To ask each minute for what got lost on the way; https."),
        "levels_address": _("Told, signed, what may still be sold and for how much, whenever that changes; https."),
        "keep_days": _("Then what was sent of orders that are over is thrown away; what waits stays."),
    }  # fmt: skip

    def assign(self, session: Session, item: Shop, values: Mapping[str, Any]) -> None:
        """Secrets are sealed, and a new one moves the other to the second place; who is new gets an actor."""
        before = {address: getattr(item, address) or "" for address in CALLED}
        kept = {secret: getattr(item, secret) for secret in CALLED.values()}
        for name, value in values.items():
            if name not in SECRETS:
                setattr(item, name, value)
        for address, secret in CALLED.items():
            _keep_to_host(item, address, before[address], renewed=(values.get(secret) or kept[secret]) != kept[secret])
            if (now := getattr(item, address)) and now != before[address]:
                check_public(now, current_app.config["SHOP_HOSTS"])
        # Whoever enters the same once more, to be sure, must not end the one before.
        if (secret := values.get("secret")) and secret not in (item.secret, opened(PURPOSE, item.secret or "")):
            item.old_secret, item.secret = item.secret, seal(PURPOSE, secret)
        for name in SECRETS[1:]:
            if (secret := values.get(name)) and secret != getattr(item, name):
                setattr(item, name, seal(PURPOSE, secret))
        if item.actor_id is None:
            item.actor = Actor(name=item.name, kind="shop")
        _check(session, item)

    @expose("/<id:pk>/end-secret", methods=["POST"])
    @has_access
    def end_secret(self, pk: int) -> Any:
        """Ends the secret before the last."""
        if not self.may_edit(self.found(pk)):
            raise Missing()
        deed(lambda session: end_old_secret(session, pk))
        flash(gettext("Only the last secret is good now."), "success")
        return redirect(url_for(".show", pk=pk))

    def buttons(self, item: Shop) -> list[dict[str, Any]]:
        if not self.may_edit(item) or item.old_secret is None:
            return []
        return [{"post": url_for(".end_secret", pk=item.id), "text": gettext("End the old secret"), "icon": "key"}]


def _keep_to_host(shop: Shop, address: str, before: str, *, renewed: bool) -> None:
    """Invalid where a secret that was entered for one host would be sent to another."""
    now = getattr(shop, address) or ""
    # An address that was taken away in between tells no host: its secret stayed, and was entered for another one.
    if now and urlsplit(before)[:2] != urlsplit(now)[:2] and getattr(shop, CALLED[address]) and not renewed:
        raise Invalid("another_host", "The address is on another host now: enter its secret again.")
    if address == "levels_address" and now != before:
        shop.levels_told = 0


def end_old_secret(session: Session, pk: int) -> None:
    """From now on only the last secret of a shop is good."""
    session.get_one(Shop, pk).old_secret = None


def _check(session: Session, shop: Shop) -> None:
    """Invalid where the cards that are named do not fit what the shop does."""
    prices = session.get(PriceList, shop.price_list_id)
    if shop.price_treatment != "ours" and prices is not None and prices.vat_included:
        raise Invalid("vat_included", "Choose a price list without VAT: the shop tells its amounts without.")
    rounding = session.get(Product, shop.rounding_product_id)
    rate = session.get(TaxRate, rounding.tax_rate_id) if rounding is not None else None
    changes = select(TaxRateRow.percent).where(TaxRateRow.tax_rate_id == (rate.id if rate is not None else None))
    if rate is not None and (rate.rate or any(session.scalars(changes))):
        raise Invalid("taxed_rounding", "Roundings have no VAT: choose a service whose tax rate is 0 %.")


class ShopSkuView(MasterView):
    datamodel = ScopedInterface(ShopSku)
    resource = "Shops"
    route_base = "/shop-skus"
    title = _("What the shop calls products")
    noun = _("SKU of the shop")
    empty = _("SKUs that are the same as ours need no row here.")
    list_columns = ["shop_id", "sku", "product_id"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = ["sku", "product_id"]
    search_columns = ["shop_id", "sku", "product_id"]
    order_columns = ["sku"]
    base_order = ("sku", "asc")
    label_columns = {"shop_id": _("E-shop"), "sku": _("The shop's SKU"), "product_id": _("Our product")}
    description_columns = {"sku": _("Where the shop has no SKU: # and its own number of the product, as #14/17.")}

    def assign(self, session: Session, item: ShopSku, values: Mapping[str, Any]) -> None:
        """What waits for this mapping is tried again with it."""
        super().assign(session, item, values)
        session.add(item)
        session.flush()
        retry_named(session, item.shop_id, item.sku)

    def _prefill(self, form: Any) -> None:
        """The inbox proposes what is missing."""
        super()._prefill(form)
        if not form.sku.data:
            form.sku.data = request.args.get("sku", "")[:LONGEST_TEXT]
