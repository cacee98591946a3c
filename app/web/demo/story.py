"""What happened at the demo company in the last six weeks, as data: deliveries, sales and payments.

Days are counted back from the day the demo is made: 41 is six weeks ago, 0 is that day.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Quantities = Mapping[str, str]


class Delivery(NamedTuple):
    """Goods that arrived: SKU → (quantity, unit cost). A draft was not counted yet."""

    day: int
    warehouse: str
    goods: Mapping[str, tuple[str, str]]
    note: str
    draft: bool = False
    cancelled: tuple[int, str] | None = None


FIRST_DELIVERY = {"CENTRAL": 44, "SHOP": 43}
DELIVERIES = (
    Delivery(22, "CENTRAL", {"PAN-24": ("80", "9.85"), "LED-E27": ("600", "1.08"), "TOWEL-70": ("120", "4.75")},
             "Second order of the autumn; pans are dearer now"),
    Delivery(18, "SHOP", {"GLASS-6": ("24", "5.30"), "CANDLE": ("30", "2.15"), "COOKBOOK": ("15", "6.50")},
             "For the shelves by the door"),
    Delivery(12, "CENTRAL", {"LAMP-F": ("10", "34.00")}, "Floor lamps",
             cancelled=(11, "Wrong model: sent back with the same driver")),
    Delivery(6, "CENTRAL", {"PLATE-6": ("60", "12.40"), "POWDER": ("250", "1.31"), "SOAP": ("18.750", "3.95")},
             "Weekly delivery"),
    Delivery(0, "CENTRAL", {"RUG-160": ("20", "30.50"), "LAMP-T": ("30", "12.80")},
             "Announced for this afternoon", draft=True),
)  # fmt: skip


class Sale(NamedTuple):
    """An order and its steps in time: (day, step, what the step takes)."""

    channel: str
    customer: str
    warehouse: str
    lines: Quantities
    steps: tuple[tuple[Any, ...], ...]


def _over_the_counter(day: int, lines: Quantities, customer: str = "WALKIN") -> Sale:
    """Sold, handed over, invoiced and paid on the spot."""
    return Sale("counter", customer, "SHOP", lines, (
        (day, "order"), (day, "process", "the customer", "in person"), (day, "invoice"), (day, "pay", "SHOP"),
    ))  # fmt: skip


def _by_the_book(
    channel: str, customer: str, lines: Quantities, who: str, days: tuple[int, int, int],
    *payments: tuple[Any, ...], warehouse: str = "CENTRAL", reference: str = "",
) -> Sale:  # fmt: skip
    """Agreed, shipped whole, invoiced on these days, and paid as it may be."""
    agreed, shipped, invoiced = days
    return Sale(channel, customer, warehouse, lines, (
        (agreed, "order", {"customer_reference": reference}), (agreed, "agree", who, channel), (shipped, "ship"),
        (invoiced, "invoice"), *((day, "pay", *its) for day, *its in payments),
    ))  # fmt: skip


PAID = (
    _by_the_book("phone", "BOR", {"TOWEL-70": "60", "BEDSET-D": "8", "SOAP": "6.250", "DELIVERY": "1"}, "Mr Ivanov",
                 (41, 40, 40), (29, "OFFICE")),
    _by_the_book("email", "GROSS", {"PAN-24": "36", "PAN-28": "24", "KNIFE-SET": "12"}, "Frau Groß",
                 (39, 38, 37), (12, "OFFICE"), reference="Bestellung 2210"),
    _by_the_book("fax", "UYUT", {"PLATE-6": "20", "GLASS-6": "48", "RUG-160": "2"}, "г-жа Колева", (37, 36, 36),
                 (20, "OFFICE", "400.00"), (9, "OFFICE")),
    _by_the_book("phone", "ELIA", {"GLASS-6": "24", "PLATE-6": "12", "APRON": "6", "PALLET": "1"}, "κ. Νίκου",
                 (35, 34, 34), (21, "OFFICE"), reference="ΠΑΡ-118"),
    _by_the_book("phone", "COSY", {"CANDLE": "24", "APRON": "4", "GLASS-6": "12"}, "Ms Young", (31, 31, 31),
                 (31, "SHOP"), warehouse="SHOP"),
    _by_the_book("eshop", "MUELLER", {"POWDER": "75.500", "MOP-SET": "6", "BIN-30L": "4"}, "Web shop basket",
                 (28, 27, 27), (14, "OFFICE"), reference="W-10233"),
    _by_the_book("eshop", "NORTH", {"LAMP-T": "8", "LED-E27": "60", "CURTAIN-M": "42.50"}, "Web shop basket",
                 (26, 25, 25), (5, "OFFICE"), reference="W-10240"),
)  # fmt: skip
OWED = (
    # Overdue, in whole or in part.
    _by_the_book("phone", "KASHTA", {"POT-5L": "6", "KNIFE-SET": "4", "BOARD-OAK": "10", "PALLET": "1"}, "г-н Стоев",
                 (33, 32, 32)),
    _by_the_book("email", "MUELLER", {"PLATE-6": "18", "GLASS-6": "36"}, "Herr Müller", (30, 29, 28),
                 (10, "OFFICE", "250.00"), reference="MGS-77"),
    _by_the_book("phone", "SLANCHO", {"OILCLOTH": "18.40", "MOP-SET": "3", "SODA": "12.5"}, "г-жа Пеева", (24, 23, 23)),
    # Not due yet.
    _by_the_book("email", "UYUT", {"LED-E27": "240", "LAMP-F": "4", "LAMP-T": "10"}, "г-жа Колева", (19, 18, 18),
                 (4, "OFFICE", "300.00"), reference="ДУ-1042"),
    _by_the_book("phone", "ROZA", {"TOWEL-70": "40", "CANDLE": "36", "SOAP": "4.375"}, "Мария Георгиева", (17, 16, 16)),
    _by_the_book("fax", "GROSS", {"BOARD-OAK": "24", "COOKBOOK": "20", "APRON": "12"}, "Frau Groß", (13, 12, 11),
                 reference="Bestellung 2287"),
    _by_the_book("phone", "BOR", {"TOWEL-70": "24", "POWDER": "60", "DELIVERY": "1"}, "Mr Ivanov", (8, 7, 7)),
    _by_the_book("eshop", "NORTH", {"CURTAIN-M": "110", "RUG-160": "2", "ASSEMBLY": "1"}, "Web shop basket", (5, 4, 3),
                 reference="W-10291"),
)  # fmt: skip
COUNTER = (
    _over_the_counter(40, {"PAN-24": "1", "COOKBOOK": "1"}),
    _over_the_counter(38, {"CANDLE": "6", "SOAP": "0.420"}),
    _over_the_counter(34, {"TOWEL-70": "2", "BEDSET-D": "1"}, "DIMITROVA"),
    _over_the_counter(29, {"TOWEL-70": "4"}),
    _over_the_counter(25, {"LED-E27": "8", "LAMP-T": "1"}),
    _over_the_counter(20, {"CURTAIN-M": "7.25", "OILCLOTH": "1.80"}),
    _over_the_counter(16, {"KNIFE-SET": "1", "BOARD-OAK": "1"}),
    _over_the_counter(13, {"RUG-160": "1", "DELIVERY": "1"}, "DIMITROVA"),
    _over_the_counter(9, {"POWDER": "5.500", "SODA": "1.250"}),
    _over_the_counter(6, {"PLATE-6": "1", "GLASS-6": "2"}),
    _over_the_counter(2, {"COOKBOOK": "1", "APRON": "1"}),
    _over_the_counter(1, {"CANDLE": "3", "TOWEL-70": "1"}),
)
UNDER_WAY = (
    # Estimates: one still open, one whose prices ran out.
    Sale("email", "NORTH", "SHOP", {"LAMP-F": "2", "RUG-160": "1", "ASSEMBLY": "1"}, (
        (3, "estimate", -11, {"note": "They are furnishing the second floor"}),
    )),
    Sale("phone", "KASHTA", "CENTRAL", {"PAN-28": "12", "POT-5L": "8"}, ((30, "estimate", 16),)),
    Sale("phone", "ELIA", "CENTRAL", {"BOARD-OAK": "15", "KNIFE-SET": "6"}, ((1, "estimate", -13),)),
    # Waiting for a seller.
    Sale("eshop", "DIMITROVA", "SHOP", {"BEDSET-D": "2", "CANDLE": "8", "DELIVERY": "1"}, (
        (0, "ask", {"customer_reference": "W-10305"}),
    )),
    Sale("eshop", "COSY", "SHOP", {"GLASS-6": "6", "APRON": "2"}, ((1, "ask", {"customer_reference": "W-10302"}),)),
    Sale("eshop", "MUELLER", "CENTRAL", {"BIN-30L": "6", "POWDER": "40"}, (
        (1, "ask", {"customer_reference": "W-10303"}),
    )),
    Sale("phone", "BOR", "CENTRAL", {"BEDSET-D": "10", "SOAP": "5"}, ((2, "ask", {"note": "Calls back on Friday"}),)),
    Sale("fax", "ROZA", "CENTRAL", {"CANDLE": "48", "OILCLOTH": "30"}, ((1, "ask"),)),
    Sale("email", "GROSS", "CENTRAL", {"PAN-24": "48", "KNIFE-SET": "10"}, (
        (0, "ask", {"customer_reference": "Bestellung 2301"}),
    )),
    # Agreed, and waiting for the storekeeper.
    Sale("phone", "KASHTA", "CENTRAL", {"PLATE-6": "24", "GLASS-6": "30", "DELIVERY": "1"}, (
        (2, "order", {"requested_on": -2}), (1, "agree", "г-н Стоев", "phone"),
    )),
    Sale("email", "UYUT", "CENTRAL", {"LAMP-T": "12", "LED-E27": "120"}, (
        (1, "order", {"requested_on": -3, "customer_reference": "ДУ-1067"}), (0, "agree", "г-жа Колева", "email"),
    )),
    Sale("phone", "SLANCHO", "CENTRAL", {"SODA": "20", "MOP-SET": "4"}, (
        (0, "order"), (0, "agree", "г-жа Пеева", "phone"),
    )),
    # More rugs than there are: what is missing waits for the next delivery.
    Sale("email", "GROSS", "CENTRAL", {"RUG-160": "16", "CURTAIN-M": "60"}, (
        (5, "order", {"customer_reference": "Bestellung 2295"}),
        (4, "agree", "Frau Groß", "email", ("short_stock",)),
    )),
    # Shipped in part: the rest follows, or nobody wants it any more.
    Sale("phone", "UYUT", "CENTRAL", {"BEDSET-D": "20", "TOWEL-70": "80", "BIN-30L": "5"}, (
        (11, "order"), (11, "agree", "г-жа Колева", "phone"),
        (10, "ship", {"TOWEL-70": "48", "BEDSET-D": "20", "BIN-30L": "0"}), (9, "invoice"),
    )),
    Sale("fax", "ROZA", "CENTRAL", {"APRON": "20", "CANDLE": "60"}, (
        (15, "order"), (15, "agree", "Мария Георгиева", "fax"), (14, "ship", {"APRON": "12"}, "give_up"),
        (14, "invoice"),
    )),
    # Shipped and not invoiced, or on an invoice that is not issued yet.
    Sale("phone", "NORTH", "CENTRAL", {"LAMP-F": "3", "LED-E27": "30"}, (
        (4, "order"), (4, "agree", "Mr Grant", "phone"), (2, "ship"),
    )),
    Sale("counter", "COSY", "SHOP", {"PAN-24": "2", "PAN-28": "2"}, (
        (3, "order"), (3, "process", "Ms Young", "in person"), (2, "draft_invoice"),
    )),
    Sale("phone", "ELIA", "CENTRAL", {"PAN-24": "14", "POT-5L": "4"}, (
        (5, "order", {"customer_reference": "ΠΑΡ-131"}), (5, "agree", "κ. Νίκου", "phone"), (3, "ship"),
        (1, "draft_invoice"),
    )),
    # Things that went wrong and were taken back.
    Sale("phone", "KASHTA", "CENTRAL", {"BOARD-OAK": "12"}, (
        (10, "order"), (9, "agree", "г-н Стоев", "phone"), (8, "ship"),
        (7, "take_back", "The van broke down: the goods are back on the shelf"),
    )),
    Sale("email", "SLANCHO", "CENTRAL", {"RUG-160": "2"}, (
        (12, "order"), (12, "agree", "г-жа Пеева", "email"), (9, "call_off", "They found one at home"),
    )),
    Sale("phone", "NORTH", "SHOP", {"LAMP-T": "3"}, ((21, "ask"), (19, "call_off", "Ordered twice"))),
    Sale("counter", "COSY", "SHOP", {"MOP-SET": "2", "BIN-30L": "1"}, (
        (15, "order"), (15, "process", "Ms Young", "in person"), (15, "invoice"), (15, "pay", "SHOP"),
        (14, "pay_back", "Typed twice: the money never came"),
    )),
)  # fmt: skip
SALES = (*PAID, *OWED, *COUNTER, *UNDER_WAY)


class Money(NamedTuple):
    """Cash that a customer brings without naming a document; a draft is announced, but not counted yet."""

    day: int
    desk: str
    customer: str
    amount: str
    purpose: str
    draft: bool = False


MONEY = (
    Money(8, "OFFICE", "GROSS", "500.00", "On account, for the rugs"),
    Money(3, "OFFICE", "UYUT", "150.00", "On account"),
    Money(0, "SHOP", "COSY", "60.00", "Announced by phone", draft=True),
)
