"""Built models of the run under way, so that build, solve and verify share one.

Models are not part of the state: after a restart they are built again from the formulation and the data.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyomo.environ as pyo

from agent.data import Tables
from agent.formulation.compile import compile_model, component_name, values_of
from agent.formulation.instance import Instance, bind
from agent.formulation.model import Formulation

_KEPT = 16


class Built(NamedTuple):
    """A formulation joined with its data, and the Pyomo model of both."""

    instance: Instance
    model: pyo.ConcreteModel

    def values(self) -> dict[str, tuple[float, ...]]:
        """The values that the model holds, by variable, in the order of its keys."""
        return values_of(self.model, self.instance)

    def load(self, values: Mapping[str, Sequence[float]]) -> None:
        """Write values, as `values` gives them, into the model."""
        for name, entries in values.items():
            component = self.model.component(component_name(name))
            for data, value in zip(component.values(), entries, strict=True):
                data.set_value(value, skip_validation=True)


class Workbench:
    """Builds each formulation once. Safe to use from several threads: Pyomo is built by one at a time."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._built: OrderedDict[str, Built] = OrderedDict()
        self._lock = threading.Lock()

    def built(self, formulation: Formulation) -> Built:
        """The instance and model of a formulation; equal formulations share them.

        Raises:
            FormulationError: the formulation is faulty; DataError: its data are.
        """
        key = formulation.model_dump_json()
        with self._lock:
            found = self._built.get(key)
            if found is not None:
                return found
            instance = bind(formulation, self._tables)
            built = self._built[key] = Built(instance, compile_model(instance))
            if len(self._built) > _KEPT:
                self._built.popitem(last=False)
            return built
