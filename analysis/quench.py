"""Domains after a quench: snapshots, the peak of S(q) around the order, and how both grow.

Run:  mcsc run runs/large/quench.toml
      python analysis/quench.py runs/large/quench.toml quench.tasks [-o FILE]

Half-filled simple cubic wells order at q₀ = (½, ½, ½): ψ = (−1)^(x+y+z) (2n − 1) is +1 in domains
of one sublattice and −1 in those of the other. A run that its target makes longer leaves a snapshot
at every end of a task. S(k) is |ψ_k|²/N over spheres of |k|, k = q − q₀; the width of its peak is
the mean ⟨k⟩ = Σ k S/Σ S over the wavevectors of the peak, and 2π/⟨k⟩ the size of domains.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from mcsc.execute.taskfile import finished
from mcsc.planning import plan
from mcsc.planning.longer_runs import continued, sweeps_of
from mcsc.plot import save_figure
from mcsc.plot.style import BLUE, PAGE, SKY, STYLE, VERMILION, Page

FloatArray = npt.NDArray[np.float64]
SLICES = 4
# wavevectors of a peak reach so many times its width
CUT = 2.5
STEPS = 100


@dataclass(frozen=True)
class Age:
    """All temperatures so many sweeps after the quench: ψ, shape (T, Lx, Ly, Lz)."""

    sweeps: int
    psi: FloatArray


def staggered(state: npt.NDArray[np.integer], size: tuple[int, int, int]) -> FloatArray:
    """ψ, shape (T, Lx, Ly, Lz), of snapshots (T, wells), −1 where a well is empty."""
    sign = 1 - 2 * (np.indices(size).sum(axis=0) % 2)
    return np.where(state >= 0, 1.0, -1.0).reshape(-1, *size) * sign


def ages(run_file: Path, folder: Path) -> Iterator[Age]:
    """What every finished task of a quench left, and its temperatures' order, by sweeps."""
    task = plan(run_file).tasks[0].task
    row = (task,)
    while (groups := finished(folder, row[-1])) is not None:
        state = groups["samples"]["state"].values
        yield Age(task.sampling.warmup + sweeps_of(row), staggered(state, task.size))
        row = continued(row, 2 * sweeps_of(row))


def sphere_averages(psi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """|k| a, S there, and the number of wavevectors, over spheres 2π/L thick without k = 0."""
    size = psi.shape
    waves = np.abs(np.fft.fftn(psi)) ** 2 / psi.size
    k = np.sqrt(sum(one**2 for one in np.meshgrid(*map(np.fft.fftfreq, size), indexing="ij")))
    sphere = np.rint(k * min(size)).astype(int).ravel()
    counts = np.bincount(sphere)[: min(size) // 2]
    means = [np.bincount(sphere, weights=one.ravel())[: len(counts)] / counts for one in (k, waves)]
    return 2 * np.pi * means[0][1:], means[1][1:], counts[1:]


def width(k: FloatArray, s: FloatArray, counts: FloatArray) -> float:
    """⟨k⟩ over wavevectors up to `CUT` times ⟨k⟩, so that peaks of one shape scale with it."""
    mean = k[1]
    for _ in range(STEPS):
        near = k < CUT * mean
        weights = (counts * s)[near]
        mean = float(k[near] @ weights / weights.sum())
    return mean


def growth(times: FloatArray, widths: FloatArray) -> float:
    """The exponent n of 2π/⟨k⟩ ∝ tⁿ, from a line through logarithms."""
    return -float(np.polyfit(np.log(times), np.log(widths), 1)[0])


def slices(axes: npt.NDArray[np.object_], found: list[Age], which: int, temperature: float) -> None:
    """One plane of ψ at some ages."""
    chosen = [
        found[i] for i in np.unique(np.linspace(0, len(found) - 1, SLICES).round().astype(int))
    ]
    for ax, age in zip(axes, chosen, strict=False):
        ax.imshow(age.psi[which, :, :, 0].T, cmap="cividis", origin="lower", vmin=-1, vmax=1)
        ax.set_title(f"T = {temperature:g}: {age.sweeps} sweeps")
        ax.set_xticks([])
        ax.set_yticks([])
    for ax in axes[len(chosen) :]:
        ax.set_axis_off()


def peaks(ax: Axes, found: list[Age], which: int) -> None:
    """S around q₀ at every age."""
    for i, age in enumerate(found):
        shade = str(0.75 - 0.75 * i / max(len(found) - 1, 1))
        k, s, counts = sphere_averages(age.psi[which])
        ax.loglog(k, s, color=shade, label=f"{age.sweeps} sweeps")
        ax.axvline(width(k, s, counts), color=shade, linewidth=0.6, linestyle=":")
    plain_ticks(ax.xaxis)
    ax.set_xlabel(r"$|\mathbf{q} - \mathbf{q}_0|\,a$")
    ax.set_ylabel(r"$S(\mathbf{q})$")
    ax.legend()


def plain_ticks(*axes: Axis) -> None:
    """Plain numbers along logarithmic axes of little more than a decade."""
    for axis in axes:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter())


def main() -> None:
    """Draw a quench and print its widths."""
    parser = argparse.ArgumentParser(description="domains after a quench")
    parser.add_argument("run_file", type=Path)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path("quench.png"))
    options = parser.parse_args()
    found = list(ages(options.run_file, options.tasks))
    if not found:
        raise SystemExit(f"{options.tasks}: no finished task of {options.run_file}: mcsc run it")
    temperatures = plan(options.run_file).tasks[0].task.temperatures
    times = np.array([age.sweeps for age in found], np.float64)
    with rc_context(STYLE):
        figure = Page(PAGE, 5.6)
        top, middle, bottom = figure.subfigures(3, 1)
        for row, which in ((top, -1), (middle, 0)):
            slices(row.subplots(1, SLICES), found, which, temperatures[which])
        left, right = bottom.subplots(1, 2)
        peaks(left, found, -1)
        left.set_title(f"T = {temperatures[-1]:g}")
        for which, colour in zip(range(len(temperatures)), (BLUE, VERMILION, SKY), strict=False):
            widths = np.array([width(*sphere_averages(age.psi[which])) for age in found])
            power = growth(times, widths)
            label = f"T = {temperatures[which]:g}"
            right.loglog(times, 2 * np.pi / widths, "o-", color=colour, label=label)
            shown = ", ".join(f"{2 * np.pi / one:.3g}" for one in widths)
            print(f"{label}: 2π/⟨k⟩ = {shown} a at {times.astype(int).tolist()}; as t^{power:.2f}")
        right.loglog(
            times, (2 * np.pi / widths[0]) * (times / times[0]) ** 0.5, "k--", label="$t^{1/2}$"
        )
        plain_ticks(right.xaxis, right.yaxis)
        right.set_xlabel("sweeps after the quench")
        right.set_ylabel(r"$2\pi/\langle k\rangle$ ($a$)")
        right.legend()
        save_figure(figure, options.out)


if __name__ == "__main__":
    main()
