"""The smallest job: proves that a round trip through the whole jail works."""


def run(payload: bytes) -> bytes:
    """The payload itself."""
    return payload
