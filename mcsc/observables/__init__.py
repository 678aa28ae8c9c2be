"""What is measured: every observable is declared once, as a function of means of series."""

from mcsc.observables.charge import ORDER_SQUARED
from mcsc.observables.declared import OBSERVABLES, measure, measured_series, table
from mcsc.observables.grand_canonical import grand_canonical_observables
from mcsc.observables.observable import Observable, Point, Series
from mcsc.observables.probe import Channel, Probe, build_probe, channels
from mcsc.observables.saturation import Saturation, saturation_of
from mcsc.observables.snapshots import Snapshots
