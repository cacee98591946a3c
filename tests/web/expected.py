"""What each role reaches, written down by hand from what the roles are for; tests hold the program to it."""

# Endpoint (with the step, where there is one), then for each of PEOPLE in their order whether they get through.
# Administrator, Sales manager, Seller, Storekeeper, Cashier, Accountant, Auditor
TABLE = """
CompanyView.list                      +  -  -  -  -  -  +
CompanyView.show                      +  -  -  -  -  -  +
CompanyView.choices_of                +  -  -  -  -  -  +
CompanyView.add                       +  -  -  -  -  -  -
CompanyView.edit                      +  -  -  -  -  -  -
CompanyView.delete                    -  -  -  -  -  -  -
CompanyDetailsView.list               +  -  -  -  -  -  +
CompanyDetailsView.show               +  -  -  -  -  -  +
CompanyDetailsView.choices_of         +  -  -  -  -  -  +
CompanyDetailsView.add                +  -  -  -  -  -  -
CompanyDetailsView.edit               +  -  -  -  -  -  -
CompanyDetailsView.delete             -  -  -  -  -  -  -
UserView.list                         +  -  -  -  -  -  +
UserView.show                         +  -  -  -  -  -  +
UserView.choices_of                   +  -  -  -  -  -  +
UserView.add                          +  -  -  -  -  -  -
UserView.edit                         +  -  -  -  -  -  -
UserView.delete                       +  -  -  -  -  -  -
RoleView.list                         +  -  -  -  -  -  +
RoleView.show                         +  -  -  -  -  -  +
RoleView.choices_of                   +  -  -  -  -  -  +
RoleView.add                          +  -  -  -  -  -  -
RoleView.edit                         +  -  -  -  -  -  -
RoleView.delete                       +  -  -  -  -  -  -
OrderView.list                        +  +  +  -  +  +  +
OrderView.show                        +  +  +  -  +  +  +
OrderView.new                         +  +  +  -  -  -  -
OrderView.choices_of                  +  +  +  -  -  -  -
OrderView.edit                        +  +  +  -  -  -  -
OrderView.step process                +  +  +  -  -  -  -
OrderView.step approve                +  +  +  -  -  -  -
OrderView.step activate               +  +  +  -  -  -  -
OrderView.step reprice                +  +  +  -  -  -  -
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
CustomerView.list                     +  +  +  +  +  +  +
CustomerView.show                     +  +  +  +  +  +  +
CustomerView.choices_of               +  +  +  +  +  +  +
CustomerView.add                      +  +  +  -  -  -  -
CustomerView.edit                     +  +  +  -  -  -  -
CustomerView.delete                   +  +  -  -  -  -  -
PriceListView.list                    +  +  +  -  -  +  +
PriceListView.show                    +  +  +  -  -  +  +
PriceListView.choices_of              +  +  +  -  -  +  +
PriceListView.add                     +  +  -  -  -  -  -
PriceListView.edit                    +  +  -  -  -  -  -
PriceListView.delete                  +  +  -  -  -  -  -
DiscountView.list                     +  +  +  -  -  +  +
DiscountView.show                     +  +  +  -  -  +  +
DiscountView.choices_of               +  +  +  -  -  +  +
DiscountView.add                      +  +  -  -  -  -  -
DiscountView.edit                     +  +  -  -  -  -  -
DiscountView.delete                   +  +  -  -  -  -  -
CustomerGroupView.list                +  +  +  -  -  +  +
CustomerGroupView.show                +  +  +  -  -  +  +
CustomerGroupView.choices_of          +  +  +  -  -  +  +
CustomerGroupView.add                 +  +  -  -  -  -  -
CustomerGroupView.edit                +  +  -  -  -  -  -
CustomerGroupView.delete              +  +  -  -  -  -  -
DiscountLimitView.list                +  +  +  -  -  +  +
DiscountLimitView.show                +  +  +  -  -  +  +
DiscountLimitView.choices_of          +  +  +  -  -  +  +
DiscountLimitView.add                 +  +  -  -  -  -  -
DiscountLimitView.edit                +  +  -  -  -  -  -
DiscountLimitView.delete              +  +  -  -  -  -  -
PricePage.index                       +  +  +  -  -  +  +
PricePage.choices_of                  +  +  +  -  -  +  +
ShipmentView.list                     +  +  +  +  +  +  +
ShipmentView.show                     +  +  +  +  +  +  +
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
ReorderPointView.list                 +  +  +  +  -  +  +
ReorderPointView.show                 +  +  +  +  -  +  +
ReorderPointView.choices_of           +  +  +  +  -  +  +
ReorderPointView.add                  +  +  +  +  -  -  -
ReorderPointView.edit                 +  +  +  +  -  -  -
ReorderPointView.delete               +  +  +  +  -  -  -
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
CreditNoteView.step issue             +  +  -  -  -  +  -
CreditNoteView.step delete            +  +  +  -  -  +  -
CreditNoteView.bulk issue             +  +  -  -  -  +  -
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
AgeingPage.index                      +  +  -  -  -  +  +
VatPage.index                         +  +  -  -  -  +  +
StatementPage.index                   +  +  -  -  -  +  +
JournalPage.index                     +  -  -  -  -  +  +
TrialBalancePage.index                +  -  -  -  -  +  +
AccountView.list                      +  -  -  -  -  +  +
AccountView.show                      +  -  -  -  -  +  +
AccountView.choices_of                +  -  -  -  -  +  +
AccountView.add                       +  -  -  -  -  +  -
AccountView.edit                      +  -  -  -  -  +  -
AccountView.delete                    +  -  -  -  -  +  -
PostingRulesPage.index                +  -  -  -  -  +  +
PostingRulesPage.change               +  -  -  -  -  +  -
ProofPage.index                       +  -  -  -  -  +  +
PeriodView.list                       +  -  -  -  -  +  +
PeriodView.show                       +  -  -  -  -  +  +
PeriodView.choices_of                 +  -  -  -  -  +  +
PeriodView.add                        +  -  -  -  -  +  -
PeriodView.reopen                     +  -  -  -  -  +  -
PeriodView.edit                       +  -  -  -  -  +  -
PeriodView.delete                     -  -  -  -  -  -  -
ProductView.list                      +  +  +  +  +  +  +
ProductView.show                      +  +  +  +  +  +  +
ProductView.choices_of                +  +  +  +  +  +  +
ProductView.add                       +  +  -  -  -  -  -
ProductView.edit                      +  +  -  -  -  -  -
ProductView.delete                    +  +  -  -  -  -  -
ProductGroupView.list                 +  +  +  +  +  +  +
ProductGroupView.show                 +  +  +  +  +  +  +
ProductGroupView.choices_of           +  +  +  +  +  +  +
ProductGroupView.add                  +  +  -  -  -  -  -
ProductGroupView.edit                 +  +  -  -  -  -  -
ProductGroupView.delete               +  +  -  -  -  -  -
UnitView.list                         +  +  +  +  +  +  +
UnitView.show                         +  +  +  +  +  +  +
UnitView.choices_of                   +  +  +  +  +  +  +
UnitView.add                          +  +  -  -  -  -  -
UnitView.edit                         +  +  -  -  -  -  -
UnitView.delete                       +  +  -  -  -  -  -
TaxRateView.list                      +  +  +  -  -  +  +
TaxRateView.show                      +  +  +  -  -  +  +
TaxRateView.choices_of                +  +  +  -  -  +  +
TaxRateView.add                       +  -  -  -  -  +  -
TaxRateView.edit                      +  -  -  -  -  +  -
TaxRateView.delete                    +  -  -  -  -  +  -
WarehouseView.list                    +  +  +  +  -  +  +
WarehouseView.show                    +  +  +  +  -  +  +
WarehouseView.choices_of              +  +  +  +  -  +  +
WarehouseView.add                     +  -  -  -  -  -  -
WarehouseView.edit                    +  -  -  -  -  -  -
WarehouseView.delete                  +  -  -  -  -  -  -
CashDeskView.list                     +  +  -  -  +  +  +
CashDeskView.show                     +  +  -  -  +  +  +
CashDeskView.choices_of               +  +  -  -  +  +  +
CashDeskView.add                      +  -  -  -  -  -  -
CashDeskView.edit                     +  -  -  -  -  -  -
CashDeskView.delete                   +  -  -  -  -  -  -
BankAccountView.list                  +  +  -  -  -  +  +
BankAccountView.show                  +  +  -  -  -  +  +
BankAccountView.choices_of            +  +  -  -  -  +  +
BankAccountView.add                   +  -  -  -  -  +  -
BankAccountView.edit                  +  -  -  -  -  +  -
BankAccountView.delete                +  -  -  -  -  +  -
TaxRuleView.list                      +  +  +  -  -  +  +
TaxRuleView.show                      +  +  +  -  -  +  +
TaxRuleView.choices_of                +  +  +  -  -  +  +
TaxRuleView.add                       +  -  -  -  -  +  -
TaxRuleView.edit                      +  -  -  -  -  +  -
TaxRuleView.delete                    +  -  -  -  -  +  -
PaymentTermPartView.list              +  +  +  -  -  +  +
PaymentTermPartView.show              +  +  +  -  -  +  +
PaymentTermPartView.choices_of        +  +  +  -  -  +  +
PaymentTermPartView.add               +  -  -  -  -  +  -
PaymentTermPartView.edit              +  -  -  -  -  +  -
PaymentTermPartView.delete            +  -  -  -  -  +  -
PaymentTermView.list                  +  +  +  -  -  +  +
PaymentTermView.show                  +  +  +  -  -  +  +
PaymentTermView.choices_of            +  +  +  -  -  +  +
PaymentTermView.add                   +  -  -  -  -  +  -
PaymentTermView.edit                  +  -  -  -  -  +  -
PaymentTermView.delete                +  -  -  -  -  +  -
CustomerAddressView.list              +  +  +  +  +  +  +
CustomerAddressView.show              +  +  +  +  +  +  +
CustomerAddressView.choices_of        +  +  +  +  +  +  +
CustomerAddressView.add               +  +  +  -  -  -  -
CustomerAddressView.edit              +  +  +  -  -  -  -
CustomerAddressView.delete            +  +  -  -  -  -  -
PriceListRowView.list                 +  +  +  -  -  +  +
PriceListRowView.show                 +  +  +  -  -  +  +
PriceListRowView.choices_of           +  +  +  -  -  +  +
PriceListRowView.add                  +  +  -  -  -  -  -
PriceListRowView.edit                 +  +  -  -  -  -  -
PriceListRowView.delete               +  +  -  -  -  -  -
"""
SIGNED_IN = {"HomePage.index", "AccountPage.index"}
# Signing in and out, the framework's two that only redirect, health, and the files of the pages.
ANYONE = {
    "SignInView.login", "SignInView.logout", "TokenApi.login", "TokenApi.refresh", "UtilView.back",
    "LocaleView.index", "health", "static", "appbuilder.static",
}  # fmt: skip


def expected() -> dict[str, list[bool]]:
    """Row name → whether each of PEOPLE gets through."""
    rows = {}
    for line in TABLE.strip().splitlines():
        words = line.split()
        rows[" ".join(words[:-7])] = [sign == "+" for sign in words[-7:]]
    return rows
