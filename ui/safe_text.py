"""Words of users, data files and language models as they may stand on a page or in a spreadsheet."""

import re

from agent.cli.terminal import safe as safe

_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
_SHORTCODE = re.compile(r":(?=[\w+/-]+:)")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WORD_JOINER = "\N{WORD JOINER}"


def markdown(text: object) -> str:
    r"""The text as Markdown that shows it as it stands: no markup, link, formula, colour or HTML comes of it.

    CommonMark lets every sign of ASCII punctuation be escaped by a backslash. Streamlit looks for short codes such
    as those of its icons only afterwards, in the plain text, so these are broken up by a sign without width.

    >>> print(markdown("<b>2*3</b> for $5"))
    \<b\>2\*3\<\/b\> for \$5
    """
    lines = safe(text).strip("\n").split("\n")
    broken = (_SHORTCODE.sub(f":{_WORD_JOINER}", line.strip(" ")) for line in lines)
    return "  \n".join(_MARKUP.sub(r"\\\1", line) for line in broken)


def cell(text: object) -> str:
    """The text as a cell of a CSV file: a spreadsheet takes it for words, never for a formula.

    >>> cell("=1+1")
    "'=1+1"
    """
    shown = safe(text)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown
