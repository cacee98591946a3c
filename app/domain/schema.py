"""Every table of the domain: importing this module makes `metadata` whole."""

from app.domain.billing import models as billing
from app.domain.catalog import models as catalog
from app.domain.fulfilment import models as fulfilment
from app.domain.intake import models as intake
from app.domain.kernel import attempts, company, document, jobs, numbering, unit
from app.domain.kernel.orm import check_exact_columns, metadata
from app.domain.ledger import models as ledger
from app.domain.parties import models as parties
from app.domain.pricing import models as pricing
from app.domain.proof import models as proof
from app.domain.sales import models as sales
from app.domain.settlement import models as settlement
from app.domain.stock import models as stock
from app.domain.treasury import models as treasury
from app.domain.warehousing import models as warehousing

__all__ = [
    "attempts", "billing", "catalog", "company", "document", "fulfilment", "intake", "jobs", "ledger", "metadata",
    "numbering", "parties", "pricing", "proof", "sales", "settlement", "stock", "treasury", "unit", "warehousing",
]  # fmt: skip

# The queue's tables are its library's own, as it ships them: Alembic is to leave them alone.
QUEUE = "procrastinate_"

check_exact_columns()
