"""The second step of signing in: a code of the moment from an app on a telephone (TOTP, RFC 6238), or a recovery code.

The secret is kept sealed (`sealing`): whoever has only the database cannot make codes.
"""

import base64
import hmac
import secrets

import pyotp
import segno
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read, write
from app.web.audit import note
from app.web.people import Person, RecoveryCode, SecondStep, digest_of
from app.web.sealing import opened, seal

PURPOSE = "second step"
LENGTH = 32
HALF_MINUTE = 30
# Clocks differ: the code before and the code after are taken too.
STEPS = (-1, 0, 1)
RECOVERY_CODES = 10
RECOVERY_BYTES = 10

USE_STEP = """
UPDATE second_step SET last_step = %(step)s WHERE user_id = %(user)s AND last_step < %(step)s RETURNING user_id
"""
USE_RECOVERY = "DELETE FROM recovery_code WHERE user_id = %(user)s AND digest = %(digest)s RETURNING user_id"
FORGET = """
WITH codes AS (DELETE FROM recovery_code WHERE user_id = %(user)s)
DELETE FROM second_step WHERE user_id = %(user)s
"""


def new_secret() -> str:
    """A secret for an app, of 160 random bits."""
    return pyotp.random_base32(LENGTH)


def is_on(session: Session, user_id: int) -> bool:
    """Whether a user gives a code to sign in."""
    return session.get(SecondStep, user_id) is not None


def picture(secret: str, username: str) -> Markup:
    """What an app reads with the camera, as inline SVG; dark on light whatever the page's colours."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="Stockbook")
    drawn = segno.make(uri, error="m").svg_inline(scale=4, dark="#000", light="#fff", svgclass="sb-qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - segno draws squares, the text is only in their places


def turn_on(session: Session, user: Person, secret: str, code: str) -> list[str]:
    """From now on the user gives codes of this secret; the recovery codes, which are shown once.

    Raises Invalid where the code is none of the secret, or there is another secret already.
    """
    if is_on(session, user.id):
        raise Invalid("already_on", "It is on already. Turn it off first to begin with another telephone.")
    step = _step_of(secret, code) if len(secret) == LENGTH else None
    if step is None:
        raise Invalid("wrong_code", "This code does not fit. Type the one that the app shows now.")
    session.add(SecondStep(user_id=user.id, secret=seal(PURPOSE, secret), last_step=step))
    codes = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, digest=digest_of(code)) for code in codes)
    note(session, "code_on", user.username)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def turn_off(session: Session, user: Person) -> None:
    """From now on the password alone lets the user in."""
    write(session, FORGET, user=user.id)
    note(session, "code_off", user.username)


def accepts(session: Session, user_id: int, code: str) -> bool:
    """Whether the code, of the moment or for recovery, lets this user in; it never does again.

    Raises Invalid where the secret cannot be read, because SECRET_KEY is another one now.
    """
    plain = "".join(char for char in code if char.isascii() and char.isalnum()).upper()
    if read(session, USE_RECOVERY, user=user_id, digest=digest_of(plain)):
        return True
    held = session.get(SecondStep, user_id)
    step = _step_of(_opened(held.secret), plain) if held else None
    return step is not None and bool(read(session, USE_STEP, user=user_id, step=step))


def _step_of(secret: str, code: str) -> int | None:
    """The half minute around now whose code this is; None where it is none of them."""
    now, given = int(clock.now().timestamp()) // HALF_MINUTE, code.replace(" ", "")
    made = pyotp.TOTP(secret)
    steps = [now + step for step in STEPS]
    fits = [step for step in steps if hmac.compare_digest(made.at(step * HALF_MINUTE).encode(), given.encode())]
    return fits[-1] if fits else None


def _opened(sealed: str) -> str:
    secret = opened(PURPOSE, sealed)
    if secret is None:
        raise Invalid(
            "unreadable",
            "The code cannot be checked, because the program's SECRET_KEY was changed. Use a recovery code, or ask an "
            "administrator to turn the second step off.",
        )
    return secret
