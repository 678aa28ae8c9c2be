"""The lattice constant of the moiré lattice of two triangular layers on each other."""

import math


def moire_constant(layer_constants: tuple[float, float], twist_angle: float = 0.0) -> float:
    """Lattice constant of the beating of two triangular (or square) lattices.

    Reciprocal lattice vectors of the beating are the differences of those of the layers, so that

        L = a b / sqrt(a² + b² − 2 a b cos θ),

    a / (2 sin(θ/2)) for two equal layers.

    Parameters
    ----------
    layer_constants
        Lattice constants a and b of the layers.
    twist_angle
        θ, degrees, from the layers aligned.

    Raises
    ------
    ValueError
        If the layers are equal and aligned, which makes no pattern; or a constant is not positive.

    Examples
    --------
    >>> round(moire_constant((3.28, 3.15)), 1)
    79.5
    """
    first, second = layer_constants
    if min(layer_constants) <= 0:
        raise ValueError(f"layer_constants = {list(layer_constants)}: give two lengths above 0")
    turn = math.radians(twist_angle)
    # (a − b)² + 4 a b sin²(θ/2) keeps its digits where cos θ is near 1
    apart = math.hypot(first - second, 2 * math.sqrt(first * second) * math.sin(turn / 2))
    if apart < 1e-6 * first:
        raise ValueError("two equal layers without a twist_angle have no moiré lattice; give one")
    return first * second / apart
