"""Search by meaning: an insight is found by a question that shares no word with it."""

import logging
from collections.abc import Iterator, Sequence

import pytest
from insights import conservation, setup_costs

from library.insight import Status
from library.library import Library, open_library

QUESTION = "Liquids run along conduits until reservoirs fill; minimize pumping."
TOPICS = {"flow": ("pipes", "junction", "conduits"), "opening": ("fixed", "charge", "start-up")}


class ByTopic:
    """Vectors that count the words of two topics."""

    model = "by-topic"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.asked += texts
        return [[float(sum(word in text for word in words)) for words in TOPICS.values()] for text in texts]


@pytest.fixture
def by_topic() -> ByTopic:
    return ByTopic()


@pytest.fixture
def opened(url: str, by_topic: ByTopic) -> Iterator[Library]:
    library = open_library(url, embed=by_topic)
    library.store.put([conservation(), setup_costs()], author="t")
    yield library
    library.close()


async def test_what_shares_no_word_is_found_and_says_how(opened: Library) -> None:
    found = await opened.retrieve(QUESTION, "formulation")
    assert found[0].explanation == conservation().explanation
    assert found[0].why == "close in meaning (cosine 1.00)"


async def test_both_searches_count(opened: Library) -> None:
    first, second = await opened.retrieve(
        "A machine has a fixed charge of 5 before its first unit.", "formulation"
    )
    assert first.explanation == setup_costs().explanation
    assert "shares" in first.why and "close in meaning (cosine 1.00)" in first.why
    assert "shares" not in second.why


async def test_vectors_are_kept_until_an_insight_changes(
    opened: Library, by_topic: ByTopic, url: str
) -> None:
    await opened.retrieve(QUESTION, "formulation")
    assert len(by_topic.asked) == 3
    again = open_library(url, embed=by_topic)
    await again.retrieve(QUESTION, "formulation")
    assert len(by_topic.asked) == 4
    (flow,) = [one for one in opened.store.insights() if "junction" in one.explanation]
    opened.store.put([flow.model_copy(update={"condition": "Applies to a start-up charge."})], author="t")
    found = await again.retrieve("There is a start-up charge.", "formulation")
    assert len(by_topic.asked) == 6 and found[0].id == flow.id
    again.close()


async def test_what_is_retired_is_not_offered(opened: Library) -> None:
    (flow,) = [one for one in opened.store.insights() if "junction" in one.explanation]
    await opened.retrieve(QUESTION, "formulation")
    opened.store.put([flow.model_copy(update={"status": Status.RETIRED})], author="t")
    assert flow.id not in {one.id for one in await opened.retrieve(QUESTION, "formulation")}


@pytest.mark.parametrize("vectors", [[], [[1.0], [1.0, 2.0]], [[float("nan")] * 2] * 2])
async def test_without_usable_vectors_the_search_goes_on_by_words(
    url: str, caplog: pytest.LogCaptureFixture, vectors: list[list[float]]
) -> None:
    class Broken(ByTopic):
        async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            return vectors

    library = open_library(url, embed=Broken())
    library.store.put([setup_costs()], author="t")
    with caplog.at_level(logging.WARNING):
        (found,) = await library.retrieve("A fixed charge for each machine.", "formulation")
    assert "shares" in found.why and "by words alone" in caplog.text
    library.close()
