"""What the API says of itself is true: schemathesis asks every operation with what the description allows and forbids.

STOCKBOOK_TORTURE says how many examples of each operation are tried; `make torture` tries many.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.web.api.resources import RESOURCES
from tests.api.conftest import Caller
from tests.conftest import Postgres
from tests.web.companies import Shop, opened, pointed
from tests.web.shop import Known

EXAMPLES = int(os.environ.get("STOCKBOOK_TORTURE", "3"))
CHECKS = [
    schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance, response_headers_conformance, negative_data_rejection,
]  # fmt: skip
# What the API may say to what it does not take.
REFUSED = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429]
KEYS = {
    "customer": ["C001"], "warehouse": ["MAIN", "NORTH"], "product": ["BOLT", "NUT", "CARE", "LAMP"],
    "price_list": ["RETAIL"], "cash_desk": ["MAIN", "SOUTH"], "payment_term": ["N30"], "unit": ["pcs"],
    "tax_rate": ["A"], "responsible": ["sue"], "group": ["ALL"],
}  # fmt: skip
QUICK = settings(
    max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck), derandomize=EXAMPLES < 100,
)  # fmt: skip


@pytest.fixture(scope="module")
def its_own(postgres: Postgres, seeded: tuple[str, Known], program: Flask) -> Iterator[Shop]:
    """A company of this file's own: what is asked of it changes it."""
    with opened(postgres, seeded, program, f"described_{os.getpid()}") as shop:
        yield shop


@pytest.fixture
def company(its_own: Shop) -> Iterator[Shop]:
    """The same, with the program pointed at it, wherever the test before left that."""
    with pointed(its_own.app, its_own.engine, leave=False):
        yield its_own


@pytest.fixture(scope="module")
def operations(its_own: Shop) -> list[Any]:
    """All that the description tells of."""
    return [result.ok() for result in described(its_own.app).get_all_operations()]


def described(program: Flask) -> Any:
    """What the program tells of itself."""
    refused = {"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}}
    return schemathesis.openapi.from_wsgi("/api/v1/_openapi", program, config=SchemathesisConfig.from_dict(refused))


@pytest.mark.parametrize("resource", [resource.resource_name for resource in RESOURCES])
def test_what_is_described_is_served(company: Shop, operations: list[Any], resource: str) -> None:
    headers = Caller(company, "ada").headers
    its = [operation for operation in operations if operation.tags == [resource]]

    for operation in its:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _ask(operation.as_strategy(generation_mode=mode), headers, known=mode is GenerationMode.POSITIVE)

    assert its


def _ask(cases: Any, headers: dict[str, str], *, known: bool) -> None:
    @QUICK
    @given(case=cases)
    def ask(case: Case) -> None:
        if known:
            case.body = with_keys(case.body)
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()


def with_keys(body: Any, name: str = "") -> Any:
    """A body whose texts that name a row name one that there is: of random ones hardly any would."""
    if isinstance(body, dict):
        return {key: with_keys(inner, key) for key, inner in body.items()}
    if isinstance(body, list):
        return [with_keys(inner, name) for inner in body]
    return KEYS[name][len(body) % len(KEYS[name])] if isinstance(body, str) and name in KEYS else body


def test_what_was_made_can_be_asked_for_next(
    postgres: Postgres, seeded: tuple[str, Known], program: Flask
) -> None:  # fmt: skip
    """Follows the description's links: what one operation made is read, changed, taken through its steps, deleted.

    Each walk begins with a company as it was: hypothesis takes what answers otherwise the second time for a fault.
    """
    schema, walks = described(program), count(1)

    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.world = ExitStack()
            company = self.world.enter_context(opened(postgres, seeded, program, f"walk_{os.getpid()}_{next(walks)}"))
            self.headers = Caller(company, "ada").headers

        def teardown(self) -> None:
            self.world.close()

        def before_call(self, case: Case) -> None:
            case.body = with_keys(case.body)

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"headers": self.headers}

        def validate_response(self, response: Any, case: Case, **_: Any) -> None:
            case.validate_response(response, checks=CHECKS)

    steps = settings(QUICK, max_examples=max(2, EXAMPLES), stateful_step_count=6)
    Machine.run(settings=steps)


def test_the_description_is_valid_openapi_in_which_nothing_is_called_twice(company: Shop) -> None:
    schema = described(company.app)
    schema.validate()

    ids = [result.ok().definition.raw["operationId"] for result in schema.get_all_operations()]
    assert len(set(ids)) == len(ids)


def test_every_answer_is_described_and_every_usual_value_is_one_that_may_be_sent(company: Shop) -> None:
    described = company.app.test_client().get("/api/v1/_openapi").json
    bare, wrong = [], []
    for path, operations in described["paths"].items():
        for operation in operations.values():
            answers = operation["responses"].items() if isinstance(operation, dict) else ()
            told = [answer["content"].get("application/json", {}) for status, answer in answers if status < "204"]
            bare += [path for content in told if content.get("schema") == {"type": "object"}]
    for name, schema in described["components"]["schemas"].items():
        for field, its in schema.get("properties", {}).items():
            if "enum" in its and its.get("default", its["enum"][0]) not in its["enum"]:
                wrong.append(f"{name}.{field}")

    assert (bare, wrong) == ([], [])


def test_a_closing_that_is_foreseen_is_described_as_it_is_told(company: Shop) -> None:
    shape = described(company.app).raw_schema["components"]["schemas"]["PeriodClosed"]

    told = Caller(company, "abe").post(
        "periods/close?preview=true", {"starts_on": "2020-01-01", "ends_on": "2020-01-31"}
    )

    assert set(told.json) <= set(shape["properties"])
    assert set(shape.get("required", ())) <= set(told.json)
