"""What can go wrong with a library; what was not found for a question is an empty result, not an error.

LibraryError
    StoreError                  the database cannot be opened, read or written; says which and why
        EditConflict            somebody else changed the insight meanwhile; read it again
    UnknownInsight (LookupError)    no insight of that id, or no such version of it
    ExchangeError (ValueError)  a file cannot be imported; names file and entry
    EmbeddingUnavailable        no vectors for search by meaning; it goes on by words
    UnusableRun (ValueError)    a run cannot be begun so: its name, or a task in both of its parts
    UnusableReply (ValueError)  the language model's reply is not what was asked for
"""


class LibraryError(Exception):
    """Base of everything that this package raises on purpose."""


class StoreError(LibraryError):
    """The database cannot be opened, read or written."""


class EditConflict(StoreError):
    """The insight was changed since it was read."""


class UnknownInsight(LibraryError, LookupError):
    """There is no such insight, or no such version of it."""


class ExchangeError(LibraryError, ValueError):
    """A file cannot be imported; the text names the file and the entry."""


class EmbeddingUnavailable(LibraryError):
    """The endpoint gives no vectors."""


class UnusableRun(LibraryError, ValueError):
    """A long run cannot be begun under this name, or with these tasks."""


class UnusableReply(LibraryError, ValueError):
    """A reply of the language model that is not what was asked for."""
