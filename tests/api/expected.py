"""What each role reaches over the API: the same as on the screens, row for row, and a few rows of its own."""

import re

from tests.web.expected import expected as on_screens

# Operations that no screen has under such a name: Administrator, Sales manager, Seller, Storekeeper, Cashier,
# Accountant, Auditor.
OWN = """
ReturnApi.from-shipment               +  +  +  +  -  -  -
ReturnApi.edit-from-shipment          +  +  +  +  -  -  -
ReturnApi.edit                        +  +  -  -  -  -  -
AllocationApi.list                    +  +  -  -  +  +  +
AllocationApi.read                    +  +  -  -  +  +  +
AllocationApi.create                  +  +  -  -  +  +  -
AllocationApi.release                 +  +  -  -  +  +  -
BankLineApi.settle                    +  +  -  -  +  +  -
BankLineApi.unsettle                  +  +  -  -  +  +  -
StatementApi.import                   +  -  -  -  -  +  -
InvoiceApi.from-shipments             +  +  +  -  -  +  -
InvoiceApi.edit-from-shipments        +  +  +  -  -  +  -
InvoiceApi.from-credit-note           +  +  +  -  -  +  -
InvoiceApi.edit-from-credit-note      +  +  +  -  -  +  -
InvoiceApi.from-order                 +  +  +  -  -  +  -
InvoiceApi.edit-from-order            +  +  +  -  -  +  -
CreditNoteApi.create                  +  +  -  -  -  -  -
CreditNoteApi.edit                    +  +  -  -  -  -  -
CreditNoteApi.from-invoice            +  +  +  -  -  +  -
CreditNoteApi.edit-from-invoice       +  +  +  -  -  +  -
ReportApi.sales                       +  +  -  -  -  +  +
ReportApi.sales-documents             +  +  -  -  -  +  +
ReportApi.receivables                 +  +  -  -  -  +  +
ReportApi.customer-statement          +  +  -  -  -  +  +
ReportApi.vat                         +  +  -  -  -  +  +
ReportApi.vat-documents               +  +  -  -  -  +  +
ReportApi.journal                     +  -  -  -  -  +  +
ReportApi.trial-balance               +  -  -  -  -  +  +
ReportApi.account-statement           +  -  -  -  -  +  +
ReportApi.stock-value                 +  +  +  +  -  +  +
ReportApi.item-card                   +  +  +  +  -  +  +
ReportApi.time-to-take                +  +  -  -  -  +  +
StockApi.list                         +  +  +  +  -  +  +
PriceApi.read                         +  +  +  -  -  +  +
LedgerApi.trial-balance               +  -  -  -  -  +  +
LedgerApi.account                     +  -  -  -  -  +  +
LedgerApi.entries                     +  -  -  -  -  +  +
LedgerApi.check                       +  -  -  -  -  +  +
PostingRuleApi.list                   +  -  -  -  -  +  +
PostingRuleApi.change                 +  -  -  -  -  +  -
PeriodApi.history                     +  -  -  -  -  +  +
PeriodApi.close                       +  -  -  -  -  +  -
PeriodApi.reopen                      +  -  -  -  -  +  -
ShopApi.end-secret                    +  +  -  -  -  -  -
JobApi.list                           +  +  +  +  +  +  +
JobApi.read                           +  +  +  +  +  +  +
JobApi.file                           +  +  +  +  +  +  +
JobApi.retry                          +  +  +  +  +  +  -
JobApi.cancel                         +  +  +  +  +  +  -
ImportApi.products                    +  +  -  -  -  -  -
ImportApi.products-result             +  +  -  -  -  -  -
ImportApi.customers                   +  +  +  -  -  -  -
ImportApi.customers-result            +  +  +  -  -  -  -
ImportApi.price-lists                 +  +  -  -  -  -  -
ImportApi.price-lists-result          +  +  -  -  -  -  -
ImportApi.prices                      +  +  -  -  -  -  -
ImportApi.prices-result               +  +  -  -  -  -  -
ImportApi.discounts                   +  +  -  -  -  -  -
ImportApi.discounts-result            +  +  -  -  -  -  -
ImportApi.receipts                    +  +  -  +  -  -  -
ImportApi.receipts-result             +  +  -  +  -  -  -
ImportApi.receipts-current            +  +  -  +  -  -  -
ImportApi.opening-stock               +  -  -  -  -  +  -
ImportApi.opening-stock-result        +  -  -  -  -  +  -
ImportApi.opening-stock-current       +  -  -  -  -  +  -
ImportApi.opening-balances            +  -  -  -  -  +  -
ImportApi.opening-balances-result     +  -  -  -  -  +  -
ImportApi.opening-balances-current    +  -  -  -  -  +  -
ImportApi.orders                      +  +  +  -  -  -  -
ImportApi.orders-result               +  +  +  -  -  -  -
ImportApi.orders-current              +  +  +  -  -  -  -
ShopApi.levels                        +  +  -  -  -  +  +
ReorderPointApi.to-order              +  +  +  +  -  +  +
ReorderPointApi.propose               +  +  +  +  -  -  -
"""
# Open to anyone: signing in, and what the API says of itself.
# E-shops sign what they send, or bring a key: test_eshop.py tries that door.
ANYONE = {"TokenApi.login", "DescriptionApi.describe", "EshopApi.receive"}
CALLED = {"list": "list", "read": "show"}
OF_CARDS = {**CALLED, "create": "add", "edit": "edit", "delete": "delete"}
OF_DOCUMENTS = {**CALLED, "create": "new", "edit": "edit", "fill": "fill"}
STEPS = {"undo-chain": "undo"}
# Of what nothing follows, and of shipments, these are what the screen calls Cancel.
CANCELS = ("undo-chain", "correct")


def expected(endpoint: str) -> list[bool] | None:
    """Whether each of PEOPLE gets through; None where no row says it."""
    own = {line.split()[0]: [sign == "+" for sign in line.split()[1:]] for line in OWN.strip().splitlines()}
    return own.get(endpoint) or on_screens().get(row(endpoint))


def row(endpoint: str) -> str:
    """The row of the screens' table that an operation goes by."""
    api, _, operation = endpoint.partition(".")
    screen = f"{api.removesuffix('Api')}View"
    step = re.sub("-many$", "", operation)
    kind = "bulk" if step != operation else "step"
    rows = on_screens()
    if f"{screen}.{operation}" in rows:
        return f"{screen}.{operation}"
    if f"{screen}.{OF_DOCUMENTS.get(operation)}" in rows:
        return f"{screen}.{OF_DOCUMENTS[operation]}"
    if f"{screen}.{OF_CARDS.get(operation)}" in rows:
        return f"{screen}.{OF_CARDS[operation]}"
    found = f"{screen}.{kind} {STEPS.get(step, step.replace('-', '_'))}"
    return found if found in rows or step not in CANCELS else f"{screen}.{kind} cancel"
