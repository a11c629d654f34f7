"""The names that a script uses, chosen to hide none of Python's, Pyomo's or the script's own."""

import builtins
import keyword
from collections.abc import Iterable

from agent.formulation.check import Checked
from agent.formulation.syntax import FUNCTIONS, Fold, Global, Loop, Node, walk

SCRIPT_NAMES = frozenset(
    {
        *("model", "pyo", "math", "os", "tempfile", "pyscipopt", "NLWriter"),
        *("folder", "path", "stream", "written", "columns", "column", "values", "place", "expression"),
        *("solver", "results", "status", "variable", "entry", "row"),
    }
)
"""Names that the script itself gives."""
_TAKEN = SCRIPT_NAMES | frozenset(dir(builtins)) | frozenset(keyword.softkwlist) | FUNCTIONS.keys()


def global_names(checked: Checked) -> dict[str, str]:
    """What each set and parameter is called in the script: its own name wherever Python leaves that free."""
    formulation = checked.formulation
    own = [item.name for item in (*formulation.sets, *formulation.parameters)]
    return _spread(own, _TAKEN)


def dummy_names(checked: Checked, globals_used: Iterable[str]) -> dict[str, str]:
    """What each index is called: never as something outside its loop is."""
    loops = [loop for rule in checked.rules for loop in rule.loops]
    bounds = [bound for pair in checked.bounds.values() for bound in pair if bound is not None]
    for node in (checked.objective, *bounds, *(rule.body for rule in checked.rules)):
        loops += _loops(node)
    loops += [inner for loop in loops for test in loop.conditions for inner in _loops(test)]
    targets = dict.fromkeys(target for loop in loops for target in loop.targets)
    return _spread(targets, _TAKEN | frozenset(globals_used))


def _loops(node: Node) -> list[Loop]:
    return [loop for part in walk(node) if isinstance(part, Fold | Global) for loop in part.loops]


def _spread(names: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Each name, with as many underscores behind it as make it unlike all others."""
    wanted = list(names)
    used = {*taken, *wanted}
    found = {}
    for word in wanted:
        free = word
        if word in taken:
            while free in used:
                free += "_"
            used.add(free)
        found[word] = free
    return found
