"""What each role reaches, written down by hand from what the roles are for; tests hold the program to it."""

from tests.web.expected_cards import CARDS

# Endpoint (with the step, where there is one), then for each of PEOPLE in their order whether they get through.
# Administrator, Sales manager, Seller, Storekeeper, Cashier, Accountant, Auditor
TABLE = """
OrderView.list                        +  +  +  -  +  +  +
OrderView.show                        +  +  +  -  +  +  +
OrderView.new                         +  +  +  -  -  -  -
OrderView.choices_of                  +  +  +  -  -  -  -
OrderView.edit                        +  +  +  -  -  -  -
OrderView.quote                       +  +  +  -  -  -  -
OrderView.step process                +  +  +  -  -  -  -
OrderView.step approve                +  +  +  -  -  -  -
OrderView.step activate               +  +  +  -  -  -  -
OrderView.step reprice                +  +  +  -  -  -  -
OrderView.step take                   +  +  +  -  -  -  -
OrderView.bulk take                   +  +  +  -  -  -  -
OrderView.step reopen                 +  +  +  -  -  -  -
OrderView.step give_up                +  +  +  -  -  -  -
OrderView.step cancel                 +  +  +  -  -  -  -
OrderView.step undo                   +  +  +  -  -  -  -
OrderView.step delete                 +  +  +  -  -  -  -
OrderView.bulk process                +  +  +  -  -  -  -
OrderView.bulk approve                +  +  +  -  -  -  -
OrderView.bulk activate               +  +  +  -  -  -  -
OrderView.bulk reprice                +  +  +  -  -  -  -
OrderView.bulk reopen                 +  +  +  -  -  -  -
OrderView.bulk give_up                +  +  +  -  -  -  -
OrderView.bulk cancel                 +  +  +  -  -  -  -
OrderView.bulk undo                   +  +  +  -  -  -  -
OrderView.bulk delete                 +  +  +  -  -  -  -
ProductImport.index                   +  +  -  -  -  -  -
ProductImport.rows                    +  +  -  -  -  -  -
ProductImport.rejected                +  +  -  -  -  -  -
CustomerImport.index                  +  +  +  -  -  -  -
CustomerImport.rows                   +  +  +  -  -  -  -
CustomerImport.rejected               +  +  +  -  -  -  -
PriceListImport.index                 +  +  -  -  -  -  -
PriceListImport.rows                  +  +  -  -  -  -  -
PriceListImport.rejected              +  +  -  -  -  -  -
PriceImport.index                     +  +  -  -  -  -  -
PriceImport.rows                      +  +  -  -  -  -  -
PriceImport.rejected                  +  +  -  -  -  -  -
DiscountImport.index                  +  +  -  -  -  -  -
DiscountImport.rows                   +  +  -  -  -  -  -
DiscountImport.rejected               +  +  -  -  -  -  -
ReceiptImport.index                   +  +  -  +  -  -  -
ReceiptImport.rows                    +  +  -  +  -  -  -
ReceiptImport.rejected                +  +  -  +  -  -  -
OpeningStockImport.index              +  -  -  -  -  +  -
OpeningStockImport.rows               +  -  -  -  -  +  -
OpeningStockImport.rejected           +  -  -  -  -  +  -
OpeningBalanceImport.index            +  -  -  -  -  +  -
OpeningBalanceImport.rows             +  -  -  -  -  +  -
OpeningBalanceImport.rejected         +  -  -  -  -  +  -
OrderImport.index                     +  +  +  -  -  -  -
OrderImport.rows                      +  +  +  -  -  -  -
OrderImport.rejected                  +  +  +  -  -  -  -
PricePage.index                       +  +  +  -  -  +  +
PricePage.choices_of                  +  +  +  -  -  +  +
ShipmentView.list                     +  +  +  +  +  +  +
ShipmentView.show                     +  +  +  +  +  +  +
ShipmentView.fill                     +  +  +  +  -  -  -
ShipmentView.step process             +  +  +  +  -  -  -
ShipmentView.step invoice             +  +  +  -  -  +  -
ShipmentView.step cancel              +  +  -  +  -  -  -
ShipmentView.step undo                +  +  -  +  -  -  -
ShipmentView.bulk process             +  +  +  +  -  -  -
ShipmentView.bulk invoice             +  +  +  -  -  +  -
ShipmentView.bulk cancel              +  +  -  +  -  -  -
ShipmentView.bulk undo                +  +  -  +  -  -  -
CountView.list                        +  +  -  +  -  +  +
CountView.show                        +  +  -  +  -  +  +
CountView.new                         +  +  -  +  -  -  -
CountView.choices_of                  +  +  -  +  -  -  -
CountView.step process                +  +  -  +  -  -  -
CountView.step cancel                 +  +  -  +  -  -  -
CountView.step correct                +  +  -  +  -  -  -
CountView.step delete                 +  +  -  +  -  -  -
CountView.bulk process                +  +  -  +  -  -  -
CountView.bulk cancel                 +  +  -  +  -  -  -
CountView.bulk correct                +  +  -  +  -  -  -
CountView.bulk delete                 +  +  -  +  -  -  -
CountView.fill                        +  +  -  +  -  -  -
WriteOffView.list                     +  +  -  +  -  +  +
WriteOffView.show                     +  +  -  +  -  +  +
WriteOffView.new                      +  +  -  +  -  -  -
WriteOffView.choices_of               +  +  -  +  -  -  -
WriteOffView.edit                     +  +  -  +  -  -  -
WriteOffView.step process             +  +  -  +  -  -  -
WriteOffView.step cancel              +  +  -  +  -  -  -
WriteOffView.step correct             +  +  -  +  -  -  -
WriteOffView.step delete              +  +  -  +  -  -  -
WriteOffView.bulk process             +  +  -  +  -  -  -
WriteOffView.bulk cancel              +  +  -  +  -  -  -
WriteOffView.bulk correct             +  +  -  +  -  -  -
WriteOffView.bulk delete              +  +  -  +  -  -  -
ReceiptView.edit                      +  +  -  +  -  -  -
OpeningView.list                      +  +  -  -  -  +  +
OpeningView.show                      +  +  -  -  -  +  +
OpeningView.new                       +  -  -  -  -  +  -
OpeningView.choices_of                +  -  -  -  -  +  -
OpeningView.step process              +  -  -  -  -  +  -
OpeningView.step cancel               +  -  -  -  -  +  -
OpeningView.step correct              +  -  -  -  -  +  -
OpeningView.step delete               +  -  -  -  -  +  -
OpeningView.bulk process              +  -  -  -  -  +  -
OpeningView.bulk cancel               +  -  -  -  -  +  -
OpeningView.bulk correct              +  -  -  -  -  +  -
OpeningView.bulk delete               +  -  -  -  -  +  -
OpeningView.edit                      +  -  -  -  -  +  -
ToOrderPage.index                     +  +  +  +  -  +  +
ToOrderPage.propose                   +  +  +  +  -  -  -
InternalOrderView.list                +  +  +  +  -  +  +
InternalOrderView.show                +  +  +  +  -  +  +
InternalOrderView.new                 +  +  +  +  -  -  -
InternalOrderView.choices_of          +  +  +  +  -  -  -
InternalOrderView.edit                +  +  +  +  -  -  -
InternalOrderView.step correct        +  +  -  +  -  -  -
InternalOrderView.bulk correct        +  +  -  +  -  -  -
InternalOrderView.step approve        +  +  +  +  -  -  -
InternalOrderView.step send           +  +  -  +  -  -  -
InternalOrderView.step receive        +  +  -  +  -  -  -
InternalOrderView.step cancel         +  +  -  +  -  -  -
InternalOrderView.step delete         +  +  +  +  -  -  -
InternalOrderView.bulk approve        +  +  +  +  -  -  -
InternalOrderView.bulk send           +  +  -  +  -  -  -
InternalOrderView.bulk receive        +  +  -  +  -  -  -
InternalOrderView.bulk cancel         +  +  -  +  -  -  -
InternalOrderView.bulk delete         +  +  +  +  -  -  -
ShipmentView.step return              +  +  +  +  -  -  -
ShipmentView.bulk return              +  +  +  +  -  -  -
ReturnView.list                       +  +  +  +  -  +  +
ReturnView.show                       +  +  +  +  -  +  +
ReturnView.new                        +  +  -  -  -  -  -
ReturnView.edit                       +  +  +  +  -  -  -
ReturnView.choices_of                 +  +  +  +  -  -  -
ReturnView.step process               +  +  -  +  -  -  -
ReturnView.step cancel                +  +  -  +  -  -  -
ReturnView.step correct               +  +  -  +  -  -  -
ReturnView.step delete                +  +  +  +  -  -  -
ReturnView.bulk process               +  +  -  +  -  -  -
ReturnView.bulk cancel                +  +  -  +  -  -  -
ReturnView.bulk correct               +  +  -  +  -  -  -
ReturnView.bulk delete                +  +  +  +  -  -  -
ReceiptView.list                      +  +  -  +  -  +  +
ReceiptView.show                      +  +  -  +  -  +  +
ReceiptView.new                       +  +  -  +  -  -  -
ReceiptView.choices_of                +  +  -  +  -  -  -
ReceiptView.step process              +  +  -  +  -  -  -
ReceiptView.step cancel               +  +  -  +  -  -  -
ReceiptView.step correct              +  +  -  +  -  -  -
ReceiptView.step delete               +  +  -  +  -  -  -
ReceiptView.bulk process              +  +  -  +  -  -  -
ReceiptView.bulk cancel               +  +  -  +  -  -  -
ReceiptView.bulk correct              +  +  -  +  -  -  -
ReceiptView.bulk delete               +  +  -  +  -  -  -
StockPage.index                       +  +  +  +  -  +  +
StockPage.held                        +  +  +  +  -  +  +
StockPage.lapse                       +  +  -  -  -  -  -
InvoiceView.list                      +  +  +  -  +  +  +
InvoiceView.show                      +  +  +  -  +  +  +
ToInvoicePage.index                   +  +  +  -  +  +  +
InvoiceView.new                       +  +  +  -  -  +  -
InvoiceView.portion                   +  +  +  -  -  +  -
InvoiceView.advance                   +  +  +  -  -  +  -
InvoiceView.edit                      +  +  +  -  -  +  -
InvoiceView.choices_of                +  +  +  -  -  +  -
InvoiceView.step reschedule           +  +  -  -  -  +  -
InvoiceView.bulk reschedule           +  +  -  -  -  +  -
InvoiceView.step issue                +  +  -  -  -  +  -
InvoiceView.step undo                 +  +  -  -  -  +  -
InvoiceView.step credit               +  +  +  -  -  +  -
InvoiceView.step credit_part          +  +  +  -  -  +  -
InvoiceView.bulk credit               +  +  +  -  -  +  -
InvoiceView.bulk credit_part          +  +  +  -  -  +  -
CreditNoteView.list                   +  +  +  -  +  +  +
CreditNoteView.show                   +  +  +  -  +  +  +
CreditNoteView.new                    +  +  -  -  -  -  -
CreditNoteView.edit                   +  +  +  -  -  +  -
CreditNoteView.choices_of             +  +  +  -  -  +  -
CreditNoteView.step issue             +  +  -  -  -  +  -
CreditNoteView.step debit             +  +  +  -  -  +  -
CreditNoteView.step debit_part        +  +  +  -  -  +  -
CreditNoteView.step delete            +  +  +  -  -  +  -
CreditNoteView.bulk issue             +  +  -  -  -  +  -
CreditNoteView.bulk debit             +  +  +  -  -  +  -
CreditNoteView.bulk debit_part        +  +  +  -  -  +  -
CreditNoteView.bulk delete            +  +  +  -  -  +  -
InvoiceView.step delete               +  +  +  -  -  +  -
InvoiceView.bulk issue                +  +  -  -  -  +  -
InvoiceView.bulk undo                 +  +  -  -  -  +  -
InvoiceView.bulk delete               +  +  +  -  -  +  -
SettlementPage.allocate               +  +  -  -  +  +  -
SettlementPage.release                +  +  -  -  +  +  -
CashOrderView.list                    +  +  -  -  +  +  +
CashOrderView.show                    +  +  -  -  +  +  +
CashOrderView.new                     +  -  -  -  +  +  -
CashOrderView.choices_of              +  -  -  -  +  +  -
CashOrderView.edit                    +  -  -  -  +  +  -
CashOrderView.step process            +  -  -  -  +  +  -
CashOrderView.step cancel             +  -  -  -  +  +  -
CashOrderView.step correct            +  -  -  -  +  +  -
CashOrderView.step delete             +  -  -  -  +  +  -
CashOrderView.bulk process            +  -  -  -  +  +  -
CashOrderView.bulk cancel             +  -  -  -  +  +  -
CashOrderView.bulk correct            +  -  -  -  +  +  -
CashOrderView.bulk delete             +  -  -  -  +  +  -
AdjustmentView.list                   +  +  -  -  -  +  +
AdjustmentView.show                   +  +  -  -  -  +  +
AdjustmentView.new                    +  -  -  -  -  +  -
AdjustmentView.choices_of             +  -  -  -  -  +  -
AdjustmentView.edit                   +  -  -  -  -  +  -
AdjustmentView.step process           +  -  -  -  -  +  -
AdjustmentView.step cancel            +  -  -  -  -  +  -
AdjustmentView.step correct           +  -  -  -  -  +  -
AdjustmentView.step delete            +  -  -  -  -  +  -
AdjustmentView.bulk process           +  -  -  -  -  +  -
AdjustmentView.bulk cancel            +  -  -  -  -  +  -
AdjustmentView.bulk correct           +  -  -  -  -  +  -
AdjustmentView.bulk delete            +  -  -  -  -  +  -
BankLineView.list                     +  +  -  -  -  +  +
BankLineView.show                     +  +  -  -  -  +  +
BankLineView.new                      +  -  -  -  -  +  -
BankLineView.choices_of               +  -  -  -  -  +  -
BankLineView.edit                     +  -  -  -  -  +  -
BankLineView.step process             +  -  -  -  -  +  -
BankLineView.step cancel              +  -  -  -  -  +  -
BankLineView.step correct             +  -  -  -  -  +  -
BankLineView.step delete              +  -  -  -  -  +  -
BankLineView.bulk process             +  -  -  -  -  +  -
BankLineView.bulk cancel              +  -  -  -  -  +  -
BankLineView.bulk correct             +  -  -  -  -  +  -
BankLineView.bulk delete              +  -  -  -  -  +  -
StatementView.list                    +  +  -  -  -  +  +
StatementView.show                    +  +  -  -  -  +  +
StatementView.new                     +  -  -  -  -  +  -
StatementView.choices_of              +  -  -  -  -  +  -
StatementView.edit                    +  -  -  -  -  +  -
StatementView.file                    +  -  -  -  -  +  -
StatementView.step process            +  -  -  -  -  +  -
StatementView.step cancel             +  -  -  -  -  +  -
StatementView.step correct            +  -  -  -  -  +  -
StatementView.step delete             +  -  -  -  -  +  -
StatementView.bulk process            +  -  -  -  -  +  -
StatementView.bulk cancel             +  -  -  -  -  +  -
StatementView.bulk correct            +  -  -  -  -  +  -
StatementView.bulk delete             +  -  -  -  -  +  -
OpeningBalanceView.list               +  +  -  -  -  +  +
OpeningBalanceView.show               +  +  -  -  -  +  +
OpeningBalanceView.new                +  -  -  -  -  +  -
OpeningBalanceView.many               +  -  -  -  -  +  -
OpeningBalanceView.choices_of         +  -  -  -  -  +  -
OpeningBalanceView.edit               +  -  -  -  -  +  -
OpeningBalanceView.step process       +  -  -  -  -  +  -
OpeningBalanceView.step cancel        +  -  -  -  -  +  -
OpeningBalanceView.step correct       +  -  -  -  -  +  -
OpeningBalanceView.step delete        +  -  -  -  -  +  -
OpeningBalanceView.bulk process       +  -  -  -  -  +  -
OpeningBalanceView.bulk cancel        +  -  -  -  -  +  -
OpeningBalanceView.bulk correct       +  -  -  -  -  +  -
OpeningBalanceView.bulk delete        +  -  -  -  -  +  -
ManualEntryView.list                  +  -  -  -  -  +  +
ManualEntryView.show                  +  -  -  -  -  +  +
ManualEntryView.new                   +  -  -  -  -  +  -
ManualEntryView.edit                  +  -  -  -  -  +  -
ManualEntryView.choices_of            +  -  -  -  -  +  -
ManualEntryView.step process          +  -  -  -  -  +  -
ManualEntryView.step cancel           +  -  -  -  -  +  -
ManualEntryView.step correct          +  -  -  -  -  +  -
ManualEntryView.step delete           +  -  -  -  -  +  -
ManualEntryView.bulk process          +  -  -  -  -  +  -
ManualEntryView.bulk cancel           +  -  -  -  -  +  -
ManualEntryView.bulk correct          +  -  -  -  -  +  -
ManualEntryView.bulk delete           +  -  -  -  -  +  -
SalesPage.index                       +  +  -  -  -  +  +
SalesPage.choices_of                  +  +  -  -  -  +  +
SoldPage.index                        +  +  -  -  -  +  +
SoldPage.choices_of                   +  +  -  -  -  +  +
TakingPage.index                      +  +  -  -  -  +  +
TakingPage.choices_of                 +  +  -  -  -  +  +
AgeingPage.index                      +  +  -  -  -  +  +
AgeingPage.choices_of                 +  +  -  -  -  +  +
VatPage.index                         +  +  -  -  -  +  +
VatPage.choices_of                    +  +  -  -  -  +  +
VatDocumentsPage.index                +  +  -  -  -  +  +
VatDocumentsPage.choices_of           +  +  -  -  -  +  +
StatementPage.index                   +  +  -  -  -  +  +
StatementPage.choices_of              +  +  -  -  -  +  +
JournalPage.index                     +  -  -  -  -  +  +
JournalPage.choices_of                +  -  -  -  -  +  +
TrialBalancePage.index                +  -  -  -  -  +  +
TrialBalancePage.choices_of           +  -  -  -  -  +  +
AccountStatementPage.index            +  -  -  -  -  +  +
AccountStatementPage.choices_of       +  -  -  -  -  +  +
StockValuePage.index                  +  +  +  +  -  +  +
StockValuePage.choices_of             +  +  +  +  -  +  +
ItemCardPage.index                    +  +  +  +  -  +  +
ItemCardPage.choices_of               +  +  +  +  -  +  +
PostingRulesPage.index                +  -  -  -  -  +  +
PostingRulesPage.change               +  -  -  -  -  +  -
ProofPage.index                       +  -  -  -  -  +  +
ProofPage.ask                         +  -  -  -  -  +  +
JobPage.index                         +  +  +  +  +  +  +
JobPage.one                           +  +  +  +  +  +  +
JobPage.state                         +  +  +  +  +  +  +
JobPage.file                          +  +  +  +  +  +  +
JobPage.export                        +  +  +  +  +  +  +
JobPage.again                         +  +  +  +  +  +  -
JobPage.stop                          +  +  +  +  +  +  -
PeriodView.list                       +  -  -  -  -  +  +
PeriodView.show                       +  -  -  -  -  +  +
PeriodView.choices_of                 +  -  -  -  -  +  +
PeriodView.add                        +  -  -  -  -  +  -
PeriodView.reopen                     +  -  -  -  -  +  -
PeriodView.edit                       +  -  -  -  -  +  -
PeriodView.delete                     -  -  -  -  -  -  -
"""
SIGNED_IN = {"HomePage.index", "AccountPage.index", "AccountPage.code", "LivePage.index", "SwaggerPage.show"}
# Signing in and out, the framework's two that only redirect, health, and the files of the pages.
ANYONE = {
    "SignInView.login", "SignInView.code", "SignInView.logout", "TokenApi.login", "DescriptionApi.describe",
    "EshopApi.receive",
    "UtilView.back",
    "LocaleView.index", "health", "static", "appbuilder.static",
}  # fmt: skip


def expected() -> dict[str, list[bool]]:
    """Row name → whether each of PEOPLE gets through."""
    rows = {}
    for line in (TABLE.strip() + CARDS.rstrip()).splitlines():
        words = line.split()
        rows[" ".join(words[:-7])] = [sign == "+" for sign in words[-7:]]
    return rows
