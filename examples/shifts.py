"""A question with a table, through the Python interface: `python examples/shifts.py`."""

import agent

QUESTION = """
A call centre needs the given number of agents in each shift. Permanent staff cost 120 a shift, temporary
staff cost 150. At most 10 permanent agents are free for each shift. How many agents of each kind should work
in each shift so that the total cost is as small as possible?
"""
NEEDED = {"shift": ["early", "late", "night"], "agents": [14, 11, 6]}


def main() -> None:
    solution = agent.solve(QUESTION, {"needed": NEEDED}, budget=agent.Budget(calls=6, seconds=900))
    print(solution.status, solution.objective)
    print(solution.explanation)
    for name, value in solution.values.items():
        print(name, value)
    if solution.certificate:
        print("checked:", solution.certificate.is_valid, "by", solution.certificate.engine)


if __name__ == "__main__":
    main()
