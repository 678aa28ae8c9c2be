"""Where results may be written: nothing that mcsc did not write is ever replaced."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcsc.files.netcdf import Kind, global_attributes
from mcsc.files.regular_file import read_regular, require_regular
from mcsc.files.replace import remove_leftovers, replace_file, require_writable

FIGURES = (".png", ".pdf", ".svg")
# how the program that made a figure is named in it; see :func:`figure_metadata`
_SIGNED = {
    ".png": re.compile(rb"\x89PNG\r\n\x1a\n.{0,4000}?tEXtSoftware\0mcsc ", re.DOTALL),
    ".pdf": re.compile(rb"%PDF-.*/Creator \(mcsc ", re.DOTALL),
    ".svg": re.compile(rb"\s*<\?xml.*?<dc:creator>\s*<cc:Agent>\s*<dc:title>mcsc ", re.DOTALL),
}


class NotReplaced(ValueError):
    """An output that is there already and stays as it is; one line for the user."""


@dataclass(frozen=True)
class Replaced:
    """What becomes of the file that an output replaces.

    target: Where the output is written; a link is followed.
    kept: Name under which the file that is there is kept; None if it need not be.
    """

    target: Path
    kept: Path | None

    def keep(self) -> None:
        """Keep the file that is there under its new name, which then holds a copy."""
        if self.kept is not None:
            contents = self.target.read_bytes()
            remove_leftovers(self.kept)
            replace_file(self.kept, lambda file: file.write(contents))


def replaceable(
    path: Path, kind: Kind, origin: Mapping[str, Any], *, overwrite: bool = False
) -> Replaced:
    """Refuse an output whose name is taken, before any work is done for it.

    path: Output; its folder is made.
    kind: What is to be written; of files only these are replaced.
    origin: Global attributes of it: ``run_file`` is the name of the run file, ``config_digest``
        says what is in it. A file of the same run file is replaced, that of another text of it is
        kept aside.
    overwrite: Replace also that of another run file.

    Raises NotReplaced if another program, another command or another run file has written what is
        there.
    Raises OSError if it cannot be written, or is no file.
    """
    target = _writable(path)
    if not target.exists() or target.stat().st_size == 0:
        return Replaced(target, None)
    found = _own_attributes(path, kind)
    if overwrite or str(found.get("config_digest")) == str(origin.get("config_digest")):
        return Replaced(target, None)
    whose = str(found.get("run_file", "not named in it"))
    if whose != origin.get("run_file"):
        raise NotReplaced(
            f"{path}: {kind.name} of another run file ({whose}), not replaced: give another name "
            "with -o, or --overwrite"
        )
    kept = target.with_name(f"{target.stem}.previous{target.suffix}")
    require_regular(kept)
    if kept.exists() and kept.stat().st_size:
        _own_attributes(kept, kind)
    return Replaced(target, kept)


def _writable(path: Path) -> Path:
    """Where an output is written, a link followed, if a file can be made or replaced there."""
    require_writable(path)
    require_regular(path)
    return path.resolve()


def _own_attributes(path: Path, kind: Kind) -> dict[str, Any]:
    found = global_attributes(path)
    if found is None:
        raise NotReplaced(
            f"{path}: not written by mcsc, or damaged; it is not replaced: give another name with "
            "-o, or remove it"
        )
    if kind.attribute not in found:
        raise NotReplaced(
            f"{path}: written by mcsc, but not {kind.name}; it is not replaced: give another name "
            "with -o"
        )
    return found


def require_figure(path: Path) -> Path:
    """Refuse a figure that cannot be written, or would replace something else.

    Returns: Where it is written; a link is followed.

    Raises ValueError if the suffix names no kind of figure; :class:`NotReplaced` if mcsc did not
        draw what is there.
    Raises OSError if it cannot be written, or is no file.
    """
    kind = path.suffix.lower()
    if kind not in FIGURES:
        raise ValueError(f"{path}: unknown kind of figure; end the name in .pdf, .svg or .png")
    target = _writable(path)
    contents = read_regular(target) if target.exists() else b""
    if contents and not _SIGNED[kind].match(contents):
        raise NotReplaced(
            f"{path}: not drawn by mcsc; it is not replaced: give another name with -o, or "
            "remove it"
        )
    return target


def write_page(path: Path, text: str) -> None:
    """Write a page of results; of files only a page with the same first line is replaced.

    Raises NotReplaced if anything else is there.
    Raises OSError if it cannot be written, or is no file.
    """
    target, contents = _writable(path), text.encode()
    there = read_regular(target) if target.exists() else b""
    if there and there.partition(b"\n")[0] != contents.partition(b"\n")[0]:
        raise NotReplaced(f"{path}: another text, not replaced: give another name, or remove it")
    replace_file(target, lambda file: file.write(contents))


def figure_metadata(path: Path, program: str) -> dict[str, Any]:
    """Metadata of a figure that name ``program``, beginning with ``mcsc``, as its maker."""
    return {"Software" if path.suffix.lower() == ".png" else "Creator": program}
