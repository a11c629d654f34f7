"""Haverly's pooling problem (1978): bilinear, with local optima that are not global; solved to global optimality.

Crudes a and b share a pool, c does not; x may hold 2.5 % sulphur, y 1.5 %. The best plan earns 400.
"""

import agent
from agent.formulation import Constraint, Formulation, Objective, Sense, Variable


def flow(name: str, most: float) -> Variable:
    return Variable(name=name, upper=most)


POOLING = Formulation(
    title="Haverly's pooling problem",
    variables=(
        *(flow(name, 300) for name in ("a", "b", "c", "pool_x", "pool_y", "c_x", "c_y")),
        flow("x", 100),
        flow("y", 200),
        Variable(name="sulphur", meaning="percent sulphur in the pool", lower=1, upper=3),
    ),
    objective=Objective(
        sense=Sense.MAXIMIZE, expression="9*x + 15*y - 6*a - 16*b - 10*c", meaning="profit", unit="dollars"
    ),
    constraints=tuple(
        Constraint(name=f"balance_{number}", expression=expression)
        for number, expression in enumerate(
            (
                "a + b == pool_x + pool_y",
                "c == c_x + c_y",
                "x == pool_x + c_x",
                "y == pool_y + c_y",
                "sulphur*(pool_x + pool_y) == 3*a + b",
                "sulphur*pool_x + 2*c_x <= 2.5*x",
                "sulphur*pool_y + 2*c_y <= 1.5*y",
            ),
            start=1,
        )
    ),
)


def main() -> None:
    solution = agent.solve_formulation(POOLING)
    assert solution.certificate is not None
    print(f"{solution.status}: {solution.objective:.2f} {solution.unit}, gap {solution.certificate.gap:.1e}")
    print(f"{solution.certificate.engine}; largest violation {solution.certificate.violation:.1e}")


if __name__ == "__main__":
    main()
