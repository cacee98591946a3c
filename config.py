"""The settings of the web application and of every command, from the environment.

DATABASE_URL        the application's database; without it, the embedded server of `make run`
DATABASE_OWNER_URL  the same database for migrations; without it, DATABASE_URL serves both
STOCKBOOK_ENV       `production` demands a SECRET_KEY and sends cookies over https only
SECRET_KEY          signs sessions; outside production one is made and kept
OLD_SECRET_KEY      the one before: what is kept encrypted under it can still be read
STOCKBOOK_DATA      where `flask trade` looks for example files
STOCKBOOK_PROXIES   how many reverse proxies stand before the server (their X-Forwarded-* headers are then believed)
STOCKBOOK_SHOP_HOSTS  hosts of e-shops, with commas between, that are called in one's own network and without TLS
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from app import database, embedded
from app.place import CHECKOUT, Unfit, home, kept

SHORTEST_SECRET = 32


def application_url() -> str:
    """Where the web, jobs and commands connect; raises Unfit where there is no database."""
    if url := os.environ.get("DATABASE_URL"):
        return _standard(url)
    if server := embedded.running():
        return server.url(database.APP)
    raise Unfit(
        "No database. `make run` starts the embedded one, `.venv/bin/python -m app.embedded COMMAND` starts it for one "
        "command, and DATABASE_URL names a server of yours."
    )


def owner_url() -> str:
    """Where migrations connect; raises Unfit where there is no database."""
    if url := os.environ.get("DATABASE_OWNER_URL"):
        return _standard(url)
    if "DATABASE_URL" not in os.environ and (server := embedded.running()):
        return server.url(database.OWNER)
    return application_url()


def secret_key() -> str:
    """What signs sessions; raises Unfit in production where it is missing or too short to be one."""
    key = os.environ.get("SECRET_KEY", "")
    if len(key) >= SHORTEST_SECRET:
        return key
    if key or PRODUCTION:
        raise Unfit(
            f"SECRET_KEY must have at least {SHORTEST_SECRET} characters: take what "
            "`python -c 'import secrets; print(secrets.token_urlsafe(48))'` prints, and keep it out of the repository."
        )
    return kept(home() / "secret_key", lambda: secrets.token_urlsafe(48))


def _standard(url: str) -> str:
    """Some hosts write postgres:// where SQLAlchemy reads only postgresql://."""
    return url.replace("postgres://", "postgresql://", 1)


PRODUCTION = os.environ.get("STOCKBOOK_ENV") == "production"
OLD_SECRET_KEY = os.environ.get("OLD_SECRET_KEY", "")
STOCKBOOK_DATA = Path(os.environ.get("STOCKBOOK_DATA") or CHECKOUT.parent / "shared/data")

try:
    SQLALCHEMY_DATABASE_URI = application_url()
    DATABASE_OWNER_URL = owner_url()
    SECRET_KEY = secret_key()
except Unfit as unfit:
    raise SystemExit(str(unfit)) from None

# Compiling a query pays for reports of minutes; a page of a long list took 0.5 s longer with it.
_CONNECT = database.connect_args(database.APP)
SQLALCHEMY_ENGINE_OPTIONS = {
    "connect_args": {**_CONNECT, "options": f"{_CONNECT['options']} -c jit=off"},
    "pool_pre_ping": True,
    "pool_size": 10,
    "max_overflow": 10,
}

# The schema is Alembic's, roles and permissions are `flask setup`'s: a process that starts asks the database nothing.
FAB_CREATE_DB = False
FAB_UPDATE_PERMS = False
# What the framework would open unasked: its menu and schema over REST. app/web/security.py replaces its user pages.
FAB_ADD_MENU_API = False
FAB_ADD_OPENAPI_VIEWS = False
FAB_ADD_SECURITY_API = False
# Its own jQuery, Bootstrap and fonts are neither used nor served.
FAB_STATIC_FOLDER = str(CHECKOUT / "app/web/static")
AUTH_TYPE = 1
AUTH_ROLE_ADMIN = "Administrator"
AUTH_USER_REGISTRATION = False
FAB_PASSWORD_HASH_METHOD = "scrypt"  # noqa: S105
# Its own limit counts per process and forgets the REST sign-in: app/web/security.py counts both, in the database.
AUTH_RATE_LIMITED = False
RATELIMIT_ENABLED = False

APP_NAME = "Stockbook"
FAB_BASE_TEMPLATE = "stockbook/base.html"
BABEL_DEFAULT_LOCALE = "en"
LANGUAGES = {"en": {"flag": "gb", "name": "English"}}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
REMEMBER_COOKIE_HTTPONLY = True
REMEMBER_COOKIE_SAMESITE = "Lax"
REMEMBER_COOKIE_SECURE = PRODUCTION
WORKING_DAY = timedelta(hours=8)
PERMANENT_SESSION_LIFETIME = WORKING_DAY
# It ends a working day after it began, so that nothing is gained by signing its cookie anew at each page.
SESSION_REFRESH_EACH_REQUEST = False
JWT_ACCESS_TOKEN_EXPIRES = WORKING_DAY
JWT_TOKEN_LOCATION = ["headers"]
WTF_CSRF_ENABLED = True
WTF_CSRF_TIME_LIMIT = int(WORKING_DAY.total_seconds())
MAX_CONTENT_LENGTH = 16 * 1024 * 1024
MAX_FORM_PARTS = 20_000
MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024
SEND_FILE_MAX_AGE_DEFAULT = timedelta(days=30)
SHOP_HOSTS = frozenset(its.strip().lower() for its in os.environ.get("STOCKBOOK_SHOP_HOSTS", "").split(",")) - {""}
PROXIES = int(os.environ.get("STOCKBOOK_PROXIES", "0"))
