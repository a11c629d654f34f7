"""Looks through a program before it runs, only to tell the author quickly and clearly what will not work.

This protects nothing: there are endless ways around any such list. The jail is what holds.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

ALLOWED_IMPORTS = frozenset(
    {
        *("__future__", "bisect", "collections", "copy", "csv", "dataclasses", "datetime", "decimal", "enum"),
        *(
            "fractions",
            "functools",
            "heapq",
            "highspy",
            "io",
            "itertools",
            "json",
            "logging",
            "math",
            "numbers",
        ),
        *("numpy", "operator", "pandas", "pprint", "pyomo", "random", "re", "statistics", "string", "sys"),
        *("textwrap", "time", "typing", "warnings"),
    }
)

_ADVICE = {
    "__import__": "write a plain import statement",
    "breakpoint": "remove it; nobody can answer",
    "compile": "write the code out",
    "eval": "write the expression out",
    "exec": "write the code out",
    "input": "take every value from `data`",
    "open": "take every value from `data`; there are no files",
}

_SOURCE_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Objection:
    """Something in a program that will not work.

    Attributes:
        line: Counted from 1.
        message: What it is and what to write instead.
    """

    line: int
    message: str


def screen(source: str) -> list[Objection]:
    """The objections to a program, in the order of its lines; none does not mean that it is harmless.

    Example:
        >>> screen("import os")
        [Objection(line=1, message="module 'os' is not available; use pyomo, numpy, math and the like")]
    """
    if len(source) > _SOURCE_LIMIT:
        return [Objection(1, f"the program has {len(source)} characters, the limit is {_SOURCE_LIMIT}")]
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [Objection(error.lineno or 1, f"syntax error: {error.msg}")]
    except (ValueError, RecursionError, MemoryError) as error:
        return [Objection(1, f"the program cannot be parsed: {type(error).__name__}: {error}")]
    found = [
        Objection(getattr(node, "lineno", 1), text) for node in ast.walk(tree) for text in _objections(node)
    ]
    return sorted(found, key=lambda objection: objection.line)


def _objections(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=aliases):
            yield from (_no_module(alias.name) for alias in aliases if not _is_allowed(alias.name))
        case ast.ImportFrom(module=module, level=level):
            if level or module is None:
                yield "relative imports have nothing to refer to; import the package by its name"
            elif not _is_allowed(module):
                yield _no_module(module)
        case ast.Name(id=name) if name in _ADVICE:
            yield f"{name!r} does not work here; {_ADVICE[name]}"
        case ast.Attribute(attr=name) if name.startswith("__") and name.endswith("__") and name != "__init__":
            yield f"the attribute {name!r} is not needed for a model; remove it"
        case ast.keyword(arg="executable"):
            yield "programs cannot be started; call SolverFactory('appsi_highs') without `executable`"


def _is_allowed(module: str) -> bool:
    return module.partition(".")[0] in ALLOWED_IMPORTS


def _no_module(name: str) -> str:
    return f"module {name!r} is not available; use pyomo, numpy, math and the like"
