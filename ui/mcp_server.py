"""Optwright as tools for other agents, by the Model Context Protocol.

The tools keep nothing between calls: an answer carries its formulation, and the other tools take one.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, ParamSpec, TypeVar

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

import agent
from agent._version import __version__
from agent.changes import Change
from agent.data import Tables
from agent.data import load as load_tables
from agent.errors import AgentError
from agent.experience import library_of
from agent.formulation.check import check
from agent.formulation.model import Formulation
from agent.formulation.render import to_latex
from agent.settings import Settings
from agent.state import Relief
from library import Advice, ExperienceLibrary
from solvers import SolversError
from ui.access import Gate, check_binding
from ui.editing import fault_of

_INSTRUCTIONS = (
    "Optimization: linear, integer, nonlinear, scheduling. `solve` takes a problem in words and returns a verified "
    "optimum with its formulation. Pass that formulation, changed or not, to the other tools."
)
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Cell = int | float | str | bool | None
Data = Annotated[
    dict[str, list[dict[str, Cell]]] | None,
    Field(description="Tables by name, each a list of rows, each a mapping from column to cell."),
]
TimeLimit = Annotated[float, Field(gt=0, le=3600, description="Seconds that a solver may take.")]


class Verdict(BaseModel):
    """Whether a formulation can be solved and, if not, every fault with its place."""

    is_sound: bool
    faults: str
    latex: str
    warnings: list[str]


class Comparison(BaseModel):
    """An answer before and after changes."""

    difference: str
    before: dict[str, Any]
    after: dict[str, Any]


class Explanation(BaseModel):
    """Why a problem has no solution: the constraints in conflict, and by how much each alone must give."""

    status: str
    explanation: str
    conflict: list[str]
    relief: list[Relief]


def server(settings: Settings, library: ExperienceLibrary | None = None) -> MCPServer[Any]:
    """The server with its tools.

    Args:
        settings: who answers questions in words.
        library: what `search_library` searches and `solve` draws on; default: as the settings say.
    """
    tools = MCPServer("optwright", instructions=_INSTRUCTIONS, version=__version__, log_level="WARNING")
    experience = library_of(settings) if library is None else library

    @tools.tool()
    async def solve(
        problem: Annotated[str, Field(description="What to decide, what limits it, what is best.")],
        data: Data = None,
        samples: Annotated[int, Field(ge=1, le=99, description="Formulations that vote.")] = 1,
        time_limit: TimeLimit = 60.0,
    ) -> dict[str, Any]:
        """Solve an optimization problem told in words, and check the answer.

        Returns status, objective, values, explanation, certificate, confidence and the formulation.
        """
        try:
            solution = await agent.asolve(
                problem,
                _tables(data),
                samples=samples,
                time_limit=time_limit,
                library=experience,
                settings=settings,
            )
        except AgentError as error:
            raise ToolError(str(error)) from None
        return solution.to_dict()

    @tools.tool()
    async def check_formulation(formulation: Formulation, data: Data = None) -> Verdict:
        """Check a formulation without solving it: names, dimensions, kinds, data."""
        faults = await asyncio.to_thread(fault_of, formulation, _tables(data))
        if faults:
            return Verdict(is_sound=False, faults=faults, latex="", warnings=[])
        warnings = list(check(formulation).warnings)
        return Verdict(is_sound=True, faults="", latex=to_latex(formulation), warnings=warnings)

    @tools.tool()
    async def what_if(
        formulation: Formulation, changes: Sequence[Change], data: Data = None, time_limit: TimeLimit = 60.0
    ) -> Comparison:
        """Solve a formulation as it is and with changes, and compare the two answers."""
        return await _computed(_what_if, formulation, changes, _tables(data), time_limit)

    @tools.tool()
    async def explain_infeasible(
        formulation: Formulation, data: Data = None, time_limit: TimeLimit = 60.0
    ) -> Explanation:
        """Say which constraints of a formulation contradict each other, and by how much one must give."""
        return await _computed(_explanation, formulation, _tables(data), time_limit)

    @tools.tool()
    async def search_library(
        problem: Annotated[str, Field(description="The problem, or what it is about.")],
        limit: Annotated[int, Field(ge=1, le=20)] = 4,
    ) -> list[Advice]:
        """Find know-how on formulating such problems: when it applies, and what to do then."""
        found = await experience.retrieve(problem, "formulation")
        return list(found)[:limit]

    return tools


async def _computed(
    work: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs
) -> Result:
    """The result of `work` in a thread; errors that are meant for people become the tool's."""
    try:
        return await asyncio.to_thread(work, *arguments, **options)
    except (AgentError, SolversError) as error:
        raise ToolError(str(error)) from None


def _tables(data: dict[str, list[dict[str, Cell]]] | None) -> Tables:
    try:
        return load_tables(data or None)
    except AgentError as error:
        raise ToolError(str(error)) from None


def _what_if(
    formulation: Formulation, changes: Iterable[Change], tables: Tables, time_limit: float
) -> Comparison:
    before = agent.solve_formulation(formulation, tables, time_limit=time_limit)
    result = agent.what_if(before, *changes, time_limit=time_limit)
    return Comparison(
        difference=str(result.difference), before=before.to_dict(), after=result.solution.to_dict()
    )


def _explanation(formulation: Formulation, tables: Tables, time_limit: float) -> Explanation:
    solution = agent.solve_formulation(formulation, tables, time_limit=time_limit)
    return Explanation(
        status=solution.status.value,
        explanation=solution.explanation,
        conflict=list(solution.conflict),
        relief=list(solution.relief),
    )


def serve_stdio(settings: Settings) -> None:
    """Serves the tools over standard input and output, until that is closed."""
    server(settings).run("stdio")


def serve_http(settings: Settings, host: str, port: int) -> None:
    """Serves the tools over HTTP at ``/mcp`` until interrupted.

    Raises:
        ConfigError: others could reach the tools and no token is set.
    """
    check_binding(host, settings.ui_tokens)
    app = Gate(server(settings).streamable_http_app(host=host), settings.ui_tokens)
    uvicorn.run(app, host=host, port=port, log_level="warning")
