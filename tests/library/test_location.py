"""How the URL of a library is shown."""

import pytest

from library.location import shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:hunter2@host:1/db", "postgresql://me:***@host:1/db"),
        ("postgresql://me@[::1]:5432/db", "postgresql://me@[::1]:5432/db"),
        ("postgresql://me:a@b@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:a/b?c@host/db", "postgresql://me:***@host/db"),
        (
            "postgresql:///db?host=/run/pg&sslpassword=a&user=me&b",
            "postgresql:///db?host=/run/pg&sslpassword=***&user=me&***",
        ),
        ("postgresql://me:hunter2", "postgresql://***"),
        ("postgresql://host/db?password=a@b", "postgresql://***@b"),
        ("sqlite:////data/of:me@home/library.db", "sqlite:////data/of:me@home/library.db"),
        ("host=a password=b", "***"),
        ("none", "none"),
    ],
)
def test_whatever_may_be_secret_is_hidden(url: str, expected: str) -> None:
    assert shown(url) == expected
