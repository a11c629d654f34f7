"""Mixing, making, storing: diets, blends, plans over time."""

from random import Random

from agent.formulation import Formulation
from benchmarks.synth.generators.building import generator, grid, names, problem, row


@generator("diet")
def diet(draw: Random, size: int) -> Formulation:
    """The cheapest foods that cover all needs."""
    foods, nutrients = names("food", size + 2), names("nutrient", 1 + size // 2 + 1)
    content = grid(draw, len(foods), len(nutrients), 1, 12)
    return problem(
        "diet",
        ("minimize", "sum(price[f] * portions[f] for f in foods)", "total price"),
        {"portions[foods]": ("real", "portions bought of a food", 15)},
        {
            "enough of each nutrient": (
                "n in nutrients",
                "sum(content[f, n] * portions[f] for f in foods) >= need[n]",
            )
        },
        sets={"foods": foods, "nutrients": nutrients},
        parameters={
            "price[foods]": (row(draw, len(foods), 2, 9), "price of a portion"),
            "content[foods, nutrients]": (content, "units of a nutrient in a portion of a food"),
            "need[nutrients]": (row(draw, len(nutrients), 20, 60), "units of a nutrient that are needed"),
        },
    )


@generator("blending")
def blending(draw: Random, size: int) -> Formulation:
    """Raw materials blended to a quality."""
    materials = names("material", size + 2)
    share = [draw.randint(2, 18) for _ in materials]
    middle = sum(share) / len(share)
    amount = 100 * draw.randint(2, 9)
    return problem(
        "blending",
        ("minimize", "sum(cost[m] * tons[m] for m in materials)", "total cost"),
        {"tons[materials]": ("real", "tons of a material in the blend")},
        {
            "the blend's amount": ("", "sum(tons[m] for m in materials) == amount"),
            "impurity of the blend": (
                "",
                "sum(impurity[m] * tons[m] for m in materials) <= largest_impurity * amount",
            ),
            "stock of each material": ("m in materials", "tons[m] <= stock[m]"),
        },
        sets={"materials": materials},
        parameters={
            "amount": (amount, "tons of blend to make"),
            "cost[materials]": ([60 - 2 * s + draw.randint(0, 9) for s in share], "cost of a ton"),
            "impurity[materials]": (share, "impurity of a material in percent"),
            "largest_impurity": (round(middle), "largest impurity of the blend in percent"),
            "stock[materials]": (row(draw, len(materials), amount // 2, amount), "tons in stock"),
        },
    )


@generator("production planning")
def production(draw: Random, size: int) -> Formulation:
    """The most profitable mix of products on scarce resources."""
    products, resources = names("product", size + 1), names("resource", 2 + size // 2)
    return problem(
        "production planning",
        ("maximize", "sum(profit[p] * made[p] for p in products)", "total profit"),
        {"made[products]": ("integer", "units made of a product")},
        {
            "resources at hand": ("r in resources", "sum(use[p, r] * made[p] for p in products) <= stock[r]"),
            "orders to meet": ("p in products", "made[p] >= ordered[p]"),
        },
        sets={"products": products, "resources": resources},
        parameters={
            "profit[products]": (row(draw, len(products), 8, 40), "profit of a unit"),
            "use[products, resources]": (
                grid(draw, len(products), len(resources), 1, 6),
                "use of a resource by a unit",
            ),
            "stock[resources]": (
                row(draw, len(resources), 60 * size + 90, 140 * size + 160),
                "what is there",
            ),
            "ordered[products]": (row(draw, len(products), 2, 5), "units already ordered"),
        },
    )


@generator("lot sizing")
def lot_sizing(draw: Random, size: int) -> Formulation:
    """Set-up costs against the cost of keeping stock."""
    months = list(range(1, size + 4))
    demand = row(draw, len(months), 20, 90)
    return problem(
        "lot sizing",
        (
            "minimize",
            "sum(setup_cost * setup[t] + unit_cost[t] * made[t] + keeping_cost * stock[t] for t in months)",
            "total cost of setting up, making and keeping",
        ),
        {
            "made[months]": ("integer", "units made in a month"),
            "stock[months]": ("integer", "units in stock at the end of a month"),
            "setup[months]": ("binary", "whether anything is made in a month"),
        },
        {
            "the first month begins with no stock": ("", "stock[1] == made[1] - demand[1]"),
            "stock from month to month": (
                "t in months if t > 1",
                "stock[t] == stock[t - 1] + made[t] - demand[t]",
            ),
            "what can be made in a month that is set up": ("t in months", "made[t] <= capacity * setup[t]"),
        },
        sets={"months": months},
        parameters={
            "setup_cost": (50 * draw.randint(2, 9), "cost of setting up in a month"),
            "unit_cost[months]": (row(draw, len(months), 5, 9), "cost of making a unit in a month"),
            "keeping_cost": (draw.randint(1, 3), "cost of keeping a unit for a month"),
            "demand[months]": (demand, "units demanded in a month"),
            "capacity": (max(demand) + draw.randint(20, 80), "units that can be made in a month"),
        },
    )


@generator("inventory")
def inventory(draw: Random, size: int) -> Formulation:
    """Stock and late deliveries over time."""
    weeks = list(range(1, size + 4))
    demand = row(draw, len(weeks), 30, 80)
    return problem(
        "inventory with late deliveries",
        (
            "minimize",
            "sum(price[t] * bought[t] + keeping * stock[t] + penalty * late[t] for t in weeks)",
            "total cost of buying, keeping and delivering late",
        ),
        {
            "bought[weeks]": ("real", "tons bought in a week", max(demand) + 10),
            "stock[weeks]": ("real", "tons in stock at the end of a week"),
            "late[weeks]": ("real", "tons owed at the end of a week"),
        },
        {
            "the first week": ("", "stock[1] - late[1] == opening + bought[1] - demand[1]"),
            "from week to week": (
                "t in weeks if t > 1",
                "stock[t] - late[t] == stock[t - 1] - late[t - 1] + bought[t] - demand[t]",
            ),
            "nothing is owed in the end": ("t in weeks if t + 1 not in weeks", "late[t] == 0"),
        },
        sets={"weeks": weeks},
        parameters={
            "price[weeks]": (row(draw, len(weeks), 10, 30), "price of a ton in a week"),
            "demand[weeks]": (demand, "tons demanded in a week"),
            "opening": (draw.randint(5, 25), "tons in stock at first"),
            "keeping": (draw.randint(1, 3), "cost of keeping a ton for a week"),
            "penalty": (draw.randint(4, 9), "cost of owing a ton for a week"),
        },
    )


@generator("order quantity")
def order_quantity(draw: Random, size: int) -> Formulation:
    """Economic order quantities that share a warehouse (Harris 1913)."""
    goods = names("good", max(1, size - 1))
    return problem(
        "order quantities",
        (
            "minimize",
            "sum(order_cost[g] * yearly[g] / lot[g] + keeping[g] * lot[g] / 2 for g in goods)",
            "yearly cost of ordering and keeping",
        ),
        {"lot[goods]": ("real", "units of a good in each order, at least 1", 2000)},
        {
            "at least one unit in an order": ("g in goods", "lot[g] >= 1"),
            "room in the warehouse": ("", "sum(room[g] * lot[g] for g in goods) <= space"),
        },
        sets={"goods": goods},
        parameters={
            "order_cost[goods]": (row(draw, len(goods), 20, 80), "cost of an order"),
            "yearly[goods]": ([100 * n for n in row(draw, len(goods), 4, 30)], "units sold in a year"),
            "keeping[goods]": (row(draw, len(goods), 2, 8), "cost of keeping a unit for a year"),
            "room[goods]": (row(draw, len(goods), 1, 4), "square metres for a unit"),
            "space": (100 * len(goods) * draw.randint(3, 6), "square metres of the warehouse"),
        },
    )
