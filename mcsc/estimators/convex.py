"""The lower convex hull of points over a line."""

from mcsc.estimators.estimate import FloatArray


def lower_corners(x: FloatArray, y: FloatArray) -> list[int]:
    """Corners of the lower convex hull, with both ends; a point on a chord is none.

    Parameters
    ----------
    x, y
        (n,) with x ascending.
    """
    corners: list[int] = []
    for i in range(len(x)):
        # a corner above the chord to the new point is none
        while len(corners) > 1 and _slope(x, y, corners[-2], i) <= _slope(x, y, *corners[-2:]):
            corners.pop()
        corners.append(i)
    return corners


def _slope(x: FloatArray, y: FloatArray, i: int, j: int) -> float:
    return float((y[j] - y[i]) / (x[j] - x[i]))
