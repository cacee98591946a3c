"""The rules of the house hold everywhere, and each rule sees what breaks it."""

from collections.abc import Callable, Iterator
from textwrap import indent

import pytest

from tests.architecture import rules
from tests.architecture.source import files

Rule = Callable[[str, str], Iterator[str]]
EVERYWHERE, PROGRAM, DOMAIN = (), ("app",), ("app/domain", "app/reports")

LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 39

# The rule, where it holds, and sources that break it (path, text).
RULES: list[tuple[Rule, tuple[str, ...], list[tuple[str, str]]]] = [
    (rules.long_file, EVERYWHERE, [("app/x.py", "x = 1\n" * 400)]),
    (rules.long_function, ("app", "benchmarks", "migrations"), [
        ("app/x.py", LONG_FUNCTION), ("app/x.py", f"class C:\n{indent(LONG_FUNCTION, ' ')}"),
    ]),
    (rules.empty_name, EVERYWHERE, [
        ("app/domain/utils.py", ""), ("app/common/prices.py", ""), ("app/web/base.py", ""),
    ]),
    (rules.second_author, PROGRAM, [
        ("app/domain/fulfilment/shipping.py", "SQL = 'UPDATE stock_balance SET on_hand = 0'"),
        ("app/domain/fulfilment/shipping.py", "write(s, f'INSERT INTO journal_line SELECT {x}')"),
        ("app/domain/billing/invoicing.py", "insert(session, OpenItem, rows)"),
        ("app/web/stock.py", "session.add(models.StockMove(quantity=1))"),
        ("app/domain/sales/orders.py", "SQL = 'UPDATE document SET number = 7'"),
        ("app/domain/ledger/posting.py", "SQL = 'DELETE FROM journal_chain'"),
        ("app/domain/treasury/cash.py", "SQL = '''\n  UPDATE number_counter\n  SET last = 1'''"),
        ("app/domain/ledger/periods.py", "SQL = 'UPDATE company SET chain_seq = 0'"),
    ]),
    (rules.commits, PROGRAM, [("app/domain/x.py", "session.commit()"), ("app/domain/x.py", "write(s, 'COMMIT')")]),
    (rules.assigned_state, PROGRAM, [
        ("app/domain/x.py", "order.state = 'approved'"),
        ("app/domain/x.py", "setattr(order, 'state', 'approved')"),
        ("app/domain/x.py", "SQL = 'UPDATE sales_order SET version = 1, state = %(s)s WHERE id = 1'"),
        ("app/domain/x.py", "SQL = f'UPDATE {table} SET state = 1'"),
    ]),
    (rules.read_clock, PROGRAM, [
        ("app/domain/x.py", "datetime.now(UTC)"), ("app/domain/x.py", "datetime.date.today()"),
        ("app/domain/x.py", "SQL = 'SELECT now()'"), ("app/reports/x.py", "SQL = 'WHERE due_on < current_date'"),
    ]),
    (rules.caught_everything, DOMAIN, [
        ("app/domain/x.py", "try:\n    f()\nexcept Exception:\n    pass"),
        ("app/domain/x.py", "try:\n    f()\nexcept:\n    pass"),
        ("app/domain/x.py", "try:\n    f()\nexcept (ValueError, BaseException):\n    pass"),
        ("app/domain/x.py", "with suppress(Exception):\n    f()"),
    ]),
    (rules.floats, DOMAIN, [
        ("app/domain/x.py", "x = 0.1"), ("app/domain/x.py", "x = float(y)"), ("app/domain/x.py", "x: float = y"),
        ("app/domain/x.py", "SQL = 'SELECT x::float'"),
    ]),
    (rules.hidden_cause, DOMAIN, [
        ("app/domain/x.py", "@event.listens_for(Session, 'before_flush')\ndef f(): ..."),
        ("app/domain/x.py", "event.listen(a, b, c)"),
        ("app/domain/x.py", "class A(Base):\n    __mapper_args__ = {'version_id_col': version}"),
    ]),
    (rules.lazy_relation, ("app/domain",), [
        ("app/domain/x.py", "lines = relationship()"), ("app/domain/x.py", "lines = relationship(lazy='selectin')"),
    ]),
    (rules.proof_of_writers, ("app/domain/proof",), [
        ("app/domain/proof/x.py", "from app.domain.stock.moves import issue_goods"),
        ("app/domain/proof/x.py", "import app.domain.ledger.chain"),
    ]),
    (rules.pretended, EVERYWHERE, [
        ("tests/x.py", "from unittest.mock import patch"), ("tests/x.py", "import unittest.mock"),
        ("tests/x.py", "from unittest import mock"),
        ("app/x.py", "x = 1  # TO" "DO: more"), ("app/x.py", "x = '/ho" "me/anna/data'"),
    ]),
]  # fmt: skip
CASES = [pytest.param(rule, where, id=rule.__name__) for rule, where, _ in RULES]
BAD = [
    pytest.param(rule, path, text, id=f"{rule.__name__}-{number}")
    for rule, _, samples in RULES
    for number, (path, text) in enumerate(samples)
]


@pytest.mark.parametrize(("rule", "where"), CASES)
def test_the_rule_holds(rule: Rule, where: tuple[str, ...]) -> None:
    sources = files(*where)

    assert sources
    findings = [finding for path, text in sources.items() for finding in rule(path, text)]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_the_rule_sees_what_breaks_it(rule: Rule, path: str, text: str) -> None:
    assert list(rule(path, text))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (rules.long_file, "app/x.py", "x = 1\n" * 399),
        (rules.long_function, "app/x.py", "def f():\n" + "    x = 1\n" * 38),
        (rules.second_author, "app/domain/stock/moves.py", "SQL = 'UPDATE stock_balance SET on_hand = 0'"),
        (rules.second_author, "app/reports/x.py", "SQL = 'SELECT * FROM stock_balance'"),
        (rules.assigned_state, "app/domain/ledger/periods.py", "SQL = 'UPDATE period SET state = 1'"),
        (rules.assigned_state, "app/domain/x.py", "SQL = 'UPDATE invoice SET net = 1 WHERE state = 2'"),
        (rules.floats, "app/domain/x.py", 'def f():\n    """Shares 0.5 of it."""'),
        (rules.caught_everything, "app/domain/x.py", "try:\n    f()\nexcept ValueError:\n    pass"),
    ],
)
def test_the_rule_lets_pass_what_is_right(rule: Rule, path: str, text: str) -> None:
    assert list(rule(path, text)) == []
