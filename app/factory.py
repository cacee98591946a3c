"""The web application, made from its parts. Starting asks the database nothing."""

import os
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla.base import SQLA
from flask_wtf import CSRFProtect
from sqlalchemy import Engine, create_engine
from werkzeug.middleware.proxy_fix import ProxyFix

from app.domain import schema
from app.domain.kernel import unit
from app.web import cli, guards, icons, importing, menu
from app.web.api import resources
from app.web.home import HomePage
from app.web.kit import look
from app.web.kit.address import IdConverter, here
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
        _bind(app, db.engine)
    app.extensions["pulse"] = Pulse(app.config["SECRET_KEY"])
    guards.guard(app)
    cli.register(app)
    app.jinja_env.globals.update(
        icon=icons.icon, look=look, mine=mine, here=here, drawn_menu=menu.drawn, importer=importing.importer,
        hears=hears, takes=takes,
    )  # fmt: skip
    return app


def _bind(app: Flask, pages: Engine) -> None:
    """Deeds have connections of their own: a page ends in a rollback, at which psycopg forgets the plans it keeps.

    Each process has its own, also where a server loads the program before it forks.
    """
    deeds = create_engine(app.config["SQLALCHEMY_DATABASE_URI"], **app.config["SQLALCHEMY_ENGINE_OPTIONS"])
    unit.bind(deeds)
    app.extensions["deeds"] = deeds
    born = os.getpid()

    @app.before_request
    def after_fork() -> None:
        nonlocal born
        if os.getpid() != born:
            pages.dispose(close=False)
            deeds.dispose(close=False)
            born = os.getpid()
