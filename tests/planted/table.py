"""Every planted fault, area by area. A new rule, proof or guard adds a row to one of them."""

from tests.planted import (
    ahead,
    api,
    costs,
    csv_import,
    debits,
    eshop,
    guards,
    house,
    jobs,
    kernel,
    loose,
    outward,
    prices,
    proofs,
    races,
    reports,
    returns,
    rights,
    screens,
    seeing,
    taxes,
    trade,
    transit,
    warehouse,
    web,
)
from tests.planted.fault import Fault

AREAS = (
    ahead, api, costs, csv_import, debits, eshop, guards, house, jobs, kernel, loose, outward, prices, proofs, races,
    reports, returns, rights, screens, seeing, taxes, trade, transit, warehouse, web,
)  # fmt: skip
FAULTS: list[Fault] = [fault for area in AREAS for fault in area.FAULTS]
