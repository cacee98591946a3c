"""Files of banks: CSV as people download it, read into lines with a proposal of whose each is and what it pays."""

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact

# What columns are called, in small letters, in files in English and in Bulgarian.
NAMES = {
    "on": ("date", "booking date", "value date", "дата", "вальор"),
    "amount": ("amount", "сума"),
    "came": ("credit", "in", "кредит", "постъпление"),
    "went": ("debit", "out", "дебит", "плащане"),
    "who": ("name", "counterparty", "payer", "beneficiary", "контрагент", "наредител/получател"),
    "purpose": ("purpose", "description", "details", "reason", "основание", "описание"),
}
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y")
LONGEST = 200


@dataclass
class FileLine:
    """A line of a file: `amount` is above 0 for money in, below 0 for money out, None where it cannot be read.

    `customer_id` and `pays`, the number of a document, are proposals; `problem` says what somebody has to see to.
    """

    purpose: str
    on: date | None = None
    amount: Decimal | None = None
    customer_id: int | None = None
    customer: str = ""
    pays: str = ""
    problem: str = ""
    text: str = field(default="", repr=False)


# By VAT number before name, by the longest name; one of three letters stands in too many texts. Only customers whose
# VAT number or first word stands in some text are looked for in each.
CUSTOMERS = """
WITH known AS MATERIALIZED (
    SELECT id, code, name, lower(name) AS low, lower(vat_number) AS vat FROM customer
    WHERE active AND (
        (length(vat_number) > 5 AND lower(vat_number) = ANY(%(words)s::text[]))
        OR (length(name) > 3 AND substring(lower(name) FROM '[[:alnum:]]+') = ANY(%(words)s::text[]))
    )
)
SELECT DISTINCT ON (line.place) line.place - 1 AS place, found.id, found.code || ' ' || found.name AS label
FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS line (text, place) CROSS JOIN LATERAL (
    SELECT id, code, name, 1 AS place FROM known WHERE length(vat) > 5 AND strpos(line.text, vat) > 0
    UNION ALL
    SELECT id, code, name, 2 FROM known WHERE strpos(line.text, low) > 0
) found
ORDER BY line.place, found.place, length(found.name) DESC, found.id
"""
OPEN = """
SELECT document.number, document.customer_id, customer.code || ' ' || customer.name AS label
FROM document JOIN customer ON customer.id = document.customer_id
WHERE document.number = ANY(%(numbers)s::text[]) AND document.kind IN ('invoice', 'sales_order')
      AND EXISTS (SELECT FROM open_item WHERE document_id = document.id AND amount > allocated)
ORDER BY document.kind, document.id
"""


def digest_of(content: bytes) -> str:
    """By which a file is known again."""
    return hashlib.sha256(content).hexdigest()


def read_file(session: Session, content: bytes, *, most: int) -> list[FileLine]:
    """The lines of a file with their proposals, in its order; nothing is written.

    Invalid for what is no such file, and for one of more lines than `most`.
    """
    rows = [row for row in _rows(content) if any(cell.strip() for cell in row)]
    places = _columns(rows[0]) if rows else {}
    if "on" not in places or not places.keys() & {"amount", "came", "went"}:
        raise Invalid("no_bank_file", "The first line of the file has to name its columns: a date, and an amount or "
                      "debit and credit.")  # fmt: skip
    if len(rows) - 1 > most:
        raise Invalid("too_long", "The file has {number} lines, a statement at most {most}.", number=len(rows) - 1,
                      most=most)  # fmt: skip
    decimals = company(session).decimals
    lines = [_line({name: row[i].strip() for name, i in places.items() if i < len(row)}, decimals) for row in rows[1:]]
    _propose(session, lines)
    return lines


def _rows(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    head = text.partition("\n")[0]
    delimiter = max(";\t,", key=head.count)
    try:
        if "\0" in text:
            raise csv.Error("line contains NUL")
        return list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid("no_bank_file", "This is no CSV file: {error}.", error=str(error)) from None


def _columns(head: Sequence[str]) -> dict[str, int]:
    """Where each column is, the first of its name."""
    names = [cell.strip().lower() for cell in head]
    found = {what: [i for i, name in enumerate(names) if name in known] for what, known in NAMES.items()}
    return {what: at[0] for what, at in found.items() if at}


def _line(cells: Mapping[str, str], decimals: int) -> FileLine:
    text = " ".join(part for part in (cells.get("who"), cells.get("purpose")) if part)
    line = FileLine(text[:LONGEST], text=text)
    try:
        line.on = _date(cells.get("on", ""))
        line.amount = _amount(cells, decimals)
    except Invalid as refusal:
        line.problem = str(refusal)
    return line


def _date(text: str) -> date:
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise Invalid("not_a_date", "{text!r} is not a date.", text=text[:40])


def _amount(cells: Mapping[str, str], decimals: int) -> Decimal:
    came, went = _number(cells.get("came", ""), decimals), _number(cells.get("went", ""), decimals)
    amount = _number(cells.get("amount", ""), decimals) + came - abs(went)
    if amount == 0:
        raise Invalid("no_amount", "There is no amount that came in or went out.")
    return amount


def _number(text: str, decimals: int) -> Decimal:
    """1,234.56 and 1 234,56 alike: what comes last, of point and comma, parts the decimals."""
    plain = re.sub(r"[\s' ]", "", text).removeprefix("+")
    last = max(plain.rfind(","), plain.rfind("."))
    if last >= 0:
        plain = re.sub("[.,]", "", plain[:last]) + "." + plain[last + 1 :]
    return exact(plain, decimals, "Amount") if plain else ZERO


def _propose(session: Session, lines: Sequence[FileLine]) -> None:
    """Whose each line is, by what stands in it: an open document's number, a VAT number, a name."""
    words = [set(re.findall(r"[\w/-]+", line.text)) for line in lines]
    documents: dict[str, Any] = {}
    for row in read(session, OPEN, numbers=sorted(set().union(*words))):
        documents.setdefault(row.number, row)
    texts = [line.text.lower() for line in lines]
    single = sorted(set().union(*(re.findall(r"[^\W_]+", text) for text in texts)))
    known = {row.place: row for row in read(session, CUSTOMERS, texts=texts, words=single)}
    for place, line in enumerate(lines):
        if row := known.get(place):
            line.customer_id, line.customer = row.id, row.label
        its = [documents[word] for word in sorted(words[place]) if word in documents]
        own = next((row for row in its if line.customer_id in (None, row.customer_id)), None)
        if own is not None and (line.amount or ZERO) > 0:
            line.customer_id, line.customer, line.pays = own.customer_id, own.label, own.number
        if line.customer_id is None and not line.problem:
            line.problem = "No customer was found in it: choose one, or type an account."
