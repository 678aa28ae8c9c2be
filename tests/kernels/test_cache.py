"""Where compiled code is kept: in no folder that another user could put code into."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mcsc.kernels._jit import SOURCES_DIGEST, _cache_folder, _writable_by_others

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners are those of POSIX")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A private cache: folders of this user, a file in them."""
    folder = tmp_path / "base" / "mcsc" / "digest"
    for step in (tmp_path, *reversed([f for f in (folder, *folder.parents) if not f.exists()])):
        step.mkdir(exist_ok=True)
        step.chmod(0o755)
    (folder / "kernel.nbc").write_bytes(b"code")
    (folder / "kernel.nbc").chmod(0o644)
    return folder


def test_what_is_not_used_for_long_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.delenv("MCSC_CACHE", raising=False)
    monkeypatch.delenv("MCSC_PRIVATE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    old, recent, foreign = (tmp_path / "mcsc" / name for name in ("0" * 16, "1" * 16, "notes"))
    for folder, days in ((old, 91), (recent, 89), (foreign, 91)):
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - 86400 * days,) * 2)
    assert _cache_folder() == tmp_path / "mcsc" / SOURCES_DIGEST
    assert set(old.parent.iterdir()) == {recent, foreign, old.parent / SOURCES_DIGEST}

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert _cache_folder() is None


def test_a_private_folder_is_used(cache: Path) -> None:
    assert _writable_by_others(cache) is None
    # others can put things beside it, but not exchange it
    cache.parent.parent.chmod(0o777 | stat.S_ISVTX)
    assert _writable_by_others(cache) is None


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o777 | stat.S_ISVTX])
def test_a_folder_of_all_is_not(cache: Path, mode: int) -> None:
    cache.chmod(mode)
    assert _writable_by_others(cache) == cache


def test_nor_one_in_a_folder_of_all_by_which_it_could_be_exchanged(cache: Path) -> None:
    cache.parent.parent.chmod(0o777)
    assert _writable_by_others(cache) == cache.parent.parent


def test_nor_one_with_a_file_that_others_can_write(cache: Path) -> None:
    (cache / "kernel.nbc").chmod(0o666)
    assert _writable_by_others(cache) == cache / "kernel.nbc"


def test_nor_one_behind_a_link_in_a_folder_of_all(cache: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    link = shared / "cache"
    link.symlink_to(cache)
    shared.chmod(0o755)
    assert _writable_by_others(link) is None
    shared.chmod(0o777)
    assert _writable_by_others(link) == shared
    shared.chmod(0o755)
    cache.parent.chmod(0o777)
    assert _writable_by_others(link) == cache.parent


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives away")
@pytest.mark.parametrize("what", ["", "..", "kernel.nbc"])
def test_nor_what_belongs_to_another(cache: Path, what: str) -> None:
    os.chown(cache / what, 12345, 12345)
    found = _writable_by_others(cache)
    assert found is not None
    assert found.resolve() == (cache / what).resolve()


def test_a_run_goes_on_with_a_private_folder_and_says_so_once(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    code = (
        "import os, subprocess, sys\n"
        "from mcsc.kernels import _jit, potential\n"
        "print(_jit._CACHE, os.environ['MCSC_PRIVATE_CACHE'], sep='\\n')\n"
        "again = 'from mcsc.kernels import _jit; print(_jit._CACHE)'\n"
        "subprocess.run([sys.executable, '-c', again], check=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-u", "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(shared)},
    )  # fmt: skip
    first, named, of_worker = done.stdout.split()
    assert first == named == of_worker
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"mcsc: '{shared}': other users can write here")
    assert not Path(first).exists()
    assert not [path for path in shared.rglob("*") if path.is_file()]
