"""What is measured: every observable is declared once, as a function of means of series."""

from mcsc.observables.declared import OBSERVABLES, Observable, Point
from mcsc.observables.series import Channel, Probe, build_probe, channels, measure

__all__ = [
    "OBSERVABLES",
    "Channel",
    "Observable",
    "Point",
    "Probe",
    "build_probe",
    "channels",
    "measure",
]
