"""The experience library: insights that were verified by a solver, offered to the agent where they apply."""

from library.protocol import ExperienceLibrary as ExperienceLibrary
from library.protocol import Insight as Insight
from library.protocol import NullLibrary as NullLibrary

__all__ = ["ExperienceLibrary", "Insight", "NullLibrary"]
