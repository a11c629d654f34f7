"""Tables in, from files, frames and mappings; what a formulation and a prompt need of them out."""

from agent.data.sources import load as load
from agent.data.table import Cell as Cell
from agent.data.table import Column as Column
from agent.data.table import Key as Key
from agent.data.table import Table as Table
from agent.data.tables import Tables as Tables

__all__ = ["Cell", "Column", "Key", "Table", "Tables", "load"]
