"""The public surface: light to import, sorted, complete."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = (
    "agent",
    "agent.cli",
    "agent.data",
    "agent.formulation",
    "agent.formulation.render",
    "agent.llm",
    "agent.workflow",
    "agent.workflow.optimizers",
    "benchmarks.cli",
    "benchmarks.datasets",
    "benchmarks.engines",
    "library",
    "solvers",
    "solvers.numeric",
    "solvers.numeric.nl",
    "solvers.numeric.service",
    "solvers.sandbox",
)
HEAVY = {
    "highspy",
    "jax",
    "jinja2",
    "langgraph",
    "gepa",
    "matplotlib",
    "numpy",
    "openai",
    "optuna",
    "ortools",
    "pandas",
    "pooch",
    "pyomo",
    "pyscipopt",
    "ray",
    "streamlit",
    "torch",
    "xllamacpp",
}


@pytest.mark.parametrize(
    "package",
    [
        "agent",
        "agent.llm",
        "agent.settings",
        "agent.workflow",
        "benchmarks.cli",
        "benchmarks.datasets",
        "library",
        "solvers",
    ],
)
def test_importing_a_package_loads_no_engine_and_no_sdk(package: str):
    code = f"import sys, {package}; print(' '.join(sorted({HEAVY!r} & sys.modules.keys())))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_surface_is_sorted_and_can_be_imported(package: str):
    module = importlib.import_module(package)
    assert module.__all__ == sorted(module.__all__)
    assert set(module.__all__) <= set(dir(module)), "names complete in a shell"
    for name in module.__all__:
        getattr(module, name)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_surface_names_everything_that_the_package_re_exports(package: str):
    """A re-export is spelt `import x as x`, so that type checkers see it, and stands in `__all__` as well."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    re_exported = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    own = {
        "__version__",
        *(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)),
    }
    assert re_exported <= set(module.__all__) <= re_exported | own


def test_an_unknown_name_is_an_attribute_error():
    import agent

    with pytest.raises(AttributeError, match="no_such_name"):
        agent.no_such_name  # noqa: B018
