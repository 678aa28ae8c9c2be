"""What is measured: every observable is declared once, and computed from means of sampled series."""

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
