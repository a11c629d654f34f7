"""The command line that puts a server into its own namespaces, with only the given paths, read-only."""

import shutil
from collections.abc import Sequence
from pathlib import Path

_ROOT_LINKS = ("/bin", "/lib", "/lib32", "/lib64", "/sbin")


def find() -> str | None:
    """The installed bubblewrap, working or not."""
    return shutil.which("bwrap", path="/usr/local/bin:/usr/bin:/bin")


def wrap(
    executable: str, command: Sequence[str], readable: Sequence[str], environment: dict[str, str]
) -> list[str]:
    """The command inside bubblewrap.

    ``--new-session`` keeps it from typing into the user's terminal; ``--die-with-parent`` ends the whole
    process namespace with the thread that started it, so that thread must live as long as the server.

    Args:
        executable: Path of bubblewrap.
        command: What to run inside.
        readable: Files and folders to mount; all else does not exist inside.
        environment: The whole environment inside.
    """
    mounts = [option for path in _outermost(readable) for option in _mount(path)]
    variables = [option for name, value in environment.items() for option in ("--setenv", name, value)]
    return [
        *(executable, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"),
        *variables,
        *("--tmpfs", "/", "--perms", "0555", "--dir", "/empty"),
        *mounts,
        *("--proc", "/proc", "--remount-ro", "/", "--chdir", "/empty", "--"),
        *command,
    ]


def _mount(path: str) -> tuple[str, ...]:
    if path in _ROOT_LINKS and Path(path).is_symlink():
        return ("--symlink", str(Path(path).readlink()), path)
    return ("--ro-bind", path, path)


def _outermost(paths: Sequence[str]) -> list[str]:
    """The paths without those that lie inside another, which is mounted with all below."""
    unique = list(dict.fromkeys(paths))
    return [path for path in unique if not any(Path(other) in Path(path).parents for other in unique)]
