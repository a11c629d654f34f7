"""The tools as another agent sees them, through the SDK's client over standard input and output."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import replies
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from scripted_endpoint import ScriptedEndpoint

from agent.settings import Settings
from library import Advice, NullLibrary
from ui.mcp_server import server

LIMITS = {
    "variables": [{"name": "x", "upper": 10}],
    "objective": {"sense": "maximize", "expression": "x"},
    "constraints": [
        {"name": "most", "expression": "x <= 3"},
        {"name": "least", "expression": "x >= 1"},
    ],
}


@pytest.fixture
def settings(endpoint: ScriptedEndpoint) -> Settings:
    return Settings(base_url=endpoint.url, model="m", max_retries=0)


@asynccontextmanager
async def over_stdio(endpoint: ScriptedEndpoint) -> AsyncIterator[Client]:
    command = "from ui.command import mcp_command; mcp_command()"
    environment = {**os.environ, "OPENAI_BASE_URL": endpoint.url, "OPTWRIGHT_MODEL": "m"}
    parameters = StdioServerParameters(command=sys.executable, args=["-c", command], env=environment)
    async with Client(parameters) as client:
        yield client


async def result_of(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


@pytest.mark.slow
async def test_another_agent_solves_and_asks_on_over_stdio(endpoint: ScriptedEndpoint) -> None:
    endpoint.otherwise = replies.BAKERY
    async with over_stdio(endpoint) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert names == {"solve", "check_formulation", "what_if", "explain_infeasible", "search_library"}
        answer = await result_of(client, "solve", problem=replies.BAKERY_QUESTION)
        assert (answer["status"], answer["objective"]) == ("optimal", 340.0)
        formulation = answer["formulation"]
        limit = {"kind": "set_limit", "constraint": formulation["constraints"][0]["name"], "limit": 100}
        compared = await result_of(client, "what_if", formulation=formulation, changes=[limit])
        assert compared["after"]["objective"] == 156.0 and "falls by 184" in compared["difference"]


async def test_a_formulation_is_checked_with_every_fault_in_its_place(settings: Settings) -> None:
    async with Client(server(settings)) as client:
        sound = await result_of(client, "check_formulation", formulation=LIMITS)
        assert sound["is_sound"] and "aligned" in sound["latex"]
        faulty = {**LIMITS, "objective": {"sense": "maximize", "expression": "y"}}
        verdict = await result_of(client, "check_formulation", formulation=faulty)
        assert not verdict["is_sound"] and "unknown name `y`" in verdict["faults"]


async def test_a_conflict_is_explained_with_what_must_give(settings: Settings) -> None:
    impossible = {**LIMITS, "constraints": [*LIMITS["constraints"], {"name": "more", "expression": "x >= 5"}]}  # type: ignore[misc]
    async with Client(server(settings)) as client:
        told = await result_of(client, "explain_infeasible", formulation=impossible)
        assert told["status"] == "infeasible" and set(told["conflict"]) == {"most", "more"}
        assert {row["amount"] for row in told["relief"]} == {2.0}


async def test_errors_say_what_to_do_and_show_no_insides(settings: Settings) -> None:
    async with Client(server(settings)) as client:
        empty = await client.call_tool("solve", {"problem": "  "})
        assert empty.is_error and "empty" in str(empty.content) and "Traceback" not in str(empty.content)
        ghost = {"kind": "drop_constraint", "constraint": "ghost"}
        wrong = await client.call_tool("what_if", {"formulation": LIMITS, "changes": [ghost]})
        assert wrong.is_error and "there is no constraint `ghost`" in str(wrong.content)


async def test_the_library_is_searched(settings: Settings) -> None:
    insight = Advice(id="1", condition="fixed costs", explanation="use a binary variable")

    class OneInsight(NullLibrary):
        async def retrieve(self, question: str, track: Any, ask: Any = None) -> list[Advice]:
            return [insight]

    async with Client(server(settings, OneInsight())) as client:
        found = await result_of(client, "search_library", problem="setup costs")
        assert found["result"] == [insight.model_dump()]
