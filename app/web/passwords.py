"""Passwords: which are taken, and how they are kept.

At least ten characters, nobody's own name or e-mail, and nothing that programs which guess try first (NIST SP 800-63B,
3.1.1.2: a length and a list of common ones, no rules about kinds of characters).
"""

import re
from collections.abc import Iterable

from flask import current_app
from werkzeug.security import generate_password_hash

from app.domain.kernel.errors import Invalid
from app.web.people import Person

SHORTEST, LONGEST = 10, 200
# What is guessed within some ten thousand tries; its begin is enough, and judging more of it takes seconds.
JUDGED = 20
GUESSED_SOON = 2


def set_password(user: Person, password: str) -> None:
    """Gives a loaded user another password and ends the sessions of before; raises Invalid for a weak one."""
    check_password(password, (user.username, user.email, user.first_name, user.last_name))
    user.password = generate_password_hash(password, method=current_app.config["FAB_PASSWORD_HASH_METHOD"])
    user.epoch = (user.epoch or 0) + 1


def check_password(password: str, names: Iterable[str | None]) -> None:
    """Raises Invalid, with a sentence, for a password that is not taken of somebody with these names."""
    if not storable(password):
        raise Invalid("password", "The password has a character that no keyboard can type.")
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            "password", "A password has {shortest} to {longest} characters.", shortest=SHORTEST, longest=LONGEST
        )
    own = [name.strip().lower() for name in names if name]
    if password.strip().lower() in {part for name in own for part in (name, name.partition("@")[0])}:
        raise Invalid("password", "Your own name or e-mail is what is tried first: choose another password.")
    if _guessed_soon(password, own):
        raise Invalid("password", "Many people have a password like this: take a few words that belong to nobody.")


def storable(text: str) -> bool:
    """Whether a text can be sent and kept: without NUL and without halves of characters."""
    return not re.search("[\x00\ud800-\udfff]", text)


def _guessed_soon(password: str, own: list[str]) -> bool:
    # Its lists of words take 10 MB, and only who sets a password needs them.
    from zxcvbn import zxcvbn

    return int(zxcvbn(password[:JUDGED], user_inputs=own)["score"]) < GUESSED_SOON
