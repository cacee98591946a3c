"""Every document: its steps, from which state to which. Read aloud, it is the manual."""

from app.domain.kernel.lifecycle import Lifecycle, Step

SALES_ORDER = Lifecycle("SalesOrder", (
    #     step        from                                to
    Step("activate",  "estimate",                         "active"),
    Step("approve",   ("estimate", "active"),             "approved"),
    Step("reopen",    "approved",                         "active", clears=("agreed_by", "agreed_how", "agreed_at")),
    Step("perform",   "approved",                         "performed"),
    Step("resume",    "performed",                        "approved"),
    Step("cancel",    ("estimate", "active", "approved"), "cancelled"),
))  # fmt: skip

SHIPMENT = Lifecycle("Shipment", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

STOCK_RECEIPT = Lifecycle("StockReceipt", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

OPENING_STOCK = Lifecycle("OpeningStock", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

WRITE_OFF = Lifecycle("WriteOff", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

STOCK_COUNT = Lifecycle("StockCount", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

INTERNAL_ORDER = Lifecycle("InternalOrder", (
    Step("approve",   "draft",                            "approved", dates=True),
    Step("send",      "approved",                         "in_transit"),
    Step("receive",   "in_transit",                       "performed"),
    Step("cancel",    ("approved", "in_transit", "performed"), "cancelled"),
))  # fmt: skip

INVOICE = Lifecycle("Invoice", (
    Step("issue",     "draft",                            "issued", dates=True),
))  # fmt: skip

CUSTOMER_RETURN = Lifecycle("CustomerReturn", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

CREDIT_NOTE = Lifecycle("CreditNote", (
    Step("issue",     "draft",                            "issued", dates=True),
))  # fmt: skip

CASH_ORDER = Lifecycle("CashOrder", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

BANK_LINE = Lifecycle("BankLine", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

BANK_STATEMENT = Lifecycle("BankStatement", (
    Step("process",   "draft",                            "processed"),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

ADJUSTMENT = Lifecycle("Adjustment", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

MANUAL_ENTRY = Lifecycle("ManualEntry", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

OPENING_BALANCE = Lifecycle("OpeningBalance", (
    Step("process",   "draft",                            "processed", dates=True),
    Step("cancel",    "processed",                        "cancelled"),
))  # fmt: skip

LIFECYCLES = (
    SALES_ORDER, SHIPMENT, STOCK_RECEIPT, WRITE_OFF, STOCK_COUNT, INVOICE, CUSTOMER_RETURN, CREDIT_NOTE, CASH_ORDER,
    BANK_LINE, BANK_STATEMENT, ADJUSTMENT, OPENING_STOCK, MANUAL_ENTRY, INTERNAL_ORDER, OPENING_BALANCE,
)  # fmt: skip

# Registered as documents so that entries can name them, but they take no steps of their own.
ACTS = ("allocation", "inventory_account_change")

DOCUMENT_KINDS = tuple(lifecycle.kind for lifecycle in LIFECYCLES) + ACTS
