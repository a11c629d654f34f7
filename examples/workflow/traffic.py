"""Set the green times of a crossing, simulated by uxsim: numeric search over bounded numbers.

    pip install "optwright[tune]" uxsim
    python examples/workflow/traffic.py

Four times as much traffic comes from the west as from the south; both greens start at 30 s. After Trace's example of
traffic lights.
"""

from uxsim import World

from agent.workflow import BlackBox, Budget, Margin, node, optimize

east_west = node(30, trainable=True, constraint=(10, 90), description="green for west to east, in s")
north_south = node(30, trainable=True, constraint=(10, 90), description="green for south to north, in s")


def crossing(flows, seed):
    """Mean delay of a trip, in s, with some traffic."""
    world = World(name="", deltan=5, tmax=1800, random_seed=seed, print_mode=0, save_mode=0, show_mode=0)
    world.addNode("west", -1, 0)
    world.addNode("south", 0, -1)
    world.addNode("crossing", 0, 0, signal=[east_west.data, north_south.data])
    world.addNode("east", 1, 0)
    world.addNode("north", 0, 1)
    for name, first, second, group in (
        ("from_west", "west", "crossing", 0),
        ("from_south", "south", "crossing", 1),
        ("to_east", "crossing", "east", 0),
        ("to_north", "crossing", "north", 1),
    ):
        world.addLink(name, first, second, length=500, free_flow_speed=15, signal_group=group)
    from_west, from_south = flows
    world.adddemand("west", "east", 0, 1500, from_west)
    world.adddemand("south", "north", 0, 1500, from_south)
    world.exec_simulation()
    world.analyzer.basic_analysis()
    return world.analyzer.average_delay


def score(delay, _flows):
    return -delay, f"a trip is {delay:.0f} s late"


result = optimize(
    crossing,
    train=[(0.56, 0.14), (0.52, 0.12)],
    test=[(0.54, 0.13)],
    score=score,
    budget=Budget(calls=42),
    optimizer=BlackBox(),
    gate=Margin(),
)
print(f"green {east_west.data} s and {north_south.data} s")
print(result)
