"""Cases 39 and 70-81, as far as they concern a result's way: a job may lie in it, but not about itself."""

import json

import pytest

from solvers.sandbox import Policy, Status

pytestmark = pytest.mark.jail

FIND_PIPES = """
def spam(data):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, data)
        except OSError:
            pass
"""


def forged(body: str, kind: int = 0, cut: str = "") -> str:
    """A program that writes a frame of its own into every descriptor it has."""
    return f"body = {body}; spam((b'OWR1' + bytes([{kind}]) + len(body).to_bytes(8, 'big') + body){cut});"


@pytest.mark.parametrize(
    ("attack", "source"),
    [
        ("70-exit-without-a-result", "os._exit(0)"),
        ("70-exit-code", "os._exit(3)"),
        ("71-forged-result-on-stdout", 'print(\'{"sense": "minimize"}\', flush=True); os._exit(0)'),
        ("39-garbage-on-every-descriptor", "spam(b'garbage'); os._exit(0)"),
        ("72-two-results", forged("b'{}'")),
        ("72-unknown-frame", forged("b'{}'", kind=9) + "os._exit(0)"),
        ("72-short-frame", forged("b'{}'", cut="[:-1]") + "os._exit(0)"),
        ("72-announces-more", "spam(b'OWR1' + bytes([0]) + (2**60).to_bytes(8, 'big') + b'x'); os._exit(0)"),
    ],
)
def test_a_malformed_answer_is_no_result(assault, jail, attack, source):
    outcome, damage = assault(jail, FIND_PIPES + source)
    assert outcome.status is Status.PROTOCOL, outcome
    assert outcome.result == b""
    assert not damage


def test_a_well_formed_forgery_is_only_the_programs_own_claim(assault, jail):
    """A program may write its own result; nothing of the outcome but the result's bytes is its to choose."""
    outcome, _ = assault(jail, FIND_PIPES + forged("b'forged'") + "os._exit(0)")
    assert (outcome.status, outcome.result) == (Status.OK, b"forged")
    assert outcome.tier == jail.tier


def test_a_frame_before_a_crash_does_not_count(assault, jail):
    outcome, _ = assault(jail, FIND_PIPES + forged("b'forged'") + "os.abort()")
    assert (outcome.status, outcome.result) == (Status.CRASHED, b"")


def test_80_a_result_over_the_cap_is_cut_off(assault, jail):
    policy = Policy(time_limit_s=4.0, result_limit_bytes=1000)
    outcome, _ = assault(jail, FIND_PIPES + "while True: spam(b'x' * 4096)", policy)
    assert outcome.status is Status.OVERSIZE
    assert outcome.result == b""


@pytest.mark.parametrize(("size", "status"), [(1000, Status.OK), (1001, Status.OVERSIZE)])
def test_80_the_cap_is_exact(jail, size, status):
    outcome = jail.run("echo", b"x" * size, Policy(result_limit_bytes=1000))
    assert outcome.status is status


def test_80_a_large_result_arrives_whole(jail):
    payload = bytes(range(256)) * 40_000
    assert jail.run("echo", payload).result == payload


def test_81_output_that_is_not_utf8_is_shown_anyhow(assault, jail):
    outcome, _ = assault(jail, "os.write(1, b'\\xff\\xfe caf\\xe9\\n')")
    assert "caf\N{REPLACEMENT CHARACTER}" in outcome.stdout


def test_81_a_lone_surrogate_in_a_message_survives_the_trip(assault, jail):
    outcome, _ = assault(jail, "raise ValueError('\\udcff')")
    assert json.loads(outcome.result)["error"]["type"] == "ValueError"


def test_only_the_end_of_long_output_is_kept(assault, jail):
    outcome, _ = assault(jail, "print('x' * 100_000); print('the end')")
    assert outcome.stdout.endswith("the end\n")
    assert len(outcome.stdout) < 20_000
