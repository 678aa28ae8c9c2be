"""What is measured: every observable is declared once, as a function of means of series."""

from mcsc.observables.declared import OBSERVABLES, Observable, Point
from mcsc.observables.grand_canonical import grand_canonical_observables
from mcsc.observables.probe import Channel, Probe, build_probe, channels
from mcsc.observables.saturation import Saturation, saturation_of
from mcsc.observables.series import measure

__all__ = [
    "OBSERVABLES",
    "Channel",
    "Observable",
    "Point",
    "Probe",
    "Saturation",
    "build_probe",
    "channels",
    "grand_canonical_observables",
    "measure",
    "saturation_of",
]
