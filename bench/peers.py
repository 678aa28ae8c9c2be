"""Packages that do the same work, where they are installed: ``pip install smol mcising``."""

import warnings
from importlib.metadata import PackageNotFoundError, version

import numpy as np


def installed(package):
    """Name and version of a package; None where there is none."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return None


class Smol:
    """Canonical swaps with smol's Ewald processor, which knows no carriers without ions.

    Charges of +1 and −1 at four times the temperature have the same weights as carriers in a
    uniform background at half filling.
    """

    def __init__(self, model, name):
        from pymatgen.core import Lattice, Structure
        from smol.cofe import ClusterSubspace
        from smol.cofe.extern import EwaldTerm
        from smol.constants import kB
        from smol.moca import Ensemble, Sampler
        from smol.moca.processor import EwaldProcessor

        self.name, self.size = name, np.array(model.lattice.size)
        constant = 4.0
        primitive = Structure(Lattice.cubic(constant), [{"Na+": 0.5, "Cl-": 0.5}], [[0, 0, 0]])
        subspace = ClusterSubspace.from_cutoffs(
            primitive, cutoffs={2: 1.05 * constant}, basis="sinusoid", supercell_size="num_sites"
        )
        term = EwaldTerm()
        subspace.add_external_term(term)
        self.processor = EwaldProcessor(subspace, np.diag(self.size), term, coefficient=1.0)
        ensemble = Ensemble(self.processor)
        # eV of charges ±1 at this distance, in kelvin, four times over
        self.scale = 4 * 14.399645 / constant / kB
        self.sampler = Sampler.from_ensemble(
            ensemble, kernel_type="Metropolis", step_type="swap", temperature=1000.0, seeds=[1]
        )

    def start(self, carriers):
        """Take over the wells of the carriers."""
        n = np.zeros(np.prod(self.size), bool)
        n[carriers] = True
        fractions = self.processor.structure.frac_coords
        cells = np.rint(fractions * self.size).astype(int) % self.size
        filled = n.reshape(self.size)[tuple(cells.T)]
        codes = {str(s): i for i, s in enumerate(self.processor.allowed_species[0])}
        self.occupancy = np.where(filled, codes["Na+"], codes["Cl-"]).astype(np.int32)[None]

    def run(self, beta, n):
        """Attempt ``n`` swaps."""
        for kernel in self.sampler.mckernels:
            kernel.temperature = self.scale / beta
        self.sampler.clear_samples()
        self.sampler.run(n, initial_occupancies=self.occupancy, thin_by=n, progress=False)
        self.occupancy = self.sampler.samples.get_occupancies(flat=False)[-1]


def smol_kernel(model):
    """The kernel of smol on a half-filled simple cubic lattice; None where it is not installed."""
    name = installed("smol")
    if name is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Smol(model, name)
