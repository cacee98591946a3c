"""The demo company as data: who works there, what it sells, to whom, and at which prices. All of it is invented."""

from decimal import Decimal
from typing import NamedTuple

NAME = "Bright Home Ltd."
TIME_ZONE = "Europe/Sofia"
DETAILS = {
    "vat_number": "BG999000111", "street": "14 Lavender St", "postcode": "1407", "city": "Sofia", "country": "BG",
    "email": "office@brighthome.example", "phone": "+359 2 555 01 00",
}  # fmt: skip
# One for everybody and quick to type, because it opens nothing but a database that the demo itself filled.
PASSWORD = "stockbook-demo"  # noqa: S105


class Worker(NamedTuple):
    """Somebody who signs in, with the warehouses and cash desks that are their own."""

    username: str
    name: str
    role: str
    warehouses: tuple[str, ...] = ()
    desks: tuple[str, ...] = ()


WORKERS = (
    Worker("admin", "Maria Stoyanova", "Administrator"),
    Worker("manager", "Viktor Hristov", "Sales manager"),
    Worker("seller", "Elena Marinova", "Seller", ("SHOP",)),
    Worker("storekeeper", "Georgi Kolev", "Storekeeper", ("CENTRAL",)),
    Worker("cashier", "Nadia Ilieva", "Cashier", (), ("SHOP",)),
    Worker("accountant", "Peter Todorov", "Accountant"),
    Worker("auditor", "Anna Schmidt", "Auditor"),
)
# code, name, way of working
WAREHOUSES = (
    ("SHOP", "City shop", "manager_seller"),
    ("CENTRAL", "Central warehouse", "manager_storekeeper"),
)
# Below how many of a product a warehouse orders it again, up to how many, and from where; None: from outside.
REORDER_POINTS = (
    ("SHOP", "APRON", "6", "12", "CENTRAL"),
    ("SHOP", "BIN-30L", "6", "12", "CENTRAL"),
    ("SHOP", "CANDLE", "36", "72", "CENTRAL"),
    ("SHOP", "LAMP-F", "6", "10", "CENTRAL"),
    ("SHOP", "LED-E27", "120", "240", "CENTRAL"),
    ("SHOP", "PLATE-6", "12", "30", "CENTRAL"),
    ("SHOP", "SOAP", "12.5", "20", "CENTRAL"),
    ("SHOP", "TOWEL-70", "30", "60", "CENTRAL"),
    ("CENTRAL", "LAMP-F", "20", "60", None),
    ("CENTRAL", "LAMP-T", "30", "80", None),
    ("CENTRAL", "LED-E27", "600", "2000", None),
    ("CENTRAL", "PAN-24", "100", "250", None),
    ("CENTRAL", "RUG-160", "8", "30", None),
)
DESKS = (("SHOP", "City shop till", "S-"), ("OFFICE", "Office cash desk", "O-"))
# code, name, decimals of a quantity
UNITS = (("PCS", "piece", 0), ("KG", "kilogram", 3), ("M", "metre", 2))
# code, name, per cent
TAX_RATES = (
    ("STD", "Standard 20 %", Decimal(20)), ("RED", "Reduced 9 %", Decimal(9)), ("ZERO", "Zero 0 %", Decimal(0)),
)  # fmt: skip
# code, name, rule, days
TERMS = (("NOW", "At once", "immediate", 0), ("D14", "14 days", "days", 14), ("D30", "30 days", "days", 30))
# code, name, the group above, the kind whose accounts it takes (none: those of the group above)
GROUPS = (
    ("GOODS", "Household goods", None, "goods"),
    ("KITCHEN", "Kitchen and table", "GOODS", None),
    ("TEXTILE", "Textiles", "GOODS", None),
    ("LIGHT", "Lighting", "GOODS", None),
    ("CLEAN", "Cleaning and laundry", "GOODS", None),
    ("OWN", "Made by us", None, "production"),
    ("SERVICE", "Services", None, "service"),
)


class Item(NamedTuple):
    """A product: its cost, its price without VAT to wholesalers and with VAT in the shop, and what there was at first.

    `central` and `shop` are the quantities that the first deliveries brought.
    """

    sku: str
    name: str
    bulgarian: str
    group: str
    cost: str
    wholesale: str
    retail: str
    central: str = "0"
    shop: str = "0"
    unit: str = "PCS"
    tax: str = "STD"


