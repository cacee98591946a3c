"""Every planted fault, area by area. A new rule, proof or guard adds a row to one of them."""

from tests.planted import costs, debits, guards, house, kernel, prices, proofs, returns, trade, warehouse, web
from tests.planted.fault import Fault

FAULTS: list[Fault] = [
    *costs.FAULTS, *debits.FAULTS, *guards.FAULTS, *house.FAULTS, *kernel.FAULTS, *prices.FAULTS, *proofs.FAULTS,
    *returns.FAULTS, *trade.FAULTS, *warehouse.FAULTS, *web.FAULTS,
]  # fmt: skip
