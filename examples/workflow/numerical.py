"""Find the input of a small pipeline of which only "too low" or "too high" is told.

    python examples/workflow/numerical.py

The proposer is a rule, no language model: it goes where the feedback points, and halves its step when the feedback
turns. After Trace's numerical example.
"""

from agent.workflow import Budget, Proposer, bundle, node, optimize

TARGET = 7.0
x = node(-5.0, trainable=True, constraint=(-10, 10), description="input of the pipeline")


@bundle
def bend(value):
    """Grows slowly, then fast."""
    return value + 0.1 * value**3


def pipeline(shift):
    return bend(x + shift) - shift


def score(output, _shift):
    off = abs(output - TARGET)
    return -off, "right" if off < 1e-3 else "too low" if output < TARGET else "too high"


def follow(situation):
    """The next value, from the feedback on the values tried so far."""
    says = {run.feedback for run in situation.evidence}
    if "right" in says:
        return {}
    step = 4.0 * 0.5 ** (situation.step // 2)
    return {"x": situation.values["x"] + (step if "too low" in says else -step)}


result = optimize(
    pipeline, [1.0], score=score, budget=Budget(calls=60), optimizer=Proposer(follow), target=-1e-3
)
print(f"x = {x.data:.4f} after {result.ledger.calls} calls, off by {-result.validation.after:.5f}")
print(result)
