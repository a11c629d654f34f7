"""Cards are complete, and labels are called wrong only with proof."""

from pathlib import Path

import pytest

import agent
from benchmarks import datasets
from benchmarks.datasets.cards import Correction, card, digest_of, names
from benchmarks.scoring.score import agrees

RAW = Path(__file__).resolve().parents[4] / "shared" / "data" / "raw"
CORRECTIONS = [correction for name in names() for correction in card(name).corrections.values()]


@pytest.mark.parametrize("name", names())
def test_a_card_says_where_a_set_is_from_and_how_to_get_it(name: str) -> None:
    found = card(name)
    assert found.title and found.source and found.licence and found.types
    assert "--data" in found.way


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda correction: correction.question)
def test_a_corrected_label_is_proven_by_its_formulation(correction: Correction) -> None:
    solution = agent.solve_formulation(correction.formulation)
    assert agrees(solution.status, solution.objective, (correction.answer,))
    assert not agrees(solution.status, solution.objective, (correction.label,))
    assert solution.certificate is not None
    assert solution.certificate.is_valid


@pytest.mark.skipif(not RAW.exists(), reason=f"needs the public sets in {RAW}")
@pytest.mark.parametrize(
    ("name", "file"), [("mamo_complex", "MAMO_ComplexLP.json"), ("optmath", "OptMATH_Bench.json")]
)
def test_corrections_meet_their_problems(name: str, file: str) -> None:
    labels = {digest_of(record.question): record.answer for record in datasets.load(name, RAW / file)}
    found = card(name).corrections
    assert found
    for correction in found.values():
        assert labels[correction.question] == correction.label
