"""Where the embedded model's file comes from."""

from agent.llm.progress import Progress
from agent.settings import Settings
from pathlib import Path


def resolve(settings: Settings, progress: Progress | None = None) -> Path:
    """."""
    assert settings.model_path
    return settings.model_path
