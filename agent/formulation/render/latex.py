r"""A formulation as one aligned block of LaTeX, to stand inside ``\[ ... \]`` or ``$$ ... $$``."""

from agent.formulation.check import Checked, Rule, check
from agent.formulation.model import Domain, Formulation, Variable
from agent.formulation.render.mathematics import Mathematics, escaped, name

_DOMAINS = {Domain.REAL: r"\mathbb{R}", Domain.INTEGER: r"\mathbb{Z}", Domain.BINARY: r"\{0, 1\}"}
_INDICES = "ijklmnopqrstuvw"


def to_latex(formulation: Formulation) -> str:
    """The model as an `aligned` block: objective, constraints with meanings, domains; needs amsmath, amssymb.

    Raises:
        FaultyFormulation: an expression has a fault.
    """
    checked = check(formulation)
    sense = rf"\text{{{formulation.objective.sense}}}"
    lines = [rf"{sense} \quad & {Mathematics().write(checked.objective)}"]
    heading = r"\text{subject to} \quad"
    for rule in checked.rules:
        lines.append(f"{heading} & {_rule(rule)}")
        heading = ""
    for variable in formulation.variables:
        lines.append(f"{heading} & {domain_of(checked, variable)}")
        heading = ""
    rows = " \\\\\n".join(line.strip() for line in lines)
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


def rule_formula(rule: Rule) -> str:
    """A constraint's condition and the indices that it holds for."""
    writer = Mathematics()
    body = writer.write(rule.body)
    return rf"{body} \quad \forall\, {writer.loops(rule.loops)}" if rule.loops else body


def domain_of(checked: Checked, variable: Variable) -> str:
    """A variable's bounds and the values it may take, for all its indices."""
    symbols = dict(zip((f"_{place}" for place in range(len(variable.indices))), _INDICES, strict=False))
    subscript = f"_{{{', '.join(symbols.values())}}}" if symbols else ""
    entry = name(variable.name) + subscript
    lower, upper = checked.bounds[variable.name]
    text, writer = entry, Mathematics(symbols)
    if variable.domain is not Domain.BINARY:
        text = rf"{writer.write(lower)} \leq {text}" if lower else text
        text = rf"{text} \leq {writer.write(upper)}" if upper else text
    if text == entry:
        text = rf"{entry} \in {_DOMAINS[variable.domain]}"
    elif variable.domain is Domain.INTEGER:
        text = rf"{text}, \; {entry} \in {_DOMAINS[variable.domain]}"
    ranges = ", ".join(
        rf"{symbol} \in {name(index)}"
        for symbol, index in zip(symbols.values(), variable.indices, strict=True)
    )
    return rf"{text} \quad \forall\, {ranges}" if ranges else text


def _rule(rule: Rule) -> str:
    formula = rule_formula(rule)
    return rf"{formula} && \text{{{escaped(rule.meaning)}}}" if rule.meaning.strip() else formula
