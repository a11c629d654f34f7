"""A formulation as a Markdown document for reading and review."""

import html
import re
from collections.abc import Iterable, Sequence

from agent.formulation.check import check
from agent.formulation.model import Formulation, IndexSet, Parameter, ParameterSource, SetSource, Variable
from agent.formulation.render.latex import domain_of, rule_formula
from agent.formulation.render.mathematics import Mathematics

_SHOWN = 12
_MARKUP = re.compile(r"([\\`*_{}\[\]()#!|$~])")


def to_markdown(formulation: Formulation) -> str:
    """The document: sets, parameters, variables, objective, constraints; with meanings, formulas in ``$...$``.

    Raises:
        FaultyFormulation: an expression has a fault.
    """
    checked = check(formulation)
    objective = formulation.objective
    goal = f"{objective.sense.capitalize()} {text(objective.meaning)}".strip() + _unit(objective.unit)
    formulas = [(rule.name, rule.meaning, rule_formula(rule)) for rule in checked.rules]
    domains = [f"- ${domain_of(checked, variable)}$" for variable in formulation.variables]
    parts = [
        f"# {text(formulation.title) or 'Formulation'}",
        _table("Sets", ("Set", "Meaning", "Elements"), map(_set_row, formulation.sets)),
        _table(
            "Parameters",
            ("Parameter", "Meaning", "Unit", "Indices", "Value"),
            map(_parameter_row, formulation.parameters),
        ),
        _table(
            "Variables",
            ("Variable", "Meaning", "Unit", "Indices", "Domain", "Lower", "Upper"),
            map(_variable_row, formulation.variables),
        ),
        f"## Objective\n\n{goal}:\n\n${Mathematics().write(checked.objective)}$",
        _section(
            "Constraints",
            [f"- **{text(word)}**{_colon(meaning)}  \n  ${formula}$" for word, meaning, formula in formulas],
        ),
        _section("Domains", domains),
        _section("Assumptions", [f"- {text(line)}" for line in formulation.assumptions]),
        _section("Open questions", [f"- {text(line)}" for line in formulation.questions]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def text(words: object) -> str:
    """Words as Markdown text on one line that shows them as they are: no markup, HTML or table border."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in " ".join(str(words).split()))
    shown = _MARKUP.sub(r"\\\1", html.escape(plain, quote=False))
    return re.sub(r"^([-+=]|\d+(?=\.))", r"\\\1" if not plain[:1].isdigit() else r"\1&#8203;", shown)


def _unit(unit: str) -> str:
    return f" ({text(unit)})" if unit.strip() else ""


def _colon(meaning: str) -> str:
    return f": {text(meaning)}" if meaning.strip() else ""


def _section(title: str, lines: Sequence[str]) -> str:
    return f"## {title}\n\n" + "\n".join(lines) if lines else ""


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join(
        [f"## {title}", "", f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |", *lines]
    )


def _set_row(item: IndexSet) -> tuple[str, ...]:
    if item.source is not None:
        return text(item.name), text(item.meaning), _source(item.source)
    return text(item.name), text(item.meaning), _listed(item.elements or ())


def _parameter_row(item: Parameter) -> tuple[str, ...]:
    value = _source(item.source) if item.source is not None else _values(item.values)
    if item.default is not None:
        value += f", else {item.default:.15g}"
    return text(item.name), text(item.meaning), text(item.unit), _indices(item), value


def _variable_row(item: Variable) -> tuple[str, ...]:
    bounds = [
        "" if bound is None else text(f"{bound:.15g}" if isinstance(bound, float) else bound)
        for bound in (item.lower, item.upper)
    ]
    return text(item.name), text(item.meaning), text(item.unit), _indices(item), item.domain, *bounds


def _indices(item: Parameter | Variable) -> str:
    return text(", ".join(item.indices))


def _source(source: SetSource | ParameterSource) -> str:
    if isinstance(source, SetSource):
        return f"table {text(source.table)}, by {text(', '.join(source.columns))}"
    keys = f" by {text(', '.join(source.keys))}" if source.keys else ""
    return f"table {text(source.table)}, column {text(source.column)}{keys}"


def _values(values: object) -> str:
    if isinstance(values, dict):
        return _listed([f"{key}: {_plain(value)}" for key, value in values.items()])
    return _listed(values) if isinstance(values, tuple) else text(_plain(values))


def _listed(values: Sequence[object]) -> str:
    shown = [_plain(value) for value in values[:_SHOWN]]
    more = f", ... ({len(values)} in all)" if len(values) > _SHOWN else ""
    return text(", ".join(shown)) + more


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, tuple):
        return f"({_cut(value)})"
    if isinstance(value, dict):
        return f"({_cut([f'{key}: {_plain(part)}' for key, part in value.items()])})"
    return str(value)


def _cut(values: Sequence[object]) -> str:
    more = ", ..." if len(values) > _SHOWN else ""
    return ", ".join(_plain(value) for value in values[:_SHOWN]) + more
