"""Nothing is forgotten: every step has an action, a button, a right, a posting and a test; every module its tests."""

import ast
import importlib
import inspect
import re

import pytest

from app.domain.kernel.lifecycle import Lifecycle, Step
from app.domain.ledger.posting_rules import EVENTS
from app.domain.lifecycles import LIFECYCLES
from app.web import roles
from app.web.kit.documents import DocumentView
from app.web.kit.rest.documents import DocumentApi, step_name
from tests.architecture.source import files, tree

# Steps that follow from what is shipped: nobody presses a button for them, so that nobody needs a right.
OF_THEMSELVES = {("sales_order", "perform"), ("sales_order", "resume")}
# What reaches the books with a step; a cancellation mirrors it.
POSTS = {
    ("shipment", "process"): "shipment.processed", ("shipment", "cancel"): "shipment.processed",
    ("stock_receipt", "process"): "receipt.processed", ("stock_receipt", "cancel"): "receipt.processed",
    ("write_off", "process"): "write_off.processed", ("write_off", "cancel"): "write_off.processed",
    ("opening_stock", "process"): "opening_stock.processed", ("opening_stock", "cancel"): "opening_stock.processed",
    ("stock_count", "process"): "count.processed", ("stock_count", "cancel"): "count.processed",
    ("internal_order", "send"): "internal_order.sent", ("internal_order", "receive"): "internal_order.received",
    ("internal_order", "cancel"): "internal_order.sent",
    ("invoice", "issue"): "invoice.issued",
    ("credit_note", "issue"): "credit_note.issued",
    ("customer_return", "process"): "customer_return.processed",
    ("customer_return", "cancel"): "customer_return.processed",
    ("cash_order", "process"): "cash_order.processed", ("cash_order", "cancel"): "cash_order.processed",
    ("adjustment", "process"): "adjustment.processed", ("adjustment", "cancel"): "adjustment.processed",
    ("opening_balance", "process"): "opening_balance.processed",
    ("opening_balance", "cancel"): "opening_balance.processed",
    ("manual_entry", "process"): "manual_entry.processed", ("manual_entry", "cancel"): "manual_entry.processed",
    ("bank_line", "process"): "bank_line.processed", ("bank_line", "cancel"): "bank_line.processed",
}  # fmt: skip
# An order is a promise: only what follows from it is money or goods.
# The lines of a statement are documents of their own, which post.
POSTS_NOTHING = {("internal_order", "approve"), ("bank_statement", "process"), ("bank_statement", "cancel")} | {
    ("sales_order", step) for step in ("activate", "approve", "reopen", "perform", "resume", "cancel")
}

# A page of a screen that writes drafts → what programs ask for the same.
API_OF = {"new": "create", "edit": "edit"}

STEPS = [(lifecycle, step) for lifecycle in LIFECYCLES for step in lifecycle.steps.values()]
TESTS = "\n".join(
    text for path, text in files("tests").items() if not path.startswith(("tests/architecture/", "tests/planted/"))
)


@pytest.fixture(scope="module", autouse=True)
def every_room_is_open() -> None:
    for path in files("app/domain"):
        importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


@pytest.fixture(scope="module")
def views() -> dict[str, type[DocumentView]]:
    """The screen of each kind of document."""
    importlib.import_module("app.factory")
    found, left = {}, [DocumentView]
    while left:
        view = left.pop()
        left += view.__subclasses__()
        if hasattr(view, "lifecycle"):
            found[view.lifecycle.kind] = view
    return found


EACH_STEP = pytest.mark.parametrize(("lifecycle", "step"), STEPS, ids=lambda it: getattr(it, "kind", None) or it.name)


@EACH_STEP
def test_every_step_has_an_action_that_a_test_names(lifecycle: Lifecycle, step: Step) -> None:
    assert step.name in lifecycle.actions, "no function is this step's body"
    action = lifecycle.actions[step.name]

    tested = re.search(rf"\b{action.__name__}\b", TESTS) is not None
    assert tested or (lifecycle.kind, step.name) in OF_THEMSELVES, f"no test names {action.__name__}"


@EACH_STEP
def test_every_step_has_a_button_and_somebody_who_may_press_it(
    lifecycle: Lifecycle, step: Step, views: dict[str, type[DocumentView]]
) -> None:
    view = views[lifecycle.kind]
    if (lifecycle.kind, step.name) in OF_THEMSELVES:
        assert step.name not in view.steps
        return
    button = view.steps[step.name]

    assert button.action is lifecycle.actions[step.name]
    cells = [roles.cell(button.resource or view.resource, role) for role in roles.ROLES]
    assert any(button.right in cell.rights for cell in cells), "nobody may do it"


@EACH_STEP
def test_every_step_reaches_the_books_or_is_known_not_to(lifecycle: Lifecycle, step: Step) -> None:
    key = (lifecycle.kind, step.name)

    assert (key in POSTS) != (key in POSTS_NOTHING)
    if key in POSTS:
        assert POSTS[key] in EVENTS
        source = inspect.getsource(importlib.import_module(lifecycle.actions[step.name].__module__))
        assert f'"{POSTS[key]}"' in source


@pytest.fixture(scope="module")
def operations(views: dict[str, type[DocumentView]]) -> dict[str, set[str]]:
    """What can be asked of each kind of document over the API."""
    resources = importlib.import_module("app.web.api.resources").RESOURCES
    return {
        api.view.lifecycle.kind: {operation.name for operation in api().operations()}
        for api in resources if issubclass(api, DocumentApi)
    }  # fmt: skip


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda it: it.kind)
def test_programs_reach_every_kind_of_document_and_every_step_of_its_screen(
    lifecycle: Lifecycle, views: dict[str, type[DocumentView]], operations: dict[str, set[str]]
) -> None:
    wanted = {"list", "read"} | {step_name(name) for name in views[lifecycle.kind].steps}
    wanted |= {f"{step_name(name)}-many" for name, button in views[lifecycle.kind].steps.items()
               if button.bulk and name != "delete"}  # fmt: skip
    wanted |= {"create", "edit"} & {API_OF.get(name, "") for name in dir(views[lifecycle.kind])}

    assert wanted - operations.get(lifecycle.kind, set()) == set()


def test_an_action_is_the_body_of_one_step() -> None:
    actions = [action for lifecycle in LIFECYCLES for action in lifecycle.actions.values()]

    assert len(actions) == len(set(actions)) == len(STEPS)


def has_functions(text: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) for node in tree(text).body)


# Tested through another module: what they do is seen only from there.
THROUGH = {
    "app.domain.kernel.clock": "app.domain.kernel.company",
    "app.domain.kernel.errors": "app.domain.kernel.lifecycle",
    "app.domain.kernel.orm": "app.domain.kernel.document",
}


@pytest.mark.parametrize("path", [path for path, text in files("app/domain").items() if has_functions(text)])
def test_every_module_with_functions_is_tested_in_its_room(path: str) -> None:
    """`tests/domain/<room>/` has a file of its name, or one that imports it."""
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = THROUGH.get(module, module)
    folder = f"tests/{'/'.join(module.split('.')[1:3])}/"
    package, _, name = module.rpartition(".")
    wanted = re.compile(rf"{re.escape(module)}\b|from {re.escape(package)} import (?:\([^)]*|[^\n]*)\b{name}\b")
    tested = any(
        it.endswith(f"/test_{name}.py") or wanted.search(text)
        for it, text in files("tests").items() if it.startswith(folder)
    )  # fmt: skip

    assert tested, f"nothing in {folder} imports {module}"
