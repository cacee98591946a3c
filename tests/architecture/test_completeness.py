"""Nothing is forgotten: every step has an action, a right, and a test; every module its tests; every event its rule."""

import ast
import importlib
import re

import pytest

from app.domain.kernel.lifecycle import Lifecycle, Step
from app.domain.lifecycles import LIFECYCLES
from app.web import roles
from tests.architecture.source import files, tree

RESOURCES = {
    "sales_order": "Orders", "shipment": "Shipments", "stock_receipt": "Receipts", "invoice": "Invoices",
    "cash_order": "Cash orders",
}  # fmt: skip
RIGHTS = {"activate": "edit", "approve": "process", "process": "process", "issue": "process", "cancel": "cancel"}
# Steps that follow from what is shipped: nobody presses a button for them, so that nobody needs a right.
OF_THEMSELVES = {("sales_order", "perform"), ("sales_order", "resume")}

STEPS = [(lifecycle, step) for lifecycle in LIFECYCLES for step in lifecycle.steps.values()]
TESTS = "\n".join(
    text for path, text in files("tests").items() if not path.startswith(("tests/architecture/", "tests/planted/"))
)


@pytest.fixture(scope="module", autouse=True)
def every_room_is_open() -> None:
    for path in files("app/domain"):
        importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


@pytest.mark.parametrize(("lifecycle", "step"), STEPS, ids=lambda it: getattr(it, "kind", None) or it.name)
def test_every_step_has_an_action_a_right_and_a_test(lifecycle: Lifecycle, step: Step) -> None:
    assert step.name in lifecycle.actions, "no function is this step's body"
    action = lifecycle.actions[step.name]
    if (lifecycle.kind, step.name) not in OF_THEMSELVES:
        tested = re.search(rf"\b{action.__name__}\b", TESTS) is not None
        assert tested, f"no test names {action.__name__}"
        cells = [roles.cell(RESOURCES[lifecycle.kind], role) for role in roles.ROLES]
        assert any(RIGHTS[step.name] in cell.rights for cell in cells), "nobody may do it"


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
    wanted = re.compile(rf"{re.escape(module)}\b|from {re.escape(package)} import [^\n]*\b{name}\b")
    tested = any(
        it.endswith(f"/test_{name}.py") or wanted.search(text)
        for it, text in files("tests").items() if it.startswith(folder)
    )  # fmt: skip

    assert tested, f"nothing in {folder} imports {module}"
