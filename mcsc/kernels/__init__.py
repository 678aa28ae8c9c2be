"""Numba kernels: they own every loop over proposals and know numba and numpy only.

Letters used here belong to the Hamiltonian H of :mod:`mcsc.model`: a carrier sits in a state ``k``
of the supercell (a well and one of its displacements), ``phi[k]`` is the potential there and
``W[k, k']`` the pair energy of two carriers. Submodules are imported where they are used, so that
nothing compiles, and numba is not even loaded, until a chain runs.
"""
