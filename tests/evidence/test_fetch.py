"""`salient data fetch` against a server of our own that does what servers do."""

from __future__ import annotations

import http.server
import json
import threading
import time
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from salient.cli.data import data_app
from salient.errors import DataError
from salient.evidence import fetch as fetching
from salient.evidence.catalogue import DATA, Upstream, catalogue, data_set
from salient.evidence.files import load

HEADER = "country,equipment_type,destroyed,abandoned,captured,damaged,type_total\n"
TOTALS = HEADER + 'Russia,All Types,3,1,1,1,6\nUkraine,"Tanks\n",1,0,0,0,1\n'
run = CliRunner()


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = TOTALS.encode()
        if self.path == "/404":
            self.send_error(404)
            return
        if self.path == "/500":
            self.send_error(500)
            return
        if self.path == "/changed":
            body = b"land,kind\nRussia,Tanks\n"
        if self.path == "/page":
            body = b'<html><body>"Sign in</body></html>'
        if self.path == "/to-a-file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
            return
        self.send_response(200)
        if self.path != "/endless":
            extra = {"/cut": 500, "/large": 10**9}.get(self.path, 0)
            self.send_header("Content-Length", str(len(body) + extra))
        self.end_headers()
        try:
            if self.path == "/slow":
                time.sleep(1.0)
            if self.path == "/drip":
                for k in range(len(body)):
                    self.wfile.write(body[k : k + 1])
                    self.wfile.flush()
                    time.sleep(0.05)
                return
            self.wfile.write(body * (2000 if self.path == "/endless" else 1))
        except OSError:
            self.close_connection = True

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def server():
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


@pytest.fixture
def at(monkeypatch, server):
    """The data set of Oryx's totals as if it stood at an address of the server."""
    columns = tuple(HEADER.strip().split(","))

    def put(path, base=server, key="losses-visual-totals", name="totals_by_type.csv"):
        one = replace(data_set(key), upstream=(Upstream(base + path, name, columns),))
        monkeypatch.setattr(fetching, "data_set", lambda key: one)

    return put


def refused(words, out, **how):
    with pytest.raises(DataError, match=words) as error:
        fetching.fetch("losses-visual-totals", out, **{"timeout": 5.0, **how})
    assert list(out.iterdir()) == []
    return str(error.value)


def test_a_whole_file_becomes_a_table_that_can_be_used(at, tmp_path):
    at("/ok")
    got = fetching.fetch("losses-visual-totals", tmp_path / "mine")
    (one,) = got.files
    assert got.ready
    assert one.path == tmp_path / "mine" / "losses-visual-totals.csv"
    assert one.rows == 2
    table = load(data_set("losses-visual-totals"), tmp_path / "mine")
    assert table.own
    assert table.sha256 == one.sha256
    assert table.values["side"] == ["russia", "ukraine"]
    assert table.values["equipment_type"] == ["All Types", "Tanks"]
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["losses-visual-totals.csv"]


def test_files_as_published_are_kept_as_they_came(at, tmp_path):
    at("/ok", key="casualty-estimates", name="raw.csv")
    got = fetching.fetch("casualty-estimates", tmp_path)
    assert not got.ready
    assert (tmp_path / "raw.csv").read_text() == TOTALS


def test_cut_short(at, tmp_path):
    at("/cut")
    refused("cut short|broke off", tmp_path)


def test_not_there(at, tmp_path):
    at("/404")
    assert "shipped table stays usable" in refused("HTTP 404", tmp_path)
    at("/500")
    refused("HTTP 500", tmp_path)


@pytest.mark.parametrize("path", ["/large", "/endless"])
def test_too_large(at, tmp_path, path):
    at(path)
    refused("larger than 0.1 MB", tmp_path, largest=100_000)


@pytest.mark.parametrize("path", ["/slow", "/drip"])
def test_too_slow(at, tmp_path, path):
    at(path)
    begin = time.monotonic()
    refused(r"longer than 0.3 s", tmp_path, timeout=0.3)
    assert time.monotonic() - begin < 3.0


def test_offline(at, tmp_path):
    at("/ok", base="http://127.0.0.1:9")
    assert "are you online?" in refused("cannot be reached", tmp_path)


@pytest.mark.parametrize(
    ("path", "words"),
    [("/changed", "form has changed"), ("/page", "has changed|expected")],
)
def test_another_form(at, tmp_path, path, words):
    at(path)
    refused(words, tmp_path)


def test_an_address_that_leads_off_the_web(at, tmp_path):
    at("/to-a-file")
    refused("refused|leads to", tmp_path)


def test_what_was_there_before_stays(at, tmp_path):
    at("/cut")
    (tmp_path / "losses-visual-totals.csv").write_text("mine")
    with pytest.raises(DataError):
        fetching.fetch("losses-visual-totals", tmp_path, timeout=5.0)
    assert (tmp_path / "losses-visual-totals.csv").read_text() == "mine"


def test_never_into_the_package(at):
    at("/ok")
    with pytest.raises(DataError, match="never fetched into the package"):
        fetching.fetch("losses-visual-totals", DATA / "new")
    assert not (DATA / "new").exists()


def test_a_folder_that_cannot_be_made(at, tmp_path):
    at("/ok")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="no folder can be made"):
        fetching.fetch("losses-visual-totals", tmp_path / "file" / "x")


@pytest.mark.parametrize("key", [k for k, one in catalogue().items() if not one.upstream])
def test_a_derived_table_says_why_it_has_no_address(key, tmp_path):
    with pytest.raises(DataError, match="no single file upstream"):
        fetching.fetch(key, tmp_path)


def test_every_address_is_of_the_web_and_says_what_comes():
    known = [one for one in catalogue().values() if one.upstream]
    assert len(known) == 3
    for one in known:
        assert one.upstream_note
        assert all(u.url.startswith("https://") for u in one.upstream)


def test_the_command(at, tmp_path):
    at("/ok")
    done = run.invoke(data_app, ["fetch", "losses-visual-totals", "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["files"][0]["rows"] == 2
    done = run.invoke(data_app, ["fetch", "losses-visual-totals", "--out", str(tmp_path)])
    assert "SHA-256" in done.stdout
    at("/404")
    done = run.invoke(data_app, ["fetch", "losses-visual-totals", "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "HTTP 404" in done.stderr


def test_an_unknown_name():
    done = run.invoke(data_app, ["fetch", "kursk-aera"])
    assert done.exit_code == 1
    assert "did you mean 'kursk-area'?" in done.stderr
