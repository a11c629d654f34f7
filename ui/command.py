"""``optwright ui`` and ``optwright mcp``; what they need is imported when they run."""

from typing import Annotated

import typer

from agent.cli.options import Verbose
from agent.errors import ConfigError

Host = Annotated[str, typer.Option(help="Address to listen on; any but this machine's own asks for tokens.")]
ui_command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
mcp_command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@ui_command.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    host: Host = "127.0.0.1",
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Open the app in a browser: ask, see the model, correct it, ask what if, take it away."""
    from agent.settings import load

    try:
        from ui.server import serve
    except ModuleNotFoundError as missing:
        raise ConfigError(f'the app needs the package {missing.name}: pip install "optwright[ui]"') from None
    serve(load(), host, port, headless=headless)


@mcp_command.command()
def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Serve over HTTP instead of standard input and output.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on, with --http.")] = 8765,
    host: Host = "127.0.0.1",
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Serve Optwright as tools for other agents, by the Model Context Protocol."""
    from agent.settings import load

    try:
        from ui.mcp_server import serve_http, serve_stdio
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f'the tools need the package {missing.name}: pip install "optwright[mcp]"'
        ) from None
    if http:
        serve_http(load(), host, port)
    else:
        serve_stdio(load())
