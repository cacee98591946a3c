"""A company with its books, as the ledger's own tests have it."""

from tests.domain.ledger.conftest import account, anna, documents

__all__ = ["account", "anna", "documents"]
