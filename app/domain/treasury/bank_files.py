"""Files of banks: CSV as people download it, read into lines with a proposal of whose each is and what it pays."""

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact
from app.domain.treasury.purposes import brought_by

# What columns are called, in small letters, in files in English, Bulgarian, German and Russian.
NAMES = {
    "on": ("date", "booking date", "value date", "дата", "вальор", "datum", "buchungstag", "buchungsdatum", "valuta",
           "valutadatum", "wertstellung", "дата операции", "дата проводки", "дата документа"),
    "amount": ("amount", "сума", "betrag", "umsatz", "betrag (eur)", "сумма", "сумма операции"),
    "came": ("credit", "in", "кредит", "постъпление", "haben", "gutschrift", "eingang", "приход", "поступление",
             "сумма по кредиту"),
    "went": ("debit", "out", "дебит", "плащане", "soll", "lastschrift", "belastung", "ausgang", "дебет", "расход",
             "списание", "сумма по дебету"),
    "who": ("name", "counterparty", "payer", "beneficiary", "контрагент", "наредител/получател",
            "auftraggeber/empfänger", "beguenstigter/zahlungspflichtiger", "begünstigter/zahlungspflichtiger",
            "zahlungsbeteiligter", "empfänger", "плательщик", "получатель", "наименование контрагента"),
    "purpose": ("purpose", "description", "details", "reason", "основание", "описание", "verwendungszweck",
                "buchungstext", "назначение платежа", "назначение", "описание операции"),
}  # fmt: skip
NOBODY = "No customer was found in it: choose one, or type an account."
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y")
LONGEST = 200


@dataclass
class FileLine:
    """A line of a file: `amount` is above 0 for money in, below 0 for money out, None where it cannot be read.

    `customer_id`, `transfer_id`, the payment out of another place that it brings in, and `pays`, the number of either's
    document, are proposals; `problem` says what somebody has to see to.
    """

    purpose: str
    on: date | None = None
    amount: Decimal | None = None
    customer_id: int | None = None
    customer: str = ""
    transfer_id: int | None = None
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

# Lines that stand already, alike in all that a file says of them.
ALIKE = """
SELECT given.place - 1 AS place, count(*) AS times, min(coalesce(statement.number, line.number)) AS number
FROM unnest(%(days)s::date[], %(amounts)s::numeric[], %(purposes)s::text[])
     WITH ORDINALITY AS given (day, amount, purpose, place)
JOIN LATERAL (
    SELECT document.number, line.statement_id FROM bank_line line JOIN document ON document.id = line.id
    LEFT JOIN bank_statement its ON its.id = line.statement_id
    WHERE line.bank_account_id = %(bank)s AND line.state <> 'cancelled'
          AND coalesce(line."on", its."on") = given.day AND lower(line.purpose) = lower(given.purpose)
          AND line.amount = abs(given.amount) AND (line.kind = 'income') = (given.amount > 0)
) line ON true LEFT JOIN LATERAL (
    SELECT coalesce(number, '#' || id) AS number FROM document WHERE id = line.statement_id
) statement ON true
GROUP BY given.place
"""


def digest_of(content: bytes) -> str:
    """By which a file is known again."""
    return hashlib.sha256(content).hexdigest()


def read_file(
    session: Session, content: bytes, *, most: int, called: Mapping[str, str] = MappingProxyType({})
) -> list[FileLine]:  # fmt: skip
    """The lines of a file with their proposals, in its order; nothing is written.

    `called` says, by the names in NAMES, what columns are called in this file where that is none of the usual words.
    Invalid for what is no such file, and for one of more lines than `most`.
    """
    rows = [row for row in _rows(content) if any(cell.strip() for cell in row)]
    places = _columns(rows[0], called) if rows else {}
    if "on" not in places or not places.keys() & {"amount", "came", "went"}:
        raise Invalid("no_bank_file", "The first line of the file has to name its columns: a date, and an amount or "
                      "debit and credit. It names: {names}.", names=_head(rows))  # fmt: skip
    if len(rows) - 1 > most:
        raise Invalid("too_long", "The file has {number} lines, a statement at most {most}.", number=len(rows) - 1,
                      most=most)  # fmt: skip
    decimals = company(session).decimals
    lines = [_line({name: row[i].strip() for name, i in places.items() if i < len(row)}, decimals) for row in rows[1:]]
    _propose(session, lines)
    return lines


def warn_of_known(session: Session, bank_account: int, lines: Sequence[FileLine]) -> int:
    """Says of lines of a file that they are on the account already, as files overlap; gives how many are.

    Known by date, amount and purpose. Of lines that are alike, as many are known as stand there.
    """
    whole = [line for line in lines if line.on is not None and line.amount is not None]
    rows = read(session, ALIKE, bank=bank_account, days=[line.on for line in whole],
                amounts=[line.amount for line in whole], purposes=[line.purpose for line in whole])  # fmt: skip
    left: dict[tuple[object, ...], int] = {}
    known = 0
    for row in sorted(rows, key=lambda row: row.place):
        line = whole[row.place]
        key = line.on, line.amount, line.purpose.lower()
        left[key] = left.get(key, row.times) - 1
        if left[key] >= 0:
            known += 1
            line.problem = f"It is there already, on {row.number or 'a draft'}: leave it out unless it came twice."
    return known


def propose_transfers(session: Session, bank_account: int, lines: Sequence[FileLine]) -> None:
    """Says of lines that are nobody's which payment out of another place they may bring in to the account."""
    came = [
        (line, (line.amount, line.on, None)) for line in lines
        if line.problem == NOBODY and line.on is not None and line.amount is not None and line.amount > 0
    ]  # fmt: skip
    found = brought_by(session, bank_account, [its for _, its in came])
    for (line, _), sent in zip(came, found, strict=True):
        if sent is not None:
            line.transfer_id, line.pays, line.problem = sent.id, sent.number, ""


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


def _head(rows: Sequence[Sequence[str]]) -> str:
    names = ", ".join(cell.strip() for cell in rows[0] if cell.strip()) if rows else ""
    return names[:LONGEST] or "nothing"


def _columns(head: Sequence[str], called: Mapping[str, str]) -> dict[str, int]:
    """Where each column is, the first of its name; what somebody says that it is called is its only name.

    Invalid for a name that no column has.
    """
    names = [cell.strip().lower() for cell in head]
    own = {what: name.strip().lower() for what, name in called.items() if name.strip()}
    if missing := [called[what].strip() for what, name in own.items() if name not in names]:
        raise Invalid("no_such_column", "No column of the file is called {missing}. It names: {names}.",
                      missing=", ".join(missing), names=_head([head]))  # fmt: skip
    known = {what: [own[what]] if what in own else usual for what, usual in NAMES.items()}
    found = {what: [i for i, name in enumerate(names) if name in words] for what, words in known.items()}
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
            line.problem = NOBODY
