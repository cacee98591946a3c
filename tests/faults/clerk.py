"""A process of its own that does one batch: `python -m tests.faults.clerk ACTION BY ON ID…`, the database by address.

It prints `ready` before it begins, and what became of each document when it is done.
"""

import os
import sys
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import create_engine

from app import database
from app.domain.billing.invoicing import issue_invoices
from app.domain.fulfilment.ordering import process_orders
from app.domain.kernel import unit
from app.domain.kernel.batch import run_batch
from app.domain.treasury.cash import process_cash_orders

AGREED = {"agreed_by": "Mr Client", "agreed_how": "phone"}
ACTIONS: Mapping[str, tuple[Callable[..., Any], Mapping[str, str]]] = {
    "issue": (issue_invoices, {}),
    "process": (process_orders, AGREED),
    "pay": (process_cash_orders, {}),
}


def main(action: str, by: str, on: str, *ids: str) -> None:
    unit.bind(create_engine(os.environ["DATABASE_URL"], connect_args=database.connect_args(database.APP)))
    work, told = ACTIONS[action]
    print("ready", flush=True)
    results = run_batch(work, [int(i) for i in ids], by=int(by), on=date.fromisoformat(on), **told)
    print(*(result.status for result in results), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
