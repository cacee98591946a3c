"""A small company with documents in every state and a user for each role, for tests that go through HTTP."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from flask_login import login_user
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import database
from app.domain.billing.adjustments import NewAdjustment, add_adjustments
from app.domain.billing.crediting import NewCreditNote, add_credit_notes
from app.domain.billing.invoicing import draft_invoices
from app.domain.billing.returning import NewReturn, NewReturnLine, add_returns
from app.domain.kernel import unit
from app.domain.ledger.manual import NewManualEntry, NewManualLine, add_manual_entries
from app.domain.sales.orders import NewLine, activate_orders
from app.domain.treasury.banks import NewBankLine, add_bank_lines
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders
from app.domain.treasury.opening import NewOpeningBalance, add_opening_balances, process_opening_balances
from app.domain.treasury.statements import NewStatement, add_statements
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts
from app.domain.warehousing.transit import send_internal_orders
from app.factory import create_app
from app.web.cli import set_up
from app.web.people import Person
from app.web.user_commands import new_user
from tests.traces import NotedCursor
from tests.traces import checksums as checksums
from tests.world import TODAY, World

PASSWORD = "only for tests"
# Sign-in name → role, own warehouses, own desks.
PEOPLE = {
    "ada": ("Administrator", (), ()),
    "max": ("Sales manager", (), ()),
    "sue": ("Seller", ("MAIN",), ()),
    "ken": ("Storekeeper", ("NORTH",), ()),
    "cat": ("Cashier", (), ("MAIN",)),
    "abe": ("Accountant", (), ()),
    "una": ("Auditor", (), ()),
}
SETTINGS = {
    "FAB_PASSWORD_HASH_METHOD": "pbkdf2:sha256:1", "TESTING": False, "PROPAGATE_EXCEPTIONS": True,
    # Shops of others that tests open are on this machine.
    "SHOP_HOSTS": frozenset({"127.0.0.1"}),
}  # fmt: skip


@dataclass
class Known:
    """The ids of what was made, by name."""

    ids: dict[str, int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> int:
        try:
            return self.ids[name]
        except KeyError:
            raise AttributeError(name) from None


def application(engine: Engine) -> Flask:
    """The program on this database."""
    url = engine.url.render_as_string(hide_password=False)
    options = {"connect_args": {**database.connect_args(database.APP), "cursor_factory": NotedCursor}, "pool_size": 2}
    return create_app(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options, **SETTINGS)


@contextmanager
def program_on(engine: Engine) -> Iterator[Flask]:
    """The program on this database; afterwards no connection is left, and deeds go there without the program."""
    app = application(engine)
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    app.extensions["deeds"].dispose()
    engine.dispose()
    unit.bind(engine)


def seed(app: Flask, engine: Engine) -> Known:
    """Fills an empty database."""
    known = Known()
    with app.app_context(), Session(engine, autoflush=False, expire_on_commit=False) as session:
        set_up(session)
        world = World(session)
        known.ids |= {"main": world.warehouse, "customer": world.customer, "desk": world.desk}
        known.ids["bank"] = world.add_bank()
        known.ids["north"] = world.add_warehouse("NORTH", way="manager_storekeeper")
        known.ids["south_desk"] = world.add_desk("SOUTH")
        _documents(world, known)
        for name, (role, warehouses, desks) in PEOPLE.items():
            new_user(
                session, name, password=PASSWORD, role_names=[role], name=f"{name.title()} Example",
                email=f"{name}@example.org", warehouses=warehouses, cash_desks=desks,
            )  # fmt: skip
        session.commit()
    return known


def _documents(world: World, known: Known) -> None:
    ids = known.ids
    bolt, nut = world.add_product("BOLT", "10.00", cost="4.00"), world.add_product("NUT", "2.50", cost="1.00")
    care = world.add_product("CARE", "15.00", kind="service")
    north = ids["north"]
    ids |= {"bolt": bolt, "nut": nut, "care": care}
    ids["receipt"] = world.receive(bolt, "100")
    ids["receipt_north"] = world.receive(nut, "100", "1.00", warehouse=north)
    ids["receipt_draft"] = world.do(add_receipts, [NewReceipt(world.warehouse, [NewReceiptLine(nut, Decimal(5))])])[0]
    ids["receipt_draft_north"] = world.do(add_receipts, [NewReceipt(north, [NewReceiptLine(nut, Decimal(5))])])[0]
    ids["estimate"] = world.order((bolt, "3"), (care, "1"))
    ids["active"] = world.order((bolt, "2"))
    world.do(activate_orders, [ids["active"]])
    ids["active_north"] = world.order((nut, "4"), warehouse=north)
    world.do(activate_orders, [ids["active_north"]])
    ids["approved"] = world.order((bolt, "5"), (care, "1"))
    world.approve(ids["approved"])
    ids["draft_shipment"] = world.drafts(ids["approved"])[0]
    ids["approved_north"] = world.order(NewLine(nut, Decimal(7)), warehouse=north)
    world.approve(ids["approved_north"])
    ids["draft_shipment_north"] = world.drafts(ids["approved_north"])[0]
    ids["performed"], ids["shipment"] = world.shipped_order((bolt, "4"))
    ids["performed_north"], ids["shipment_north"] = world.shipped_order((nut, "6"), warehouse=north)
    ids["invoice"] = world.invoice(ids["shipment"])
    ids["draft_invoice"] = world.do(draft_invoices, [[ids["shipment_north"]]])[0]
    _return(world, known)
    _ask(world, known)
    ids["draft_credit"] = world.do(add_credit_notes, [NewCreditNote(ids["invoice"], "dented")])[0]
    ids["cash"] = world.pay(ids["invoice"], "20.00")
    ids["draft_cash"] = world.do(
        add_cash_orders,
        [NewCashOrder(world.desk, world.customer, Decimal(5), targets=[Target(ids["invoice"], Decimal(5))])],
    )[0]
    line = NewBankLine(ids["bank"], world.customer, Decimal(8), "transfer 4711")
    fee = NewBankLine(ids["bank"], None, Decimal(2), "fee", kind="expense", about="account",
                      account_id=world.account("6920"))  # fmt: skip
    voucher = NewAdjustment("voucher", world.customer, Decimal(4), "Voucher 1")
    ids["draft_adjustment"] = world.do(add_adjustments, [voucher])[0]
    stated = NewStatement(ids["bank"], "7", TODAY, Decimal(100), Decimal(106), [line, fee])
    ids["draft_statement"] = world.do(add_statements, [stated])[0]
    ids["draft_bank"] = world.do(add_bank_lines, [line])[0]
    rent = [NewManualLine(world.account("6990"), debit=Decimal(700)),
            NewManualLine(world.account("2000"), credit=Decimal(700))]  # fmt: skip
    ids["draft_manual"] = world.do(add_manual_entries, [NewManualEntry(rent, "Rent")])[0]
    old = [NewOpeningBalance("owed", Decimal(40), world.customer, purpose="Old invoice 77")] * 2
    ids["draft_balance"], ids["balance"] = world.do(add_opening_balances, old)
    world.do(process_opening_balances, [ids["balance"]], on=TODAY)
    south = NewCashOrder(ids["south_desk"], world.customer, Decimal(9))
    ids["draft_cash_south"] = world.do(add_cash_orders, [south])[0]


def _return(world: World, known: Known) -> None:
    lamp = world.add_product("LAMP", "20.00", cost="8.00")
    world.receive(lamp, "3", "8.00")
    _, shipment = world.shipped_order((lamp, "3"))
    known.ids["shipment_lamps"] = shipment
    lamps = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    known.ids["return"] = world.bring_back((lamps, "1"))
    known.ids["draft_return"] = world.do(add_returns, [NewReturn([NewReturnLine(lamps, Decimal(1))])])[0]


def _ask(world: World, known: Known) -> None:
    """NORTH asks MAIN and MAIN asks NORTH; what a third warehouse asked of MAIN is on the way to it."""
    ids = known.ids
    ids["south"] = world.add_warehouse("SOUTH")
    nail = world.add_product("NAIL", cost="0.10")
    world.receive(nail, "50", "0.10")
    ids["internal_order"] = world.ask((nail, "5"), warehouse=ids["north"], approved=False)
    ids["asked_of_main"] = world.ask((nail, "6"), warehouse=ids["north"])
    ids["asked_of_north"] = world.ask((ids["nut"], "7"), warehouse=world.warehouse, source=ids["north"])
    ids["sent_south"] = world.ask((nail, "8"), warehouse=ids["south"])
    world.do(send_internal_orders, [ids["sent_south"]], on=TODAY)


@contextmanager
def as_person(app: Flask, name: str, **request: Any) -> Iterator[None]:
    """Inside a request of this user."""
    with app.test_request_context(**request):
        session = app.extensions["appbuilder"].session
        login_user(session.query(Person).filter_by(username=name).one())
        g.user = None
        yield


class Visitor:
    """Somebody with a browser: knows the token of the last page and sends it along."""

    def __init__(self, app: Flask, name: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self._token = ""
        if name is not None:
            answer = self.post("/login/", {"username": name, "password": PASSWORD})
            assert answer.status_code == 302, answer.text

    def left(self) -> tuple[str, str]:
        """What this browser keeps of its session, for another one to `go_on` with: the cookie, and the forms' token."""
        token = self.token()
        cookie = self.client.get_cookie("session")
        assert cookie
        return cookie.value, token

    def go_on(self, cookie: str, token: str) -> None:
        """The session of another browser."""
        self.client.set_cookie("session", cookie)
        self._token = token

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.client.get(address, **more)

    def post(self, address: str, data: dict[str, Any] | None = None, *, token: bool = True) -> TestResponse:
        form = dict(data or {})
        if token:
            form["csrf_token"] = self._token or self.token()
        answer = self.client.post(address, data=form)
        if address.startswith(("/login", "/logout", "/account")):
            self._token = ""
        return answer

    def token(self) -> str:
        """That of a page as it is now; it holds as long as the session does."""
        page = self.get("/account/", follow_redirects=True).text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found
        self._token = found[1]
        return self._token


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's form, but for its token."""
    fields = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    pairs = [(re.search(r'name="([^"]+)"', one), re.search(r'value="([^"]*)"', one)) for one in fields]
    return {name[1]: value[1] for name, value in pairs if name and value and name[1] != "csrf_token"}
