"""Smooth models for the numerical optimizer: solve one, or one from many starts.

python -m examples.numeric
"""

import math

import pyomo.environ as pyo


def hs71() -> pyo.ConcreteModel:
    """A product bounded below on a sphere, problem 71 of Hock and Schittkowski; optimum 17.0140173."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(4), bounds=(1, 5), initialize=dict(enumerate([1.0, 5.0, 5.0, 1.0])))
    x = model.x
    model.goal = pyo.Objective(expr=x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2])
    model.product = pyo.Constraint(expr=x[0] * x[1] * x[2] * x[3] >= 25)
    model.sphere = pyo.Constraint(expr=sum(x[i] ** 2 for i in range(4)) == 40)
    return model


def hs93() -> pyo.ConcreteModel:
    """The design of a transformer, problem 93 of Hock and Schittkowski; optimum 135.075961."""
    model = pyo.ConcreteModel()
    first = [5.54, 4.4, 12.02, 11.82, 0.702, 0.852]
    model.x = pyo.Var(range(6), bounds=(0, None), initialize=dict(enumerate(first)))
    x = model.x
    iron, copper = x[0] * x[3] * (x[0] + x[1] + x[2]), x[1] * x[2] * (x[0] + 1.57 * x[1] + x[3])
    model.cost = pyo.Objective(
        expr=0.0204 * iron + 0.0187 * copper + 0.0607 * iron * x[4] ** 2 + 0.0437 * copper * x[5] ** 2
    )
    model.power = pyo.Constraint(expr=0.001 * x[0] * x[1] * x[2] * x[3] * x[4] * x[5] >= 2.07)
    model.loss = pyo.Constraint(expr=0.00062 * iron * x[4] ** 2 + 0.00058 * copper * x[5] ** 2 <= 1)
    return model


def haverly() -> pyo.ConcreteModel:
    """Pooling of two sources into two products: local optima at 0, 100 and 400."""
    model = pyo.ConcreteModel()
    model.a, model.b, model.p = (pyo.Var(bounds=(0, 300), initialize=value) for value in (50, 100, 2))
    model.px, model.py, model.cx, model.cy = (pyo.Var(bounds=(0, 200), initialize=50) for _ in range(4))
    model.p.setlb(1)
    model.p.setub(3)
    sold = 9 * (model.px + model.cx) + 15 * (model.py + model.cy)
    model.goal = pyo.Objective(
        expr=sold - 6 * model.a - 16 * model.b - 10 * (model.cx + model.cy), sense=pyo.maximize
    )
    model.flow = pyo.Constraint(expr=model.a + model.b == model.px + model.py)
    model.sulfur = pyo.Constraint(expr=3 * model.a + model.b == model.p * (model.px + model.py))
    model.qx = pyo.Constraint(expr=model.p * model.px + 2 * model.cx <= 2.5 * (model.px + model.cx))
    model.qy = pyo.Constraint(expr=model.p * model.py + 2 * model.cy <= 1.5 * (model.py + model.cy))
    model.sx = pyo.Constraint(expr=model.px + model.cx <= 100)
    model.sy = pyo.Constraint(expr=model.py + model.cy <= 200)
    return model


def swing_up(steps: int) -> pyo.ConcreteModel:
    """A pendulum swung up within three seconds with bounded torque, discretized by the trapezoidal rule."""
    model = pyo.ConcreteModel()
    model.angle = pyo.Var(range(steps + 1), bounds=(-10, 10), initialize=lambda _, i: math.pi * i / steps)
    model.speed = pyo.Var(range(steps + 1), bounds=(-10, 10), initialize=0.1)
    model.torque = pyo.Var(range(steps + 1), bounds=(-6, 6), initialize=0.1)
    half = 0.5 * 3 / steps
    model.effort = pyo.Objective(expr=sum(model.torque[i] ** 2 for i in range(steps + 1)) * half)
    model.turn = pyo.Constraint(
        range(steps), rule=lambda m, i: m.angle[i + 1] - m.angle[i] == half * (m.speed[i] + m.speed[i + 1])
    )
    model.push = pyo.Constraint(
        range(steps),
        rule=lambda m, i: (
            m.speed[i + 1] - m.speed[i]
            == half * sum(m.torque[k] - 9.81 * pyo.sin(m.angle[k]) - 0.1 * m.speed[k] for k in (i, i + 1))
        ),
    )
    model.ends = pyo.ConstraintList()
    for var, value in ((model.angle[0], 0), (model.speed[0], 0), (model.angle[steps], math.pi)):
        model.ends.add(var == value)
    model.ends.add(model.speed[steps] == 0)
    return model


def main() -> None:
    """Solve one model once, and another from many starts."""
    import solvers
    from solvers.numeric import minimize

    report = solvers.solve(hs71(), engine="numeric")
    print(f"{report.objective:.6f} by {report.engine}; {report.message}")
    found = minimize(haverly(), starts=256)
    for optimum in found.optima:
        print(f"profit {optimum.objective:.2f} from {optimum.hits} starts")


if __name__ == "__main__":
    main()
