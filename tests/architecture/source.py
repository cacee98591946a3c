"""Reading the program's source: its files, its functions, and the SQL in its texts."""

import ast
from functools import cache

from app.place import CHECKOUT

FOLDERS = ("app", "migrations", "tests", "benchmarks")


@cache
def files(*folders: str) -> dict[str, str]:
    """Path within the checkout → text of every Python file in these folders, and of those at the top."""
    paths = [path for folder in folders or FOLDERS for path in (CHECKOUT / folder).rglob("*.py")]
    paths += [] if folders else CHECKOUT.glob("*.py")
    return {str(path.relative_to(CHECKOUT)): path.read_text() for path in sorted(paths)}


@cache
def tree(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def nodes(text: str) -> list[ast.AST]:
    """Every node of the code."""
    return list(ast.walk(tree(text)))


@cache
def texts(text: str) -> list[tuple[int, str]]:
    """Every text in the code with its line, what is filled in shown as {}; docstrings are not among them."""
    documentation = {
        id(body[0].value)
        for it in nodes(text)
        if isinstance(it, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and (body := it.body) and isinstance(body[0], ast.Expr)
    }  # fmt: skip
    filled = [it for it in nodes(text) if isinstance(it, ast.JoinedStr)]
    hidden = documentation | {id(part) for it in filled for part in ast.walk(it)}
    plain = [it for it in nodes(text) if isinstance(it, ast.Constant) and id(it) not in hidden]
    return [(it.lineno, it.value) for it in plain if isinstance(it.value, str)] + [
        (it.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in it.values))
        for it in filled
    ]


def name_of(node: ast.AST) -> str:
    """`a.b.c` for such an expression, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}".lstrip(".")
    return ""
