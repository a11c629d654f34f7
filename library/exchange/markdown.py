"""Markdown: a section an insight, for reading and for edits in a text editor.

Only what people write stands in it: labels, status, condition, explanation, example; and the version, by which an old
page is told from a new one. On the way back an insight is found by its id and keeps the rest. Text is escaped, so that
none of it becomes markup or another section; what stands where it has no meaning is refused, for it would be lost.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from library.exchange.contents import Contents, refused
from library.insight import Insight, Label, Status

TITLE = "# Optwright library"
_NEW = "new"
_HEAD = ("status", "version", "label")
_FIELDS = ("condition", "explanation", "example")
_HEADING = re.compile(r"(#{2,3})(?!#)\s*(.*?)\s*$")
_FENCE = re.compile(r"`{3,}")


def write(insights: Iterable[Insight]) -> str:
    """The file's text."""
    return "\n\n".join([TITLE, *("\n\n".join(_parts(insight)) for insight in insights)]) + "\n"


def _parts(insight: Insight) -> Iterator[str]:
    yield f"## {insight.id or _NEW}"
    labels = (f"Label: {_escaped(str(label))}" for label in insight.labels)
    version = [f"Version: {insight.version}"] if insight.version else []
    yield "\n".join([f"Status: {insight.status.value}", *version, *labels])
    yield f"### Condition\n\n{_escaped(insight.condition)}"
    yield f"### Explanation\n\n{_escaped(insight.explanation)}"
    if "\r" in insight.example:  # which no fence can hold: a reader takes it for the end of a line
        yield f"### Example\n\n{_escaped(insight.example)}"
    elif insight.example:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", insight.example)), default=0))
        yield f"### Example\n\n{fence}\n{insight.example}\n{fence}"


def _escaped(text: str) -> str:
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")
    return re.sub(r"^(?=[#\\`])", r"\\", shown, flags=re.MULTILINE)


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"^\\(?=[#\\`])", "", text, flags=re.MULTILINE))


def read(text: str, source: str) -> Contents:
    """The insights of a file; a section named `new` is one without an id.

    Raises:
        ExchangeError: a section is wrong; names it.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Contents(tuple(_insight(section, source) for section in _sections(lines, source)))


@dataclass
class _Section:
    name: str
    head: list[str] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)


def _sections(lines: Sequence[str], source: str) -> Iterator[_Section]:
    """The sections by their headings; what stands in a code fence is no heading."""
    section = _Section("")
    into, fence = section.head, ""
    for line in lines:
        heading = None if fence else _HEADING.match(line)
        if heading is None:
            fence = _fence_after(line, fence)
            into.append(line)
        elif heading[1] == "##":
            yield from _whole(section)
            section = _Section(_named(heading[2], section, source))
            into = section.head
        else:
            into = _field(section, heading[2], source)
    if fence:
        raise refused(source, f"section {section.name}", f"its code fence {fence} is not closed")
    yield from _whole(section)


def _whole(section: _Section) -> Iterator[_Section]:
    """The section, unless it is what stands before the first heading."""
    if section.name:
        yield section


def _named(name: str, before: _Section, source: str) -> str:
    if not name:
        raise refused(
            source,
            f"after section {before.name}",
            f"a heading ## has no id; write ## {_NEW} for a new insight",
        )
    return name


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after a line; empty where none is."""
    if fence:
        return "" if line.strip() == fence else fence
    opened = _FENCE.match(line)
    return opened.group() if opened else ""


def _field(section: _Section, heading: str, source: str) -> list[str]:
    """The lines of a field, of which there are none yet."""
    where, name = f"section {section.name}" if section.name else "beginning", heading.lower()
    if not section.name:
        raise refused(
            source, where, f"### {heading} is in no section; begin one with ## and its id, or ## {_NEW}"
        )
    if name not in _FIELDS:
        fields = ", ".join(field.capitalize() for field in _FIELDS)
        raise refused(
            source, where, f"there is no heading {heading!r}, only {fields}; write \\### where it is text"
        )
    if name in section.fields:
        raise refused(source, where, f"the heading {heading} stands twice")
    return section.fields.setdefault(name, [])


def _head(section: _Section, source: str) -> dict[str, list[str]]:
    """The values of the lines under a section's heading, by their names."""
    head: dict[str, list[str]] = {}
    for line in filter(str.strip, section.head):
        name, _, value = line.partition(":")
        if name.strip().lower() not in _HEAD:
            raise refused(
                source,
                f"section {section.name}",
                f"{line.strip()!r} is none of Status: ..., Version: ... and Label: ...",
            )
        head.setdefault(name.strip().lower(), []).append(_plain(value.strip()))
    return head


def _insight(section: _Section, source: str) -> Insight:
    where, head, fields = f"section {section.name}", _head(section, source), section.fields
    if section.name == _NEW:
        head.setdefault("status", [Status.ACTIVE])
    for needed, found in (("status", head), ("label", head), ("condition", fields), ("explanation", fields)):
        if needed not in found:
            raise refused(source, where, f"there is no {needed}")
    for once in ("status", "version"):
        if len(head.get(once, ())) > 1:
            raise refused(source, where, f"the {once} stands twice")
    try:
        return Insight.model_validate(
            {
                "id": "" if section.name == _NEW else section.name,
                "labels": tuple(map(Label.parse, head["label"])),
                "status": head["status"][0],
                "version": head.get("version", ["0"])[0],
                "condition": _prose(fields["condition"]),
                "explanation": _prose(fields["explanation"]),
                "example": _code(fields.get("example", [])),
            }
        )
    except ValidationError as error:
        raise refused(source, where, error) from None
    except ValueError as error:
        raise refused(source, where, str(error)) from None


def _prose(lines: Sequence[str]) -> str:
    return _plain("\n".join(lines).strip("\n"))


def _code(lines: Sequence[str]) -> str:
    """What stands between fences, as it is; without any, prose."""
    text = "\n".join(lines).strip("\n")
    opened = _FENCE.match(text)
    if opened is None:
        return _plain(text)
    inside = text.split("\n")[1:]
    return "\n".join(inside[:-1] if inside and inside[-1].strip() == opened.group() else inside)