ITEMS = (
    Item("PAN-24", "Frying pan 24 cm", "Тиган 24 см", "KITCHEN", "9.40", "15.80", "24.90", "160", "24"),
    Item("PAN-28", "Frying pan 28 cm", "Тиган 28 см", "KITCHEN", "11.20", "18.60", "29.90", "120", "20"),
    Item("POT-5L", "Stock pot 5 l", "Тенджера 5 л", "KITCHEN", "14.50", "24.00", "38.90", "60", "10"),
    Item("KNIFE-SET", "Knife set, 5 pieces", "Комплект ножове, 5 части", "KITCHEN", "16.00", "27.50", "44.90", "80",
         "12"),
    Item("GLASS-6", "Water glasses, set of 6", "Чаши за вода, 6 броя", "KITCHEN", "5.10", "8.40", "13.90", "240", "36"),
    Item("PLATE-6", "Dinner plates, set of 6", "Чинии, 6 броя", "KITCHEN", "12.80", "21.00", "33.90", "150", "18"),
    Item("COOKBOOK", "Cookbook: Balkan kitchen", "Книга: Балканска кухня", "KITCHEN", "6.50", "9.90", "14.90", "90",
         "20", tax="RED"),
    Item("TOWEL-70", "Bath towel 70 × 140", "Хавлия 70 × 140", "TEXTILE", "4.60", "7.90", "12.90", "300", "40"),
    Item("BEDSET-D", "Bed linen set, double", "Спално бельо, двойно", "TEXTILE", "17.50", "29.00", "46.90", "70", "12"),
    Item("CURTAIN-M", "Curtain fabric, white", "Плат за пердета, бял", "TEXTILE", "3.20", "5.60", "9.20", "400", "60",
         unit="M"),
    Item("OILCLOTH", "Oilcloth, lemon pattern", "Мушама, лимони", "TEXTILE", "2.10", "3.80", "6.30", "220", "45",
         unit="M"),
    Item("RUG-160", "Rug 160 × 230", "Килим 160 × 230", "TEXTILE", "31.00", "52.00", "84.90", "14", "3"),
    Item("LAMP-T", "Table lamp", "Настолна лампа", "LIGHT", "13.00", "22.50", "36.90", "55", "10"),
    Item("LAMP-F", "Floor lamp", "Лампион", "LIGHT", "27.00", "45.00", "72.90", "24", "4"),
    Item("LED-E27", "LED bulb E27, 9 W", "LED крушка E27, 9 W", "LIGHT", "1.15", "2.10", "3.60", "900", "120"),
    Item("POWDER", "Washing powder, loose", "Прах за пране, насипен", "CLEAN", "1.35", "2.20", "3.70", "500", "80",
         unit="KG"),
    Item("SODA", "Baking soda, loose", "Сода бикарбонат, насипна", "CLEAN", "0.80", "1.40", "2.40", "150", "30",
         unit="KG"),
    Item("MOP-SET", "Mop and bucket", "Моп с кофа", "CLEAN", "7.20", "12.00", "19.90", "65", "12"),
    Item("BIN-30L", "Pedal bin 30 l", "Кош с педал 30 л", "CLEAN", "15.40", "25.80", "41.90", "40", "6"),
    Item("BOARD-OAK", "Oak cutting board", "Дъбова дъска за рязане", "OWN", "6.80", "14.00", "22.90", "90", "15"),
    Item("CANDLE", "Soy candle", "Соева свещ", "OWN", "2.10", "5.20", "8.90", "260", "48"),
    Item("SOAP", "Olive soap, by weight", "Маслинов сапун, на тегло", "OWN", "3.90", "8.00", "13.50", "60", "12.5",
         unit="KG"),
    Item("APRON", "Linen apron", "Ленена престилка", "OWN", "5.60", "12.50", "19.90", "75", "10"),
    Item("DELIVERY", "Delivery in Sofia", "Доставка в София", "SERVICE", "0", "15.00", "18.00"),
    Item("ASSEMBLY", "Assembly, per visit", "Монтаж, на посещение", "SERVICE", "0", "25.00", "30.00"),
    Item("PALLET", "Pallet deposit", "Депозит за палет", "SERVICE", "0", "12.00", "12.00", tax="ZERO"),
)  # fmt: skip


class Price(NamedTuple):
    """A row of a price list beside the plain one: from a quantity on, or between two days (so many days ago)."""

    price_list: str
    sku: str
    price: str
    quantity: str = "0"
    since: int | None = None
    until: int | None = None


# code, name, with VAT, the default
PRICE_LISTS = (("WHOLESALE", "Wholesale, without VAT", False, True), ("RETAIL", "Shop prices, with VAT", True, False))
# The plain row of these is replaced by rows that follow each other.
DATED = (
    Price("WHOLESALE", "RUG-160", "49.00", until=15),
    Price("WHOLESALE", "RUG-160", "52.00", since=14),
    Price("RETAIL", "TOWEL-70", "12.90", until=31),
    Price("RETAIL", "TOWEL-70", "9.90", since=30, until=10),
    Price("RETAIL", "TOWEL-70", "12.90", since=9),
)
BREAKS = (
    Price("WHOLESALE", "LED-E27", "1.85", "50"),
    Price("WHOLESALE", "LED-E27", "1.69", "200"),
    Price("WHOLESALE", "PAN-24", "14.90", "12"),
    Price("WHOLESALE", "TOWEL-70", "7.20", "50"),
    Price("WHOLESALE", "CURTAIN-M", "5.10", "100"),
    Price("RETAIL", "CANDLE", "7.90", "6"),
)


