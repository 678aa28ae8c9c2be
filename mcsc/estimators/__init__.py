"""Transition temperatures of one ladder, with errors: reweighting, peaks, crossings, thresholds.

Every function here takes plain arrays, or a `Ladder` of energies and order parameters.
"""
