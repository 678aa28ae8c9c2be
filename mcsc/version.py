"""The version of this package: also that of its distribution, ``mcsc-wells``."""

VERSION = "0.2.0.dev0"
