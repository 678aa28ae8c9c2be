"""The page of a diagram, read as a browser would without running its script."""

import base64
import json
import re
import shutil
import subprocess
import zlib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from trees import tree_of

from mcsc.report import page_data
from mcsc.report.page import page

HOSTILE = 'wells </script><script>alert(1)</script> & "q"'


class Read(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.within: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.within.setdefault(self._open[-1] if self._open else "", []).append(data)


@pytest.fixture(scope="module")
def text(full):
    root = full["/"].assign_attrs(title=HOSTILE, config_toml="[scan]\n# < & >")
    return page(tree_of({**full, "/": root}))


@pytest.fixture(scope="module")
def read(text):
    return Read(text)


def data_of(text):
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_nothing_is_asked_of_the_network(text, read):
    allowed = {"http://www.w3.org/2000/svg"}
    assert set(re.findall(r"https?://[^\s\"'<>]+", text)) <= allowed
    for tag, attributes in read.tags:
        assert tag not in ("link", "img", "iframe", "object", "form", "a")
        assert not {"src", "href", "srcset"} & set(attributes)
    (policy,) = (a["content"] for t, a in read.tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"\bfetch\(|XMLHttpRequest|@import|url\((?!#)", text)


def test_text_of_a_file_stays_text(text, read):
    assert text.count("<script") == 2
    assert "alert(1)" not in "".join(read.within["script"]).replace("\\u003c", "")
    assert read.within["h1"] == [HOSTILE]
    assert "".join(read.within["pre"]) == "[scan]\n# < & >"


def test_all_that_is_drawn_has_words(read):
    ids = {a["id"] for _, a in read.tags if "id" in a}
    for tag, attributes in read.tags:
        if tag in ("svg", "select"):
            label = attributes.get("aria-label")
            assert label or set(attributes["aria-labelledby"].split()) <= ids
        if tag == "svg" and "tabindex" in attributes:
            assert attributes["role"] == "application"
            assert set(attributes["aria-describedby"].split()) <= ids
    live = [a for _, a in read.tags if a.get("aria-live") == "polite"]
    assert len(live) == 3
    heads = [a for t, a in read.tags if t == "th"]
    assert heads
    assert all(a.get("scope") == "col" for a in heads)
    # what the script looks up is there
    script = read.within["script"][-1]
    assert set(re.findall(r'by\("([\w-]+)"\)', script)) <= ids


def test_numbers_are_those_of_the_diagram(text, full):
    data = data_of(text)
    assert len(data["slices"]) == 4
    assert [a["name"] for a in data["axes"]] == ["size", "field"]
    k = data["places"].index([1, 1])
    one, root = data["slices"][k], full["/"].isel(size=1, field=1)
    wanted = root["charge_order"].transpose("doping", "temperature").values
    got = np.array(one["charge_order"], dtype=float)
    np.testing.assert_allclose(got, wanted, rtol=1e-3)
    assert np.isnan(got[2]).all()
    factor = one["factor"]
    raw = zlib.decompress(base64.b64decode(factor["packed"]))
    codes = np.frombuffer(raw, "<u2").reshape(factor["shape"])
    shown = np.where(codes > 0, 10 ** (factor["low"] + (codes - 1.0) * factor["step"]), np.nan)
    wanted = root["structure_factor"].transpose("doping", "temperature", "wavevector").values
    np.testing.assert_allclose(shown, np.where(wanted > 0, wanted, np.nan), 1e-3, 1e-9)
    states = full["samples"]["state"].isel(size=1, field=1)
    raw = np.frombuffer(zlib.decompress(base64.b64decode(one["state"]["packed"])), "i1")
    assert (raw == states.transpose("doping", "temperature", "well").values.ravel()).all()
    # as many wells, in the same order
    assert np.shape(data["sizes"][1]["centres"])[:2] == (18, 3)
    assert len(text) < 3e5


@pytest.mark.parametrize(("most", "cells"), [(54, (3, 3)), (24, (2, 2))])
def test_of_a_large_crystal_a_page_holds_part(text, full, monkeypatch, most, cells):
    monkeypatch.setattr(page_data, "_DRAWN", most)
    monkeypatch.setattr(page_data, "_FACTORS", 12 * 4 * 5)
    data = page_data.page_data(tree_of(full))
    k = data["places"].index([1, 0])
    size, state = data["sizes"][1], data["slices"][k]["state"]
    states = full["samples"]["state"].isel(size=1, field=0).transpose("doping", "temperature", ...)
    by_cell = states.values.reshape(3, 4, 3, 3, 2, 3)
    wanted = by_cell[:, :, : cells[0], : cells[1], 0].reshape(3, 4, -1)
    raw = np.frombuffer(zlib.decompress(base64.b64decode(state["packed"])), "i1")
    assert (raw.reshape(state["shape"]) == wanted).all()
    assert (state["carriers"] == (states.values >= 0).sum(axis=2)).all()
    assert (size["cells"], size["layers"]) == ([3, 3, 2], 1)
    whole = data_of(text)["sizes"][1]
    corner = [18 // 3 * x + 2 * y for x in range(cells[0]) for y in range(cells[1])]
    assert size["centres"] == [whole["centres"][c] for c in corner]
    # the five wavevectors with the largest S(q)
    factor = full["/"]["structure_factor"]
    largest = np.sort(factor.max([d for d in factor.dims if d != "wavevector"]).values)[-5:]
    raw = zlib.decompress(base64.b64decode(data["slices"][k]["factor"]["packed"]))
    assert (data["waves"]["kept"], data["waves"]["of"]) == (5, factor.sizes["wavevector"])
    found = [
        10 ** (f["low"] + (np.frombuffer(zlib.decompress(base64.b64decode(f["packed"])), "<u2")
        .reshape(f["shape"]).max((0, 1)) - 1.0) * f["step"])
        for f in (one["factor"] for one in data["slices"])
    ]  # fmt: skip
    np.testing.assert_allclose(np.sort(np.max(found, axis=0)), largest, rtol=1e-3)
    # drawn first is the plane of the largest that is no forward peak
    planes = [{k for w in p["stored"] for k in w} for p in data["waves"]["planes"]]
    strongest = max(set.union(*planes), key=np.max(found, axis=0).__getitem__)
    assert strongest in planes[data["waves"]["first"]]


def test_a_page_of_a_million_wells_is_small(full):
    structure = full["structure"].isel(field=0, missing_dims="ignore")
    structure = structure.assign(cells=structure["cells"].copy(deep=True))
    structure["cells"].values[1] = 200, 200, 9
    drawn = page_data._drawn(structure, 1, page_data._DRAWN)
    kept = page_data._wells(structure, 1, drawn)
    assert (len(kept["centres"]), kept["layers"]) == (81 * 81, 1)
    assert len(json.dumps(kept)) < 5e5


def test_a_notebook_shows_what_was_found(full, tmp_path: Path):
    tree = tree_of({**full, "/": full["/"].assign_attrs(title=HOSTILE)})
    assert repr(tree.mcsc).startswith(f"{HOSTILE}\nscanned: 2 sizes from 9 to 18, ")
    shown = tree.mcsc._repr_html_()
    assert shown.startswith("<ul><li>scanned: 2 sizes")
    Read(shown)
    tree.mcsc.write_page(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page(tree)


def test_every_stored_wavevector_is_a_dot(text, full):
    data = data_of(text)
    planes = {p["label"]: p for p in data["waves"]["planes"]}
    vectors = np.array(data["waves"]["vectors"])
    q = full["/"]["q"].transpose("wavevector", "hkl").values
    flat = planes["l = 0"]
    np.testing.assert_allclose(np.array(flat["hk"]) @ vectors, flat["at"], rtol=2e-3, atol=2e-3)
    for hk, stored in zip(flat["hk"], flat["stored"], strict=True):
        for k in stored:
            np.testing.assert_allclose(np.abs(q[k, :2]), np.abs(hk), atol=1e-4)
    # both of ±q
    assert {tuple(np.round(-np.array(p), 3) + 0.0) for p in flat["hk"]} == {
        tuple(np.round(p, 3) + 0.0) for p in flat["hk"]
    }


@pytest.mark.validation
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser here")
def test_a_browser_draws_it(text, tmp_path: Path):
    watch = """<script>setTimeout(() => {
      const said = () => document.getElementById("said").textContent, before = said();
      document.getElementById("map").dispatchEvent(
        new KeyboardEvent("keydown", { key: "Home", bubbles: true }));
      const out = [document.documentElement.dataset.drawn, before, said(),
        document.querySelectorAll("#factor circle").length,
        performance.getEntriesByType("resource").length];
      document.title = "SEEN" + JSON.stringify(out);
    }, 1000)</script>"""
    (tmp_path / "page.html").write_text(text + watch, encoding="utf-8")
    options = ["headless", "no-sandbox", "disable-gpu", "enable-logging=stderr", "dump-dom"]
    command = ["chromium", "--virtual-time-budget=3000", *(f"--{option}" for option in options)]
    command.append((tmp_path / "page.html").as_uri())
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "CONSOLE" not in result.stderr
    title = re.search("<title>SEEN(.*?)</title>", result.stdout)
    assert title is not None
    drawn, before, after, dots, requests = json.loads(title[1].replace("&lt;", "<"))
    assert drawn == "yes"
    assert before.startswith("doping ")
    assert after.startswith("doping 0.666667")
    assert dots > 20
    assert requests == 0
