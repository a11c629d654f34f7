"""The report of a run folder: the set is read again from where the run had it, and joined with the answers."""

from pathlib import Path

from benchmarks import datasets
from benchmarks.errors import RunError
from benchmarks.runs import RunFolder, replace_text
from benchmarks.scoring.report import Report, report


def report_of(folder: Path, data: Path | None = None) -> Report:
    """The report of a run; also of one that is not finished.

    Args:
        folder: of the run.
        data: the set's file or folder, where it has moved since.

    Raises:
        RunError: there is no run, or the set is not the one that was run.
        DatasetError: the set is not there any more.
    """
    run = RunFolder(folder)
    config = run.config
    dataset = datasets.load(config.set, data or config.path)
    if dataset.digest != config.digest:
        raise RunError(
            f"{dataset.path} has changed since the run in {folder}: its SHA-256 is {dataset.digest[:12]}..., it was "
            f"{config.digest[:12]}...; pass the file of then with --data"
        )
    return report(config, dataset, run.answers())


def write(found: Report, folder: Path) -> None:
    """Put a report beside its run as ``report.json``."""
    replace_text(folder / "report.json", found.model_dump_json(indent=1) + "\n")
