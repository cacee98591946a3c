"""The program with a rule of the house broken."""

from tests.planted.fault import Fault

RULES = "tests/architecture/test_house_rules.py::test_the_rule_holds"
ORDERS = "app/domain/sales/orders.py"

FAULTS = [
    Fault(rule, f"{RULES}[{test}]", file=file, new=new)
    for rule, test, file, new in (
        ("a file stays under 400 lines", "long_file", ORDERS, "# more\n" * 400),
        ("a function stays under 40 lines", "long_function", ORDERS,
         "\n\ndef everything() -> None:\n" + "    print()\n" * 40),
        ("stock has one author", "second_author", ORDERS, '\nSQL = "UPDATE stock_balance SET on_hand = 7"\n'),
        ("the books have one author", "second_author", ORDERS, '\nSQL = "INSERT INTO journal_line SELECT 1"\n'),
        ("open items have one author", "second_author", ORDERS, '\nSQL = "DELETE FROM open_item"\n'),
        ("numbers have one author", "second_author", ORDERS, "\nSQL = \"UPDATE document SET number = '7'\"\n"),
        ("the chain has one author", "second_author", ORDERS, '\nSQL = "UPDATE company SET chain_seq = 7"\n'),
        ("only the deed commits", "commits", ORDERS, "\n\ndef save(session: Session) -> None:\n    session.commit()\n"),
        ("a step moves the state", "assigned_state", ORDERS,
         "\n\ndef approve(order: SalesOrder) -> None:\n    order.state = \"approved\"\n"),
        ("a step moves the state, in SQL too", "assigned_state", ORDERS,
         "\nSQL = \"UPDATE sales_order SET state = 'approved'\"\n"),
        ("the clock has one reader", "read_clock", ORDERS, '\nSQL = "SELECT now()"\n'),
        ("a fault is never swallowed", "caught_everything", ORDERS,
         "\ntry:\n    pass\nexcept Exception:\n    pass\n"),
        ("no float comes near an amount", "floats", ORDERS, "\nRATE = 0.2\n"),
        ("nothing happens behind the back", "hidden_cause", ORDERS,
         "\n\ndef spy() -> None:\n    event.listen(Session, 'before_flush', print)\n"),
        ("relations load when asked", "lazy_relation", "app/domain/sales/models.py",
         "\nRELATION = relationship(lazy=\"select\")\n"),
        ("a proof shares nothing with the writers", "proof_of_writers", "app/domain/proof/found.py",
         "\nfrom app.domain.stock import moves\n"),
        ("tests pretend nothing", "pretended", "tests/traces.py", "\nfrom unittest import mock\n"),
    )
] + [
    Fault(
        "every step has its action", "tests/architecture/test_completeness.py::test_an_action_is_the_body_of_one_step",
        file="app/domain/lifecycles.py",
        old='Lifecycle("Invoice", (\n', new='Lifecycle("Invoice", (\n    Step("lose", "draft", "issued"),\n',
    ),
    Fault(
        "every step has a right",
        "tests/architecture/test_completeness.py::test_every_step_has_a_button_and_somebody_who_may_press_it[cash_order-cancel]",
        file="app/web/roles.py",
        old='''        "vepcd",       "v",             "",           "",            "own vepcd", "vepcd",      "v"),
    "Stock": (''',
        new='''        "ved",         "v",             "",           "",            "own ved",   "ved",        "v"),
    "Stock": (''',
    ),
    Fault(
        "the migrated database is what the models say",
        "tests/architecture/test_migrations.py::test_the_migrated_database_is_what_the_models_say",
        file="app/domain/sales/models.py",
        old='    note: Mapped[str] = mapped_column(server_default="", default="")\n',
        new='    note: Mapped[str] = mapped_column(server_default="", default="")\n    mood: Mapped[str | None]\n',
    ),
    Fault(
        "the first migration is written from the guards",
        "tests/architecture/test_migrations.py::test_the_first_migration_is_what_the_models_queue_guards_and_privileges_give",
        file="app/domain/kernel/guards.sql", new="-- one more\n",
    ),
]  # fmt: skip
