"""What an output may replace: files of mcsc of the same kind and run file, and nothing else."""

import io
from pathlib import Path

import matplotlib as mpl
import pytest
import xarray as xr
from matplotlib.figure import Figure
from trees import tree_of

from mcsc import diagram
from mcsc.files import netcdf
from mcsc.files.outputs import NotReplaced, replaceable, write_page
from mcsc.ground_states import KIND as GROUND
from mcsc.plot import save_figure

KIND = diagram.KIND


def written(path: Path, run_file: str, digest: str, kind: netcdf.Kind = KIND) -> dict[str, str]:
    origin = {"run_file": run_file, "config_digest": digest}
    netcdf.write(
        path, tree_of({"/": xr.Dataset({"x": 1.0})}), {**origin, kind.attribute: kind.schema}
    )
    return origin


def saved(path: Path, value: float, origin: dict[str, str], **options: bool) -> None:
    attributes = {**origin, KIND.attribute: KIND.schema}
    diagram.save(path, tree_of({"/": xr.Dataset({"x": value})}), attributes, **options)


def value(path: Path) -> float:
    return float(netcdf.read(path)["/"]["x"])


def test_the_same_run_file_replaces_its_diagram(tmp_path):
    path = tmp_path / "a.nc"
    saved(path, 2.0, written(path, "a.toml", "1"))
    assert value(path) == 2.0
    assert list(tmp_path.iterdir()) == [path]
    # under another name it is the same run file
    saved(path, 3.0, {"run_file": "renamed.toml", "config_digest": "1"})
    assert value(path) == 3.0


def test_an_edited_run_file_keeps_what_it_replaces(tmp_path):
    path, previous = tmp_path / "a.nc", tmp_path / "a.previous.nc"
    written(path, "a.toml", "1")
    for digest, x in (("2", 2.0), ("3", 3.0)):
        before = value(path)
        saved(path, x, {"run_file": "a.toml", "config_digest": digest})
        assert (value(path), value(previous)) == (x, before)
    previous.write_text("of someone else")
    with pytest.raises(NotReplaced, match=r"a\.previous\.nc: not written by mcsc"):
        saved(path, 4.0, {"run_file": "a.toml", "config_digest": "4"})
    assert value(path) == 3.0


def test_another_run_file_does_not(tmp_path):
    path = tmp_path / "a.nc"
    written(path, "a.toml", "1")
    other = {"run_file": "b.toml", "config_digest": "2"}
    with pytest.raises(NotReplaced, match=r"another run file \(a\.toml\).*-o, or --overwrite"):
        saved(path, 2.0, other)
    assert value(path) == 1.0
    saved(path, 2.0, other, overwrite=True)
    assert value(path) == 2.0


def test_what_is_not_ours_stays_even_if_asked_to_go(tmp_path):
    path = tmp_path / "a.nc"
    for spoil in (
        lambda: path.write_text("notes"),
        lambda: xr.Dataset({"x": 1.0}).to_netcdf(path),
        lambda: written(path, "a.toml", "1", GROUND),
    ):
        spoil()
        before = path.read_bytes()
        with pytest.raises(NotReplaced, match=r"a\.nc: .*not replaced"):
            saved(path, 2.0, {"run_file": "a.toml", "config_digest": "1"}, overwrite=True)
        assert path.read_bytes() == before
    # nothing is lost of a file without contents
    path.write_bytes(b"")
    assert replaceable(path, KIND, {}).kept is None


def test_a_link_is_followed_to_what_it_names(tmp_path):
    path, link = tmp_path / "a.nc", tmp_path / "link.nc"
    link.symlink_to(path)
    saved(link, 2.0, written(path, "a.toml", "1"))
    assert link.is_symlink()
    assert value(path) == 2.0


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_figures_of_ours_only_are_replaced(tmp_path, suffix):
    figure, path = Figure(), tmp_path / f"figure{suffix}"
    figure.subplots().plot([1.0, 2.0])
    for _ in range(2):
        save_figure(figure, path)
    ours, theirs = path.read_bytes(), io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "1"}):
        figure.savefig(theirs, format=suffix[1:])
    for contents in (theirs.getvalue(), b"mcsc 0.1.0", ours[1:]):
        path.write_bytes(contents)
        with pytest.raises(NotReplaced, match="not drawn by mcsc"):
            save_figure(figure, path)
        assert path.read_bytes() == contents
    with pytest.raises(ValueError, match="unknown kind of figure"):
        save_figure(figure, tmp_path / "figure.jpg")


def test_pages_replace_the_same_page_only(tmp_path):
    page, notes = tmp_path / "page.md", tmp_path / "notes.md"
    for text in ("# Claims\n1\n", "# Claims\n2\n"):
        write_page(page, text)
        assert page.read_text() == text
    notes.write_text("# My notes\n")
    with pytest.raises(NotReplaced, match=r"notes\.md: another text"):
        write_page(notes, "# Claims\n3\n")
    assert notes.read_text() == "# My notes\n"
    with pytest.raises(OSError, match=r"folder|directory"):
        write_page(tmp_path, "# Claims\n")
