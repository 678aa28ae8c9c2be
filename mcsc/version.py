"""The version of this package: also that of its distribution, ``mcsc-wells``."""

VERSION = "0.1.0"
