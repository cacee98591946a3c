"""The books: their accounts."""

from flask_babel import lazy_gettext as _

from app.domain.ledger.models import ROLES, Account
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView


class AccountView(MasterView):
    datamodel = ScopedInterface(Account)
    resource = "Ledger"
    route_base = "/accounts"
    title = _("Accounts")
    noun = _("account")
    list_columns = ["code", "name", "role", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "role"]
    edit_columns = ["code", "name", "active"]
    search_columns = ["code", "name", "role", "active"]
    order_columns = ["code", "name", "role"]
    base_order = ("code", "asc")
    choices = {"role": ROLES}
    label_columns = {"code": _("Code"), "name": _("Name"), "role": _("Role"), "active": _("Active")}
    description_columns = {"role": _("Which events may post to it. It cannot change later.")}