class Buyer(NamedTuple):
    """A customer with a billing address, and a delivery address where goods go elsewhere."""

    code: str
    name: str
    term: str
    address: tuple[str, str, str, str] | None = None
    delivery: tuple[str, str, str, str] | None = None
    vat_number: str | None = None
    discount: str | None = None
    price_list: str | None = None
    language: str = "en"
    phone: str | None = None
    credit_limit: str | None = None
    active: bool = True


BANKS = (("BANK", "Current account", "BG80 BNBG 9661 1020 3456 78"),)
# A list that follows the wholesale list: code, name, per cent, and what prices are rounded to, less a cent.
FOLLOWING_LISTS = (("FAIR", "Trade fair", "-12", "0.10"),)
# Code, name, general discount, and who is in it.
CUSTOMER_GROUPS = (("HOTELS", "Hotels and guest houses", "4", ("ROZA",)), ("SHOPS", "Household shops", None, ("COSY",)))
# A customer's discount in per cent on a product, or a special price for it.
DISCOUNTS = (("GROSS", "KNIFE-SET", "10", None), ("ELIA", "POT-5L", None, "23.50"))
BUYERS = (
    Buyer("WALKIN", "Walk-in customer", "NOW", price_list="RETAIL"),
    Buyer("BOR", "Хотел „Бор“ ООД", "D14", ("ул. Пирин 22", "2770", "Банско", "BG"), vat_number="BG999100215",
          discount="5", language="bg", phone="+359 749 555 22", credit_limit="5000"),
    Buyer("KASHTA", "Ресторант „Старата къща“ ЕООД", "D14", ("ул. Лозарска 3", "4000", "Пловдив", "BG"),
          vat_number="BG999100322", language="bg", phone="+359 32 555 118"),
    Buyer("UYUT", "„Домашен уют“ ООД", "D30", ("бул. Приморски 87", "9000", "Варна", "BG"),
          vat_number="BG999100439", discount="8", language="bg", phone="+359 52 555 740", credit_limit="12000"),
    Buyer("ROZA", "ЕТ „Роза – Мария Георгиева“", "D30", ("ул. Розова долина 9", "6100", "Казанлък", "BG"),
          vat_number="BG999100546", discount="3", language="bg"),
    Buyer("SLANCHO", "Детска градина „Слънчо“", "D14", ("ж.к. Изгрев, ул. Детелина 5", "1113", "София", "BG"),
          language="bg", phone="+359 2 555 07 31"),
    Buyer("ELIA", "Ταβέρνα «Η Ελιά» Ε.Ε.", "D14", ("Οδός Ελαιώνων 12", "546 24", "Θεσσαλονίκη", "GR"),
          ("8 Vitosha View", "1463", "Sofia", "BG"), "BG999200108", phone="+30 2310 555 901"),
    Buyer("GROSS", "Küchenhaus Groß & Söhne GmbH", "D30", ("Färberstraße 41", "90402", "Nürnberg", "DE"),
          ("3 Warehouse Road, gate 6", "1528", "Sofia", "BG"), "BG999200215", "10", language="de",
          phone="+49 911 555 6070", credit_limit="20000"),
    Buyer("MUELLER", "Müller Gastro-Service KG", "D14", ("Schloßgasse 7", "80331", "München", "DE"),
          ("19 Orchard St", "1700", "Sofia", "BG"), "BG999200322", "5", language="de"),
    Buyer("NORTH", "Northgate Interiors Ltd.", "D30", ("5 Cherry Blvd, floor 2", "1124", "Sofia", "BG"),
          vat_number="BG999300101", discount="5", phone="+359 2 555 44 10"),
    Buyer("COSY", "Cosy Corner Café", "NOW", ("27 Linden St", "1000", "Sofia", "BG"), vat_number="BG999300218"),
    Buyer("DIMITROVA", "Елена Димитрова", "NOW", ("ул. Явор 16, ап. 4", "1111", "София", "BG"),
          price_list="RETAIL", language="bg", phone="+359 88 555 0193"),
    Buyer("BAZAAR", "Balkan Bazaar Ltd. (closed)", "D30", ("2 Old Market", "5000", "Veliko Tarnovo", "BG"),
          vat_number="BG999300325", active=False),
)  # fmt: skip
