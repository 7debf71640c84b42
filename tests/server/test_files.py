"""The files of a site: whole, packed, and nothing beyond them."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import os
from types import SimpleNamespace

import pytest

from salient.server import files as module
from salient.server.app import Guard
from salient.server.files import Answer, Files, Large, parts_of, style_hashes


@pytest.fixture
def site(tmp_path):
    root = tmp_path / "site"
    (root / "briefs" / "a").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>x</title>" + "word " * 500)
    (root / "briefs" / "a" / "index.html").write_text("brief")
    (root / ".hidden").write_text("secret")
    (tmp_path / "outside.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    return root


def test_a_page_is_packed_and_typed(site):
    found = Files(site).find("/")
    assert isinstance(found, Answer)
    headers = dict(found.packed[0])
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"content-encoding"] == b"gzip"
    assert gzip.decompress(found.packed[1]) == found.plain[1] == (site / "index.html").read_bytes()


def test_a_change_is_seen(site):
    files = Files(site)
    before = files.find("/briefs/a/")
    (site / "briefs" / "a" / "new").write_text("another")
    (site / "briefs" / "a" / "new").replace(site / "briefs" / "a" / "index.html")
    after = files.find("/briefs/a/")
    assert (before.plain[1], after.plain[1]) == (b"brief", b"another")
    assert before.etag != after.etag
    assert files.kept("/briefs/a/") is after
    (site / "briefs" / "a" / "index.html").unlink()
    assert files.find("/briefs/a/") is None
    assert files.kept("/briefs/a/") is None


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/briefs/../../outside.txt",
        "/link.txt",
        "/folder/outside.txt",
        "/.hidden",
        "/pipe",
        "/briefs",
        "//etc/passwd",
        "/etc/passwd",
        "/briefs//a/",
        "/index.html/",
        "/index.html\x00.txt",
        "/briefs\\..\\..\\outside.txt",
        "/" + "a" * 300,
        "/" + "a/" * 600,
        "/\udcff",
        "index.html",
        "",
    ],
)
def test_nothing_else_can_be_reached(site, path):
    assert Files(site).find(path) is None


def test_a_link_to_the_site_itself_is_meant(site, tmp_path):
    (tmp_path / "current").symlink_to(site)
    assert Files((tmp_path / "current").resolve()).find("/") is not None


def test_folders_want_a_slash(site):
    files = Files(site)
    assert files.is_folder("/briefs/a")
    assert not files.is_folder("/briefs")
    assert not files.is_folder("/folder")


def test_memory_is_bounded(site, monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 3000)
    files = Files(site)
    for n in range(20):
        (site / f"{n}.bin").write_bytes(b"x" * 500)
        files.find(f"/{n}.bin")
    assert files._size <= 3000
    assert len(files._kept) <= 6


def test_a_large_file_is_not_kept(site, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 10)
    found = Files(site).find("/index.html")
    assert isinstance(found, Large)
    assert os.read(found.descriptor, 9) == b"<!doctype"
    os.close(found.descriptor)


def test_only_a_pages_own_styles_are_let_through():
    style = b"p { color: red }"
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert style_hashes(b"<style>" + style + b"</style>") == f" 'sha256-{digest}'"
    assert style_hashes(b"<p>") == ""


def test_one_of_a_crowd_looks_at_a_file(site, monkeypatch):
    files = Files(site)
    looks, sent = [], []
    find = files.find
    monkeypatch.setattr(files, "find", lambda path: looks.append(path) or find(path))
    guard = Guard(None, SimpleNamespace(files=files))

    async def send(message):
        sent.append(message.get("status"))

    async def crowd():
        one = {"path": "/", "method": "GET"}
        return await asyncio.gather(*[guard._file(one, {}, send) for _ in range(30)])

    def answered():
        sent.clear()
        assert all(asyncio.run(crowd()))
        assert sent.count(200) == 30
        return len(looks)

    assert answered() == 1
    assert answered() == 1  # a moment later
    files._kept["/"].checked -= 2.0
    assert answered() == 2  # time to look again


def test_names_of_a_path():
    assert parts_of("/") == ["index.html"]
    assert parts_of("/a/b.css") == ["a", "b.css"]
    assert parts_of("/a/../b") is None


def test_only_what_is_made_for_it_may_be_shown_elsewhere(site):
    (site / "briefs" / "a" / "embed.html").write_text("<!doctype html><title>x</title>")
    files = Files(site)
    shown, shut = dict(files.find("/briefs/a/embed.html").short), dict(files.find("/").short)
    assert b"frame-ancestors *" in shown[b"content-security-policy"]
    assert b"x-frame-options" not in shown
    assert b"frame-ancestors 'none'" in shut[b"content-security-policy"]
    assert shut[b"x-frame-options"] == b"DENY"
