"""The rules of the house that a machine can hold: each takes the path and the text of a file and tells what breaks it.

An exception stands here with its reason, or not at all.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from tests.architecture.source import name_of, nodes, texts

LONGEST_FILE, LONGEST_FUNCTION = 400, 40
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}

# What only these files may write: a pattern of what is written → its authors.
MOVES = {"app/domain/stock/moves.py"}
POSTING = {"app/domain/ledger/posting.py"}
CHAIN = {"app/domain/ledger/chain.py"}
# The database's own trigger, among its guards.
NOBODY: set[str] = set()
SETTLEMENT = {"app/domain/settlement/items.py", "app/domain/settlement/acts.py", "app/domain/settlement/credits.py"}
NUMBERING = {"app/domain/kernel/numbering.py"}
REGISTRY = {"app/domain/kernel/document.py"}
UNIT = {"app/domain/kernel/unit.py"}
JOBS = {"app/domain/kernel/jobs.py", "app/domain/kernel/attempts.py"}
TABLES: Mapping[str, set[str]] = {
    "stock_move": MOVES, "stock_balance": MOVES, "stock_day": MOVES, "journal_entry": POSTING, "journal_line": POSTING,
    "journal_chain": CHAIN, "account_day": NOBODY, "customer_day": NOBODY, "desk_day": NOBODY, "proof_mark": NOBODY,
    "account_mark": NOBODY, "stock_mark": NOBODY,
    "open_item": SETTLEMENT, "allocation": SETTLEMENT, "allocation_line": SETTLEMENT,
    "payment_status": SETTLEMENT, "instalment": {"app/domain/settlement/instalments.py"}, "credit": SETTLEMENT,
    "repayment": SETTLEMENT, "number_counter": NUMBERING, "document_history": REGISTRY, "deed": UNIT,
    "job": JOBS, "job_file": JOBS, "procrastinate_jobs": JOBS,
    "reservation": {"app/domain/stock/reservations.py"},
    "inventory_account_change": {"app/domain/warehousing/inventory_accounts.py"},
    "inventory_account_change_line": {"app/domain/warehousing/inventory_accounts.py"},
}  # fmt: skip
ENTITIES = {"".join(word.capitalize() for word in table.split("_")): authors for table, authors in TABLES.items()}
COLUMNS: Mapping[str, set[str]] = {
    r"UPDATE (ONLY )?document\b[^;]*\bSET\b[^;]*\bnumber\s*=": NUMBERING,
    r"INSERT INTO document\b": REGISTRY,
    r"UPDATE company\b[^;]*\bSET\b[^;]*\bchain_": CHAIN,
}

CLOCK = {"app/domain/kernel/clock.py"}
CLOCK_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.localtime"}
CLOCK_SQL = re.compile(
    r"\b(now\(\)|(clock|statement|transaction)_timestamp\(\)|current_(date|time|timestamp)\b|localtime)", re.IGNORECASE
)
UPDATES = re.compile(r"\bUPDATE\s+(\S+)[^;]*?\bSET\b(.*?)(?:\bFROM\b|\bWHERE\b|$)", re.DOTALL)
# Seconds of waiting and of running, which are no amounts.
FLOATS_ALLOWED = {"app/domain/kernel/unit.py", "app/domain/proof/__init__.py"}
# It asks each new connection to keep its plans, which causes nothing.
LISTENERS_ALLOWED = UNIT
PROOF_MAY_READ = re.compile(r"app\.domain\.(proof|kernel|lifecycles)(\.|$)|app\.domain\.\w+\.models$")


def long_file(path: str, text: str) -> Iterator[str]:
    length = text.count("\n")
    if length >= LONGEST_FILE:
        yield f"{path}: {length} lines"


def long_function(path: str, text: str) -> Iterator[str]:
    for node in nodes(text):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            length = (node.end_lineno or first) - first + 1
            if length >= LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines"


def empty_name(path: str, text: str) -> Iterator[str]:
    for part in (*PurePath(path).parts[:-1], PurePath(path).stem):
        if part in EMPTY_NAMES:
            yield f"{path}: {part} says nothing"


def second_author(path: str, text: str) -> Iterator[str]:
    """SQL or rows for a table that somebody else writes."""
    for line, sql in texts(text):
        for table in re.findall(r"\b(?:INSERT INTO|UPDATE(?: ONLY)?|DELETE FROM|MERGE INTO|COPY)\s+(\w+)", sql):
            if path not in TABLES.get(table, {path}):
                yield f"{path}:{line}: {table} is written by {sorted(TABLES[table])}"
        for pattern, authors in COLUMNS.items():
            if re.search(pattern, sql) and path not in authors:
                yield f"{path}:{line}: this is written by {sorted(authors)}"
    for node in nodes(text):
        if not isinstance(node, ast.Call):
            continue
        function = name_of(node.func).split(".")[-1]
        entities = [name_of(argument).split(".")[-1] for argument in node.args] if function == "insert" else [function]
        for entity in entities:
            if path not in ENTITIES.get(entity, {path}):
                yield f"{path}:{node.lineno}: {entity} is written by {sorted(ENTITIES[entity])}"


def commits(path: str, text: str) -> Iterator[str]:
    for node in nodes(text):
        if isinstance(node, ast.Attribute) and node.attr == "commit" and path not in UNIT:
            yield f"{path}:{node.lineno}: only the deed commits"
    for line, sql in texts(text):
        if re.match(r"\s*(COMMIT|BEGIN|ROLLBACK)\b", sql) and path not in UNIT:
            yield f"{path}:{line}: only the deed begins and ends a transaction"


def assigned_state(path: str, text: str) -> Iterator[str]:
    """A period is no document: its state has one author of its own."""
    if path == "app/domain/kernel/lifecycle.py":
        return
    for node in nodes(text):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets):
            yield f"{path}:{getattr(node, 'lineno', 0)}: a state is moved by a step"
        if isinstance(node, ast.Call) and name_of(node.func) == "setattr" and ast.unparse(node).find("'state'") > 0:
            yield f"{path}:{node.lineno}: a state is moved by a step"
    for line, sql in texts(text):
        for table, assignments in UPDATES.findall(sql):
            if re.search(r"\bstate\s*=", assignments) and table != "period":
                yield f"{path}:{line}: a state is moved by a step"


def read_clock(path: str, text: str) -> Iterator[str]:
    if path in CLOCK:
        return
    for node in nodes(text):
        if isinstance(node, ast.Call) and ".".join(name_of(node.func).split(".")[-2:]) in CLOCK_CALLS:
            yield f"{path}:{node.lineno}: kernel/clock.py reads the clock"
    for line, sql in texts(text):
        if CLOCK_SQL.search(sql):
            yield f"{path}:{line}: kernel/clock.py reads the clock"


def caught_everything(path: str, text: str) -> Iterator[str]:
    for node in nodes(text):
        names: set[str] = set()
        if isinstance(node, ast.ExceptHandler):
            names = {name_of(it) for it in ast.walk(node.type)} if node.type else {"Exception"}
        elif isinstance(node, ast.Call) and name_of(node.func).endswith("suppress"):
            names = {name_of(argument) for argument in node.args}
        if names & {"Exception", "BaseException"}:
            yield f"{path}:{getattr(node, 'lineno', 0)}: what is not a refusal is a fault and has to be seen"


def floats(path: str, text: str) -> Iterator[str]:
    if path in FLOATS_ALLOWED:
        return
    for node in nodes(text):
        if (isinstance(node, ast.Constant) and isinstance(node.value, float)) or name_of(node) in ("float", "math"):
            yield f"{path}:{getattr(node, 'lineno', 0)}: a float is not exact"
    for line, sql in texts(text):
        if re.search(r"::\s*(float|real|double)|\b(float8|DOUBLE PRECISION|REAL)\b", sql):
            yield f"{path}:{line}: a float is not exact"


def hidden_cause(path: str, text: str) -> Iterator[str]:
    """What causes something calls it: no listeners, no signals, no version column of the mapper."""
    if path in LISTENERS_ALLOWED:
        return
    for node in nodes(text):
        name = name_of(node.func) if isinstance(node, ast.Call) else getattr(node, "arg", None) or ""
        if name.split(".")[-1] in ("listens_for", "listen", "Signal", "signal", "version_id_col"):
            yield f"{path}:{getattr(node, 'lineno', 0)}: {name} acts where nobody sees it"
    if "__mapper_args__" in text and "version_id_col" in text:
        yield f"{path}: version_id_col writes row by row"


def lazy_relation(path: str, text: str) -> Iterator[str]:
    for node in nodes(text):
        if isinstance(node, ast.Call) and name_of(node.func) == "relationship":
            lazy = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}.get("lazy")
            if lazy != "'raise_on_sql'":
                yield f"{path}:{node.lineno}: a relation is loaded by whoever asks for it, not on the way"


def proof_of_writers(path: str, text: str) -> Iterator[str]:
    """A proof that used the writers' code would believe their mistakes."""
    for node in nodes(text):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name.startswith("app.") and not PROOF_MAY_READ.match(name):
                yield f"{path}:{node.lineno}: a proof imports nothing of the writers"


def pretended(path: str, text: str) -> Iterator[str]:
    """No pretended objects in tests, nothing left to do in the program."""
    for node in nodes(text):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if any(name.split(".")[:2] == ["unittest", "mock"] for name in names):
            yield f"{path}:{node.lineno}: a pretended object proves nothing"
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"#.*\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", line):
            yield f"{path}:{number}: left to do"
        if re.search(r"/(work|root|home|Users)/\w", line):
            yield f"{path}:{number}: a path of one machine"
