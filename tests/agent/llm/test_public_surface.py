"""What ``agent.llm`` offers, and that naming it costs nothing."""

import subprocess
import sys

import pytest

from agent import llm


def test_every_name_resolves_and_is_sorted() -> None:
    assert llm.__all__ == sorted(llm.__all__)
    for name in llm.__all__:
        assert getattr(llm, name).__name__ == name


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = llm.Nothing


@pytest.mark.parametrize(
    "statement", ["import agent.llm", "from agent.llm import ScriptedModel, Meter, Budget"]
)
def test_no_sdk_is_imported_before_it_is_used(statement: str) -> None:
    check = (
        f"import sys; {statement}; print([m for m in ('openai', 'xllamacpp', 'httpx2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
