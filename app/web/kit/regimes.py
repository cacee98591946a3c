"""The tax regime of what one writes down: the customer's, unless another is chosen."""

from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from app.domain.parties.models import TAX_REGIMES
from app.web.kit import look


def regime_field() -> SelectField:
    """A choice of the tax regimes; nothing is the customer's."""
    words = [SelectChoice(regime, look.WORDS[regime]) for regime in TAX_REGIMES]
    return SelectField(_("Tax regime"), default="", choices=[SelectChoice("", _("as the customer's")), *words])
