"""Secrets that are kept encrypted: whoever has only the database cannot read them.

The keys come from SECRET_KEY, one for each purpose (HKDF, RFC 5869). What was sealed under OLD_SECRET_KEY, the one
before, can still be opened.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


def seal(purpose: str, secret: str) -> str:
    """The secret as it is kept."""
    return _box(purpose).encrypt(secret.encode()).decode()


def opened(purpose: str, sealed: str) -> str | None:
    """The secret again; None where SECRET_KEY is another one now."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(purpose: str) -> MultiFernet:
    keys = [current_app.config["SECRET_KEY"], current_app.config["OLD_SECRET_KEY"]]
    return MultiFernet([Fernet(_key(purpose, key)) for key in keys if key])


def _key(purpose: str, key: str) -> bytes:
    return base64.urlsafe_b64encode(HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(key.encode()))
