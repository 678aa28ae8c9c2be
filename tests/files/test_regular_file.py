"""What stands in place of a file, and links that lead elsewhere: nothing waits or is emptied."""

import io
import os
import socket
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from short_scans import tasks

from mcsc.chain.checkpoint import saved_step
from mcsc.execute import Execution, checkpoint_path, finished, run_tasks, task_path
from mcsc.execute.claim import claimed
from mcsc.files import regular_file
from mcsc.files.regular_file import NotRegularFile, open_unfollowed, read_regular
from mcsc.files.replace import remove_leftovers, replace_file

(TASK, _) = tasks()


def say(line: str) -> None:
    raise AssertionError(line)


@pytest.fixture
def others(tmp_path):
    """One of each that is no file, by what it is called."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    # the path of a socket has to be short
    short = Path(tempfile.mkdtemp(dir="/tmp")) / "s"
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(short))
        yield {
            "folder": tmp_path / "folder",
            "pipe": tmp_path / "pipe",
            "device": Path("/dev/zero"),
            "socket": short,
        }


def test_everything_that_is_no_file_is_named(others):
    for name, path in others.items():
        for refuse in (read_regular, open_unfollowed, lambda p: replace_file(p, say)):
            with pytest.raises(NotRegularFile, match=f"{path}: is a {name}, and a file belongs"):
                refuse(path)
        assert path.exists()


def test_a_file_larger_than_the_memory_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "large"
    path.write_bytes(b"")
    os.truncate(path, 1 << 40)
    with pytest.raises(NotRegularFile, match=r"1099\.5 GB are more"):
        read_regular(path)
    path.write_bytes(b"12345")
    monkeypatch.setattr(regular_file, "memory", lambda: 5)
    assert read_regular(path) == b"12345"


@pytest.mark.parametrize("target", ["victim", "nowhere"])
def test_a_lock_that_is_a_link_leads_nowhere(tmp_path, target):
    victim, folder = tmp_path / "victim", tmp_path / "a.tasks"
    victim.write_text("of someone else")
    folder.mkdir()
    (folder / "lock").symlink_to(tmp_path / target)
    with pytest.raises(OSError, match="lock: is a link"):
        run_tasks([TASK], folder, Execution(workers=1))
    assert victim.read_text() == "of someone else"
    assert not (tmp_path / "nowhere").exists()


def test_a_lock_is_not_emptied(tmp_path):
    (tmp_path / "lock").write_text("notes")
    with claimed(tmp_path, [TASK], say) as held:
        assert held
    assert (tmp_path / "lock").read_text() == "notes"


def test_what_lies_where_a_file_is_written_aside_stays(tmp_path, monkeypatch):
    """Even if its name can be guessed."""
    monkeypatch.setattr("mcsc.files.replace.secrets.token_hex", lambda n: "0")
    victim, path = tmp_path / "victim", tmp_path / "a.nc"
    victim.write_text("of someone else")
    aside = tmp_path / f"a.nc.{socket.gethostname()}.{os.getpid()}.0.tmp"
    aside.symlink_to(victim)
    with pytest.raises(OSError, match=r"a\.nc: cannot be written"):
        replace_file(path, lambda file: file.write(b"results"))
    assert victim.read_text() == "of someone else"
    assert aside.is_symlink()
    assert not path.exists()


def test_what_killed_processes_left_aside_goes(tmp_path):
    path = tmp_path / "a[1].nc"
    left, alive = (
        path.with_name(f"{path.name}.{socket.gethostname()}.{pid}.0a1b.tmp")
        for pid in (2**22 + 1, os.getpid())
    )
    left.touch()
    alive.touch()
    remove_leftovers(path)
    assert [*tmp_path.iterdir()] == [alive]


@pytest.mark.parametrize("place", [task_path, checkpoint_path])
def test_a_folder_where_results_go_is_refused_before_the_work(tmp_path, place):
    place(tmp_path, TASK).mkdir()
    with pytest.raises(OSError, match="is a folder, and a file belongs here"):
        run_tasks([TASK], tmp_path, Execution(workers=1))


def test_a_folder_in_place_of_a_task_file_does_not_stop_merging(tmp_path):
    task_path(tmp_path, TASK).mkdir()
    lines: list[str] = []
    assert finished(tmp_path, TASK, lines.append) is None
    assert "is a folder" in lines[0]


def bomb(path, shape, packed):
    """A checkpoint with an array of zeros that says it has this shape."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as file:
        file.writestr("header.npy", header.getvalue() + bytes(8 << 20 if packed else 80))


@pytest.mark.parametrize(("shape", "packed"), [((5_000_000_000,), False), ((1 << 20,), True)])
def test_checkpoints_that_swell_are_not_used(tmp_path, monkeypatch, shape, packed):
    path = tmp_path / "a.checkpoint"
    bomb(path, shape, packed)
    loaded: list[object] = []
    monkeypatch.setattr(np, "load", lambda *arguments, **options: loaded.append(arguments))
    assert saved_step(path, TASK) == 0
    assert not loaded
