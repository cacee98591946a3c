"""The base of every master data screen: list, card, add, edit, delete; each declares its columns and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from flask import flash, g, has_request_context, jsonify, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.views import ModelView
from flask_babel import gettext
from markupsafe import Markup, escape
from sqlalchemy import select
from werkzeug.exceptions import NotFound as Missing

from app.domain.kernel.errors import DomainError, KeyReused, Stale
from app.domain.kernel.orm import Exact, Money, Price
from app.web import roles
from app.web.kit import look
from app.web.kit.address import links, with_arguments
from app.web.kit.arguments import ListArguments, filter_arguments, list_arguments
from app.web.kit.cards import FieldErrors, add_card, change_card, delete_card
from app.web.kit.export import csv_of_cards, wants_csv
from app.web.kit.forms import FormMaker, filled, is_key, keeps_to_own, target_of
from app.web.kit.keyset import Page, counted, order_of, page
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, in_scope

DECLARED = (
    "resource", "title", "noun", "list_columns", "show_columns", "add_columns", "edit_columns", "search_columns",
    "order_columns", "base_order",
)  # fmt: skip


class MasterView(ModelView):
    """Master data of one table. A subclass that leaves a column list to chance is refused when it is defined."""

    resource: ClassVar[str]
    noun: Any
    datamodel: Any
    prices: ClassVar[frozenset[str]] = frozenset()
    costs: ClassVar[frozenset[str]] = frozenset()
    choices: ClassVar[dict[str, Sequence[str]]] = {}
    only: ClassVar[dict[str, tuple[str, str]]] = {}
    extra_fields: ClassVar[dict[str, Any]] = {}
    long_texts: ClassVar[frozenset[str]] = frozenset()
    details: ClassVar[Sequence[tuple[str, str]]] = ()
    empty: Any = ""
    can_add = True
    can_edit = True
    can_delete = True
    default_view = "list"
    method_permission_name = {
        "list": "view", "show": "view", "choices_of": "view", "add": "edit", "edit": "edit", "delete": "delete",
    }  # fmt: skip
    exclude_route_methods = {"download", "action", "action_post"}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        missing = [name for name in DECLARED if not getattr(cls, name, None)]
        if missing and (cls.can_add or (cls.can_edit and "edit_columns" in missing)):
            raise TypeError(f"{cls.__name__} does not say its {', '.join(missing)}")
        if not isinstance(cls.datamodel, ScopedInterface):
            raise TypeError(f"{cls.__name__} reads past the scope: its datamodel must be a ScopedInterface")
        cls.class_permission_name = cls.resource
        cls.base_permissions = [f"can_{right}" for right in roles.rights_of(cls.resource)]

    # What the person of this request gets to see

    def visible(self, columns: Iterable[str]) -> list[str]:
        """These columns without the ones whose prices or costs the person does not see."""
        rights = mine()
        hidden = set() if rights.sees("prices") else set(self.prices)
        hidden |= set() if rights.sees("costs") else set(self.costs)
        return [name for name in columns if name not in hidden]

    @property
    def _filters(self) -> Any:
        """The framework keeps a request's filters on the view, which threads share: here they live in the request."""
        if not has_request_context():
            return self._prototype
        kept, name = g.setdefault("list filters", {}), type(self).__name__
        if name not in kept:
            kept[name] = self.datamodel.get_filters(self.search_columns)
        return kept[name]

    @_filters.setter
    def _filters(self, value: Any) -> None:
        self._prototype = value

    def _init_forms(self) -> None:
        maker = FormMaker(self)
        self.search_form = maker.form(self.search_columns, search=True)
        self.add_form = maker.form(self.add_columns)
        self.edit_form = maker.form(self.edit_columns)

    def _init_titles(self) -> None:
        """The framework would call a list by its table; it is called as the view says."""

    def _form(self, kind: str, item: Any = None) -> Any:
        form = getattr(self, f"{kind}_form").refresh(obj=item)
        for name in set(self._columns(kind, everything=True)) - set(self._columns(kind)):
            del form[name]
        return form

    def _columns(self, kind: str, *, everything: bool = False) -> list[str]:
        columns = list(getattr(self, f"{kind}_columns"))
        return columns if everything else self.visible(columns)

    def update_redirect(self) -> None:
        """Pages link back by themselves; the session keeps no history of addresses."""

    def word(self, value: Any) -> str:
        return look.word(value)

    # Pages

    @expose("/")
    @has_access
    def list(self) -> Any:
        name = type(self).__name__
        searched = self.visible(self.search_columns)
        arguments = list_arguments(name, self.visible(self.order_columns), self.base_order)
        self._narrow(searched)
        if wants_csv():
            return self.csv(arguments)
        widget = self.list_page(arguments)
        form = self.search_form.refresh()
        return self.render_template(
            self.list_template,
            title=self.title, noun=self.noun, widgets={"list": widget}, view=self, q=arguments.q,
            searchable=hasattr(self.datamodel.obj, "search"), narrowed=self._narrowed(), modelview_name=name,
            fields=[form[column] for column in searched], flt=self._filters.get_search_filters(),
            can_add=self.can_add and self.may("edit"), head_buttons=self.head_buttons(),
        )  # fmt: skip

    def _narrow(self, searched: Sequence[str]) -> None:
        filters = self._filters
        known = {name: found for name, found in filters.get_search_filters().items() if name in searched}
        for narrowing, value, _ in filter_arguments(known, self.datamodel.obj.__table__.columns):
            filters._add_filter(narrowing, value)

    def _narrowed(self) -> list[dict[str, str]]:
        """The filters in force as sentences, each with the address of the list without it."""
        found = []
        for narrowing, value in self._filters.get_filters_values():
            column = self.datamodel.obj.__table__.columns[narrowing.column_name]
            text = dict(self._names(column, [value])).get(value) if is_key(column) else look.shown(value)
            arguments = {key: kept for key, kept in request.args.items() if not key.endswith("_" + column.name)}
            said = f"{self.label_columns[column.name]} {narrowing.name} {text or value}"
            found.append({"text": said, "without": with_arguments(request.path, arguments)})
        return found

    def csv(self, arguments: ListArguments | None = None) -> Any:
        """All rows as the list is narrowed and ordered, whichever page of it is shown; all there are, if unsaid."""
        q, *by = (arguments.q, *arguments[3:5]) if arguments else ("", *self.base_order)
        rows = self.datamodel.narrowed(self.datamodel.obj, self._all_filters(), q)
        return csv_of_cards(self, rows, order_of(self.datamodel.obj, *by))

    def _all_filters(self) -> Any:
        return self._filters.get_joined_filters(self._base_filters)

    def list_page(self, arguments: Any, without: str = "") -> Any:
        """The list widget of one page of rows, without a column that says the same everywhere."""
        columns = [name for name in self.visible(self.list_columns) if name != without]
        found, numeric, name = self._read(arguments), self.numeric(columns), type(self).__name__
        # Each is looked up and escaped once: small screens show it at every cell.
        labels = {column: escape(str(self.label_columns[column])) for column in columns}
        cells = [[*its.values()] for its in self.cells(found.rows, columns)]
        rows = list(zip((row.id for row in found.rows), cells, strict=True))
        drawn = look.leading(url_for(f"{name}.list"), labels, numeric, rows, self.datamodel.obj)
        return self.list_widget(
            label_columns=labels, include_columns=columns, value_columns=drawn,
            order_columns=self.visible(self.order_columns), order=arguments.order, direction=arguments.direction,
            formatters_columns={}, first=found.first, count=found.count, size=arguments.size,
            links=links(request.path, name, arguments, found.before, found.after),
            pks=[], actions={}, filters=self._filters, modelview_name=name,
            numeric=numeric, empty=self.empty, inside=bool(without),
        )  # fmt: skip

    def _read(self, arguments: Any) -> Page:
        """One page of the list as it is narrowed in this request."""
        its, model = self.datamodel, self.datamodel.obj
        order = order_of(model, arguments.order, arguments.direction)
        keys = its.narrowed(model.id, self._all_filters(), arguments.q).statement
        turned = {"after": arguments.after, "before": arguments.before}
        count = counted(its.session, keys, type(self).__name__)
        return page(its.session, keys, order, arguments.size, its.by_id, count, **turned)

    @expose("/<id:pk>")
    @has_access
    def show(self, pk: int) -> Any:
        item = self.found(pk)
        columns = self.visible(self.show_columns)
        cells = self.cells([item], columns)[0]
        if "active" in cells:
            cells["active"] = look.shown(item.active)
        widget = self.show_widget(
            pk=pk, label_columns=self.label_columns, include_columns=columns, formatters_columns={},
            value_columns=[cells[name] for name in columns], actions={},
            fieldsets=[], modelview_name=type(self).__name__, numeric=self.numeric(columns),
        )  # fmt: skip
        return self.render_template(
            self.show_template,
            title=look.called(self, item), noun=self.noun, widgets={"show": widget}, view=self, pk=pk, item=item,
            can_edit=self.may_edit(item), can_delete=self.may_delete(item),
            related=[related for related in self.related(item) if related], buttons=self.buttons(item),
        )  # fmt: skip

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        if not self.can_add:
            raise Missing()
        form = self._form("add")
        if request.method == "POST" and form.validate() and keeps_to_own(form, self.resource):
            values = filled(form, self._columns("add"), self.datamodel.obj)
            try:
                pk = add_card(self.datamodel.obj, values, form.key(), self.assign)
            except KeyReused:
                form.renew()
                form.form_errors.append(gettext("This form was saved before. Save again to make another one."))
            except (DomainError, FieldErrors) as refusal:
                self._tell(form, refusal)
            else:
                flash(gettext("Saved."), "success")
                return redirect(url_for(".show", pk=pk))
        elif request.method == "GET":
            self._prefill(form)
        return self._form_page("add", form, gettext("New %(noun)s", noun=self.noun), url_for(".list"))

    @expose("/<id:pk>/edit", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        item = self.found(pk)
        if not self.may_edit(item):
            raise Missing()
        form = self._form("edit", item)
        if request.method == "POST" and form.validate() and keeps_to_own(form, self.resource):
            values = filled(form, self._columns("edit"), self.datamodel.obj)
            try:
                change_card(self.datamodel.obj, pk, form.version.data or "", values, self.assign)
            except Stale as stale:
                form.version.data = form.version.raw_data = None
                form.version.process_data(stale.facts["version"])
                self._tell(form, stale)
            except (DomainError, FieldErrors) as refusal:
                self._tell(form, refusal)
            else:
                flash(gettext("Saved."), "success")
                return redirect(url_for(".show", pk=pk))
        return self._form_page("edit", form, look.called(self, item), url_for(".show", pk=pk))

    @expose("/<id:pk>/delete", methods=["POST"])
    @has_access
    def delete(self, pk: int) -> Any:
        item = self.found(pk)
        if not self.may_delete(item):
            raise Missing()
        name = look.called(self, item)
        try:
            delete_card(self.datamodel.obj, pk)
        except DomainError as refusal:
            flash(str(refusal), "danger")
            return redirect(url_for(".show", pk=pk))
        flash(gettext("%(name)s is deleted.", name=name), "success")
        return redirect(url_for(".list"))

    @expose("/choices/<column>")
    @has_access
    def choices_of(self, column: str) -> Any:
        """What may be chosen in a form's field that points to a long table, as JSON."""
        asked = set(self.visible(self.search_columns))
        if self.may("edit"):
            asked |= {*self._columns("add"), *self._columns("edit")}
        if column not in asked:
            raise Missing()
        keys = self.datamodel.obj.__table__.columns
        if column not in keys or not is_key(keys[column]):
            raise Missing()
        found = ScopedInterface(target_of(keys[column])).choices(request.args.get("q", "")[:100], limit=30)
        return jsonify([{"value": key, "text": label} for key, label in found])

    # What subclasses may say more

    def assign(self, session: Any, item: Any, values: Mapping[str, Any]) -> None:
        """Puts what was typed into the row, inside the deed; may refuse by DomainError."""
        for name, value in values.items():
            setattr(item, name, value)

    def may(self, right: str) -> bool:
        return mine().may(right, self.resource)

    def may_edit(self, item: Any) -> bool:
        return self.can_edit and self.may("edit") and self._reaches(item, "edit")

    def may_delete(self, item: Any) -> bool:
        return self.can_delete and self.may("delete") and self._reaches(item, "delete")

    def _reaches(self, item: Any, right: str) -> bool:
        """Whether a right that may be limited to one's own warehouses and desks reaches this row."""
        return bool(in_scope(self.datamodel.session, self.datamodel.obj, [item.id], right))

    def buttons(self, item: Any) -> list[dict[str, Any]]:
        """Further buttons of a card: text, address, icon."""
        return []

    def head_buttons(self) -> list[dict[str, Any]]:
        """Further buttons of the list, for all of it: text, address to post to, icon."""
        return []

    def related(self, item: Any) -> list[dict[str, Any]]:
        """Lists of rows that belong to this one, for those who may see them."""
        return [related for name, column in self.details if (related := self._related_list(name, column, item))]

    def found(self, pk: int) -> Any:
        """The row, in scope; 404 else."""
        item = self.datamodel.get(pk, self._base_filters)
        if item is None:
            raise Missing()
        return item

    # How it is shown

    def cells(self, rows: Sequence[Any], columns: Sequence[str]) -> list[dict[str, Any]]:
        """What stands in each cell; names behind keys come by one statement for each column."""
        table = self.datamodel.obj.__table__.columns
        names = {
            name: dict(self._names(table[name], [getattr(row, name) for row in rows]))
            for name in columns
            if name in table and is_key(table[name])
        }
        return [{name: self.cell(row, name, names.get(name)) for name in columns} for row in rows]

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        value = getattr(row, name)
        if names is not None:
            return names.get(value, "")
        if name == "state":
            return look.badge(value)
        if name == "active":
            return Markup("") if value else look.badge("archived")
        if name in self.choices:
            return look.word(value) if value else ""
        kind = self.datamodel.obj.__table__.columns.get(name)
        if kind is not None and isinstance(kind.type, Money):
            return look.money(value)
        if kind is not None and isinstance(kind.type, Price):
            return look.price(value)
        return look.shown(value)

    def numeric(self, columns: Iterable[str]) -> set[str]:
        table = self.datamodel.obj.__table__.columns
        return {name for name in columns if name in table and isinstance(table[name].type, Exact)}

    def _names(self, column: Any, keys: Sequence[Any]) -> list[tuple[Any, str]]:
        target: Any = target_of(column)
        wanted = {key for key in keys if key is not None}
        if not wanted:
            return []
        rows = self.datamodel.session.scalars(select(target).where(target.id.in_(wanted)))
        return [(row.id, str(row)) for row in rows]

    def _related_list(self, name: str, column: str, item: Any) -> dict[str, Any] | None:
        view: Any = next(view for view in self.appbuilder.baseviews if type(view).__name__ == name)
        if not view.may("view"):
            return None
        view._filters.clear_filters()
        view._filters.add_filter(column, view._filters.get_search_filters()[column][0].__class__, item.id)
        arguments = list_arguments(name, view.visible(view.order_columns), view.base_order)
        return {
            "title": view.title, "widget": view.list_page(arguments._replace(q=""), column),
            "add": url_for(f"{name}.add", **{column: item.id}) if view.may("edit") else "",
        }  # fmt: skip

    def _prefill(self, form: Any) -> None:
        """A link to a new row may bring keys with it: a price row its list."""
        for name in self._columns("add"):
            text = request.args.get(name, "")
            if text.isdecimal() and form[name].type == "RelationField" and form[name].data is None:
                form[name].process_formdata([text])

    def _tell(self, form: Any, refusal: DomainError | FieldErrors) -> None:
        errors = refusal.errors if isinstance(refusal, FieldErrors) else {"": str(refusal)}
        for name, sentence in errors.items():
            if name in form:
                form[name].errors = [*form[name].errors, sentence]
            else:
                form.form_errors.append(sentence)

    def _form_page(self, kind: str, form: Any, title: str, back: str) -> Any:
        widget = getattr(self, f"{kind}_widget")(
            form=form, include_cols=self._columns(kind), exclude_cols=[], fieldsets=[], back=back
        )
        page = self.render_template(
            getattr(self, f"{kind}_template"), title=title, noun=self.noun, widgets={kind: widget}, view=self, back=back
        )
        return page, 422 if request.method == "POST" else 200
