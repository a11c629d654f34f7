"""Three problems to begin with; each can be answered by the embedded model."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Example:
    """A problem in words, with the table it speaks of."""

    title: str
    summary: str
    text: str
    data: dict[str, list[dict[str, str | int]]] = field(default_factory=dict)


EXAMPLES = (
    Example(
        "What to bake",
        "Bread and cake from so much flour and oven time.",
        "A bakery makes bread and cake. Each loaf of bread needs 2 kg of flour and 10 minutes in the oven. Each cake "
        "needs 5 kg of flour and 30 minutes in the oven. The bakery has 220 kg of flour and 1200 minutes of oven "
        "time, and it must bake at least 20 loaves of bread for its regular customers. It earns 3 dollars with each "
        "loaf of bread and 8 dollars with each cake. How many loaves and cakes should it make to maximize its profit?",
    ),
    Example(
        "What to load",
        "The best goods for a van, from a table.",
        "A trader loads a van. The table lists the goods with their value and their weight; there is one of each. The "
        "van carries at most 70 kg. Which goods should the trader take so that their total value is as large as "
        "possible?",
        {
            "cargo": [
                {"item": item, "value": value, "weight": weight}
                for item, value, weight in (
                    ("lamp", 60, 10),
                    ("rug", 100, 20),
                    ("clock", 120, 30),
                    ("mirror", 75, 14),
                    ("chair", 90, 25),
                    ("vase", 40, 6),
                    ("radio", 85, 16),
                )
            ]
        },
    ),
    Example(
        "What to plant",
        "Wheat and beans on a farm with few hands.",
        "A farmer has 120 acres for wheat and beans. An acre of wheat takes 4 hours of work and earns 200 dollars, an "
        "acre of beans takes 7 hours of work and earns 310 dollars. There are 600 hours of work, and at most 50 acres "
        "may be beans. How many acres of each should the farmer plant to earn as much as possible?",
    ),
)
