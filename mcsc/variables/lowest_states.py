"""What a file of lowest states holds: its root, the hull over filling, the configurations."""

from mcsc.variables.variable import Variable

_SEPARATES = ("separates", "stable")

LOWEST: tuple[Variable, ...] = (
    Variable(
        "stable", "doping", "1", "whether the filling does not separate into two others",
        flags=_SEPARATES,
    ),
)  # fmt: skip

HULL: tuple[Variable, ...] = (
    Variable("stable", "filling", "1", "whether the filling is on the hull", flags=_SEPARATES),
)
