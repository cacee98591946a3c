"""Every table of the domain: importing this module makes `metadata` whole."""

from app.domain.billing import models as billing
from app.domain.catalog import models as catalog
from app.domain.fulfilment import models as fulfilment
from app.domain.kernel import company, document, numbering, unit
from app.domain.kernel.orm import check_exact_columns, metadata
from app.domain.ledger import models as ledger
from app.domain.parties import models as parties
from app.domain.pricing import models as pricing
from app.domain.sales import models as sales
from app.domain.settlement import models as settlement
from app.domain.stock import models as stock
from app.domain.treasury import models as treasury
from app.domain.warehousing import models as warehousing

__all__ = [
    "billing", "catalog", "company", "document", "fulfilment", "ledger", "metadata", "numbering", "parties", "pricing",
    "sales", "settlement", "stock", "treasury", "unit", "warehousing",
]  # fmt: skip

check_exact_columns()
