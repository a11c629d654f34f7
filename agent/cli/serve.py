"""``optwright serve``."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than loopback need tokens.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8080,
    token_file: Annotated[
        Path | None, typer.Option(help="File of lines `name token`, readable by you alone.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Worker processes, or actors on Ray.")] = 1,
    queue_limit: Annotated[int, typer.Option(min=1, help="Jobs that may wait; more are refused.")] = 1_000,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Ray cluster whose actors do the work, such as ray://host:10001, auto (the one that this machine "
            "belongs to) or local; default: OPTWRIGHT_SERVE_RAY, else this machine.",
        ),
    ] = None,
    gpus: Annotated[
        float | None,
        typer.Option(
            min=0, help="GPUs of each actor, a share or more; default: OPTWRIGHT_SERVE_GPUS, else 0."
        ),
    ] = None,
) -> None:
    """Serve the numerical optimizer over HTTP; its address /docs describes the interface."""
    from agent.errors import ConfigError
    from agent.settings import load

    try:
        import uvicorn

        from solvers.numeric.service import ServiceConfig, create_app
        from solvers.numeric.service.config import ConfigProblem, is_loopback, read_tokens
    except ModuleNotFoundError as error:
        raise ConfigError(f'serving needs {error.name}: pip install "optwright[serve]"') from None
    settings = load()
    if token_file is None and not is_loopback(host):
        raise ConfigError(f"others can reach {host}: give --token-file, or listen on 127.0.0.1")
    cluster = ray or settings.serve_ray
    if cluster is not None and find_spec("ray") is None:
        raise ConfigError('workers on Ray need it: pip install "optwright[ray]"')
    try:
        tokens = {} if token_file is None else read_tokens(token_file)
    except ConfigProblem as error:
        raise ConfigError(str(error)) from None
    config = ServiceConfig(
        state_file=settings.state_dir / "numeric.sqlite",
        cache_folder=settings.cache_dir / "programs",
        tokens=tokens,
        workers=workers,
        queue_limit=queue_limit,
        ray=cluster,
        worker_gpus=settings.serve_gpus if gpus is None else gpus,
    )
    uvicorn.run(create_app(config), host=host, port=port, log_level="info", access_log=False, ws="none")
