"""Every mistake in a run file is one line naming file, key, value and remedy."""

from pathlib import Path

import pytest

from mcsc.config import RunFileError, load

GOOD = """
title = "test"
[structure]
lattice = "cubic"
[scan]
doping = { start = 0.25, stop = 0.75, num = 3 }
temperature = { start = 0.1, stop = 0.2, num = 3, spacing = "linear" }
size = [[4, 4, 4]]
[sampling]
sweeps = 128
measurements = 64
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


def test_a_good_file(tmp_path: Path) -> None:
    config, text = load(write(tmp_path, GOOD))
    assert text == GOOD
    assert config.scan.dopings == (0.25, 0.5, 0.75)
    assert config.scan.temperature.ladder() == pytest.approx((0.1, 0.15, 0.2))
    assert config.scan.size == ((4, 4, 4),)
    assert config.sampling.sweeps == 128


def test_only_moves_that_are_named_have_a_rate(tmp_path: Path) -> None:
    assert load(write(tmp_path, GOOD))[0].sampling.moves.rates() == ()
    text = GOOD + "moves = { far_hop = 0.25, rigid_turn = 0 }"
    config, _ = load(write(tmp_path, text))
    assert config.sampling.moves.rates() == (("far_hop", 0.25), ("rigid_turn", 0.0))


def test_one_size_needs_no_outer_brackets(tmp_path: Path) -> None:
    config, _ = load(write(tmp_path, GOOD.replace("[[4, 4, 4]]", "[4, 4, 4]")))
    assert config.scan.size == ((4, 4, 4),)


def test_a_geometric_ladder_has_constant_ratios(tmp_path: Path) -> None:
    config, _ = load(write(tmp_path, GOOD.replace('"linear"', '"geometric"')))
    ladder = config.scan.temperature.ladder()
    assert ladder[1] / ladder[0] == pytest.approx(ladder[2] / ladder[1])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sweeps = 128", "sweps = 128", r"sampling\.sweps: unknown key; did you mean 'sweeps'"),
        ("sweeps = 128", 'sweeps = "many"', r"sampling\.sweeps = 'many': must be a whole number"),
        ("sweeps = 128", "sweeps = 100.0", r"sampling\.sweeps = 100\.0: must be a whole number"),
        (
            "sweeps = 128",
            "sweeps = 128\nmoves = { far_hop = 0.0 }",
            r"sampling\.moves: 'far_hop' is 0, but near hops do not lead from layer to layer: ",
        ),
        (
            "sweeps = 128",
            "sweeps = 128\nmoves = { near_hops = 2.0 }",
            r"sampling\.moves\.near_hops: unknown key; did you mean 'near_hop'",
        ),
        (
            "sweeps = 128",
            "sweeps = 128\nmoves = { layer_shift = 2.0 }",
            r"sampling\.moves\.layer_shift = 2\.0: must be less than or equal to 1",
        ),
        ("sweeps = 128", "sweeps = 128\nseed = true", r"sampling\.seed = True: must be a whole"),
        (
            "start = 0.1,",
            "start = 0.0,",
            r"scan\.temperature\.start = 0\.0: must be greater than 0",
        ),
        ("start = 0.1,", "start = -5.0,", r"temperature\.start = -5\.0: must be greater than 0"),
        ("start = 0.1,", "start = inf,", r"temperature\.start = inf: must be a finite number"),
        ("start = 0.1,", "start = 0.2,", "temperatures must differ"),
        ("start = 0.1,", "values = [0.1], start = 0.1,", "either 'values' or 'start'"),
        ("[[4, 4, 4]]", "[[4, 4, 0]]", r"scan\.size\.0\.2 = 0: must be greater than or equal to 1"),
        (
            "[[4, 4, 4]]",
            "[6, 6]",
            r"scan.size = \[6, 6\]: give three numbers of cells, e.g. \[6, 6, 2",
        ),
        (
            "[[4, 4, 4]]",
            "[[6, 6, 2], [6, 6]]",
            r"size = \[\[6, 6, 2\], \[6, 6\]\]: give three numbers",
        ),
        ("[[4, 4, 4]]", "[[[6, 0, 0], [0, 6, 0], [0, 0, 2]]]", "matrices are given as 'supercell'"),
        ("size = [[4, 4, 4]]", "", "scan: 'size' is missing: give at least one supercell"),
        ("size = [[4, 4, 4]]", "supercell = []", r"supercell = \[\]: is empty"),
        ("size = [[4, 4, 4]]", "supercell = [4, 4, 4]", "numbers of cells are given as 'size'"),
        ("size = [[4, 4, 4]]", "supercell = [[4, 0], [0, 4]]", "a matrix of three rows of three"),
        (
            "size = [[4, 4, 4]]",
            "supercell = [[2, 1, 0], [-1, 3, 0], [0, 0, 1.5]]",
            r"supercell\.0\.2\.2 = 1\.5: must be a whole number",
        ),
        (
            "size = [[4, 4, 4]]",
            "size = [4, 4, 4]\nsupercell = [[2, 1, 0], [-1, 3, 0], [0, 0, 2]]",
            "give either 'size' or 'supercell', not both",
        ),
        ("[[4, 4, 4]]", "[]", r"size = \[\]: is empty"),
        ("[[4, 4, 4]]", "[[4, 4, 4], [4, 4, 4]]", "size = .*: repeats a value"),
        ("[scan]", "[scam]", r"scam: unknown key; did you mean 'scan'"),
        ('lattice = "cubic"', "", "give either 'cif'"),
        ('lattice = "cubic"', 'cif = "CsV3Sb5"', "give 'net'"),
        ('lattice = "cubic"', 'lattice = "cubic"\nnet = "V"', "'net' belongs to 'cif'"),
        ("[sampling]", '[wells]\nstates = "center"\n[sampling]', r"wells\.states = 'center': must"),
        (
            "[sampling]",
            "[wells]\ndisplacement = 0.1\ndisplacement_length = 0.05\n[sampling]",
            "either 'displacement' or 'displacement_length'",
        ),
        (
            "[sampling]",
            "[wells]\ndisplacement_length = 0.05\n[sampling]",
            "'displacement_length' needs displaced states: set 'states'",
        ),
        (
            "[sampling]",
            "[regimes]\ntransmission = 1.5\n[sampling]",
            r"regimes\.transmission = 1\.5: must be less than or equal to 1",
        ),
        ("[sampling]", "[regimes]\ntransmision = 0.1\n[sampling]", "did you mean 'transmission'"),
        ("[scan]", "[scan", "not valid TOML"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(RunFileError, match=message) as caught:
        load(path)
    for line in str(caught.value).splitlines():
        assert line.startswith(f"{path}: ")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match=r"absent\.toml: no such file"):
        load(tmp_path / "absent.toml")


def test_not_text(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunFileError, match="cannot be read as text"):
        load(path)


@pytest.mark.parametrize(
    ("old", "new", "made", "notes"),
    [
        ("sweeps = 128", "sweeps = 128", (128, 128, 512), ()),
        (
            "sweeps = 128", "sweeps = 130", (192, 192, 512),
            ("sampling.sweeps = 130: 192 are made, a multiple of 'measurements'",),
        ),
        (
            "sweeps = 128", "target_error = 0.1\nmax_sweeps = 1000\nsweeps = 129", (192, 1152, 512),
            (
                "sampling.sweeps = 129: 192 are made, a multiple of 'measurements'",
                "sampling.max_sweeps = 1000: 1152 are made, a multiple of 'sweeps'",
            ),
        ),
        (
            "[sampling]", "[protocol]\nfield = [0.0, 0.1]\nmeasurements = 60\n[sampling]",
            (128, 128, 600),
            ("protocol.sweeps = 512: 600 are made, a multiple of twice 'measurements'",),
        ),
    ],
)  # fmt: skip
def test_sweeps_are_rounded_up_and_it_is_said(
    tmp_path: Path, old: str, new: str, made: tuple[int, ...], notes: tuple[str, ...]
) -> None:
    """A sweep too many costs nothing; what is run and what is stored as text stay apart."""
    config, _ = load(write(tmp_path, GOOD.replace(old, new)))
    protocol = 512 if config.protocol is None else config.protocol.made_sweeps
    assert (config.sampling.made_sweeps, config.sampling.budget, protocol) == made
    assert config.notes == notes
