"""What words of others may become on a page or in a spreadsheet: words."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui import safe_text


@given(st.text(alphabet=string.printable + "é\u202e\N{ZERO WIDTH SPACE}", max_size=80))
def test_markdown_renders_to_the_words_alone(text: str) -> None:
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(safe_text.markdown(text))
    tags = {part.split(">")[0] for part in rendered.split("<")[1:]}
    assert tags <= {"p", "/p", "br /"}


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[a](javascript:b)", "![x](http://e/x.png)", "$x$", ":red[hot]", "# h"],
)
def test_markup_is_shown_as_it_stands(text: str) -> None:
    rendered = MarkdownIt("commonmark").render(safe_text.markdown(text))
    assert "<script" not in rendered and "<a " not in rendered and "<img" not in rendered
    assert "<h1" not in rendered


def test_short_codes_are_broken_up() -> None:
    assert ":smile:" not in safe_text.markdown(":smile:").replace("\\", "")
    assert ":material/home:" not in safe_text.markdown(":material/home:").replace("\\", "")


def test_signs_that_turn_the_writing_around_are_replaced() -> None:
    assert "\u202e" not in safe_text.markdown("a\u202eb")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a)", "\t=1", "=cmd|' /C calc'!A0"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert not safe_text.cell(text).startswith(("=", "+", "-", "@", "\t"))


def test_a_cell_of_plain_words_stays(text: str = "flour (kg)") -> None:
    assert safe_text.cell(text) == text
