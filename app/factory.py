"""The web application, made from its parts. Starting asks the database nothing."""

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla.base import SQLA
from flask_wtf import CSRFProtect
from sqlalchemy import Engine, create_engine, event
from werkzeug.middleware.proxy_fix import ProxyFix

from app.domain import schema
from app.domain.kernel import unit
from app.web import cli, guards, icons, importing, menu
from app.web.api import resources
from app.web.entrance import session_left
from app.web.home import HomePage
from app.web.kit import look, wording
from app.web.kit.address import IdConverter, file, here
from app.web.kit.rights import mine
from app.web.live import Pulse, hears, takes
from app.web.security import Security

assert schema


def create_app(**settings: Any) -> Flask:
    """The application with the settings of `config`, some of which a caller may replace."""
    app = Flask("app.web")
    app.config.from_object("config")
    app.config.update(settings)
    app.url_map.converters["id"] = IdConverter
    if app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[app.config["PROXIES"]] * 3)  # type: ignore[method-assign]
    deeds = app.config["SQLALCHEMY_ENGINE_OPTIONS"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = only_reading(deeds)
    db = SQLA(app)
    with app.app_context():
        csrf = CSRFProtect(app)
        builder = AppBuilder(
            app, db.session, indexview=HomePage, security_manager_class=Security, update_perms=False,
            base_template=app.config["FAB_BASE_TEMPLATE"],
        )  # fmt: skip
        # Tokens are asked for with name and password in JSON, without a cookie: there is nothing to forge.
        csrf.exempt(app.blueprints["TokenApi"])
        menu.register(builder)
        resources.register(builder)
        _bind(app, db.engine, deeds)
    app.extensions["pulse"] = Pulse(app.config["SECRET_KEY"])
    guards.guard(app)
    wording.register(app)
    cli.register(app)
    app.jinja_env.globals.update(
        icon=icons.icon, look=look, mine=mine, here=here, file=file, drawn_menu=menu.drawn, importer=importing.importer,
        hears=hears, takes=takes, session_left=session_left,
    )  # fmt: skip
    return app


def only_reading(options: Mapping[str, Any]) -> dict[str, Any]:
    """How an engine is made for pages, from how it is made for deeds.

    Pages write nothing, whatever they are asked, and read what is committed, each statement for itself: they need no
    transaction, whose end would make psycopg forget the plans it keeps.
    """
    way = options["connect_args"]
    told = {**way, "options": f"{way['options']} -c default_transaction_read_only=on"}
    return {**options, "connect_args": told, "isolation_level": "AUTOCOMMIT"}


def _bind(app: Flask, pages: Engine, options: Mapping[str, Any]) -> None:
    """Deeds have connections of their own: with transactions, and others than pages for as long as they take.

    Each process has its own, also where a server loads the program before it forks.
    """
    deeds = create_engine(app.config["SQLALCHEMY_DATABASE_URI"], **options)
    unit.bind(deeds)
    event.listen(pages, "checkout", unit.renew_plans)
    app.extensions["deeds"] = deeds
    born = os.getpid()

    @app.before_request
    def after_fork() -> None:
        nonlocal born
        if os.getpid() != born:
            pages.dispose(close=False)
            deeds.dispose(close=False)
            born = os.getpid()
