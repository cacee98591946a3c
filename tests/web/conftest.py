"""What tests of pages take from the companies of this run."""

from tests.web.companies import Shop, opened, pointed

__all__ = ["Shop", "opened", "pointed"]
