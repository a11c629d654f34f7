"""Markdown: a section an insight, for reading and for edits in a text editor.

Only what people write stands in it: labels, status, condition, explanation, example. On the way back an insight is
found by its id and keeps the rest. Text is escaped, so that none of it becomes markup or another section.
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
_FIELDS = ("condition", "explanation", "example")
_FENCE = re.compile(r"`{3,}")


def write(insights: Iterable[Insight]) -> str:
    """The file's text."""
    return "\n\n".join([TITLE, *("\n\n".join(_parts(insight)) for insight in insights)]) + "\n"


def _parts(insight: Insight) -> Iterator[str]:
    yield f"## {insight.id or _NEW}"
    labels = (f"Label: {_escaped(str(label))}" for label in insight.labels)
    yield "\n".join([f"Status: {insight.status.value}", *labels])
    yield f"### Condition\n\n{_escaped(insight.condition)}"
    yield f"### Explanation\n\n{_escaped(insight.explanation)}"
    if insight.example:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", insight.example)), default=0))
        yield f"### Example\n\n{fence}\n{insight.example}\n{fence}"


def _escaped(text: str) -> str:
    shown = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"^(?=[#\\`])", r"\\", shown, flags=re.MULTILINE)


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"^\\(?=[#\\`])", "", text, flags=re.MULTILINE))


def read(text: str, source: str) -> Contents:
    """The insights of a file; a section named `new` is one without an id.

    Raises:
        ExchangeError: a section is wrong; names it.
    """
    return Contents(tuple(_insight(section, source) for section in _sections(text)))


@dataclass
class _Section:
    name: str
    head: list[str] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)


def _sections(text: str) -> Iterator[_Section]:
    """The sections by their headings; what stands in a code fence is no heading."""
    section: _Section | None = None
    lines: list[str] = []
    fence = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if fence:
            fence = "" if line.strip() == fence else fence
        elif line.startswith("## "):
            if section is not None:
                yield section
            section = _Section(line[3:].strip())
            lines = section.head
            continue
        elif section is not None and line.startswith("### ") and line[4:].strip().lower() in _FIELDS:
            lines = section.fields.setdefault(line[4:].strip().lower(), [])
            continue
        elif opened := _FENCE.match(line):
            fence = opened.group()
        lines.append(line)
    if section is not None:
        yield section


def _insight(section: _Section, source: str) -> Insight:
    where, head, fields = f"section {section.name}", dict[str, list[str]](), section.fields
    for line in section.head:
        key, _, value = line.partition(":")
        head.setdefault(key.strip().lower(), []).append(_plain(value.strip()))
    for needed, found in (("label", head), ("condition", fields), ("explanation", fields)):
        if needed not in found:
            raise refused(source, where, f"there is no {needed}")
    try:
        return Insight(
            id="" if section.name == _NEW else section.name,
            labels=tuple(map(Label.parse, head["label"])),
            status=Status(head.get("status", ["active"])[0]),
            condition=_prose(fields["condition"]),
            explanation=_prose(fields["explanation"]),
            example=_code(fields.get("example", [])),
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
