"""Libraries as files: our own JSON, AlphaOPT's JSON, and Markdown for reading and editing by hand."""

from library.exchange.contents import Contents as Contents
from library.exchange.files import Format as Format
from library.exchange.files import Taken as Taken
from library.exchange.files import dumps as dumps
from library.exchange.files import loads as loads
from library.exchange.files import take_in as take_in

__all__ = ["Contents", "Format", "Taken", "dumps", "loads", "take_in"]
