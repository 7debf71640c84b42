"""Run folders made from a made-up brief, with other times, scenarios and words; and a private PostgreSQL."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from salient.brief.compose import compose
from salient.brief.page import csvs

DOWNLOADS = [
    {"file": "brief.json", "what": "all of it", "media_type": "application/json"},
    {"file": "manifest.json", "what": "what it is from", "media_type": "application/json"},
]


@pytest.fixture(scope="session")
def brief():
    file = Path(__file__).parents[1] / "brief" / "conftest.py"
    spec = importlib.util.spec_from_file_location("made_up_findings", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return compose(module.made_up())


class Runs:
    """Writes run folders below `root`; run k is made k minutes after midnight unless told otherwise."""

    def __init__(self, root: Path, brief) -> None:
        self.root = root
        self.plain = json.loads(brief.model_dump_json())
        self.csvs = csvs(brief)
        self.downloads = DOWNLOADS + [
            {"file": name, "what": "a table", "media_type": "text/csv"} for name in self.csvs
        ]
        self.count = 0

    def make(self, made: str | None = None, changes=(), **words) -> Path:
        """One run folder, with words of its brief changed."""
        self.count += 1
        k = self.count
        start = dt.datetime(2025, 3, 11, tzinfo=dt.UTC)
        made = made or (start + dt.timedelta(minutes=k)).isoformat()
        content = {**self.plain, "downloads": self.downloads, "seed": k, **words}
        folder = self.root / f"run-{k}"
        folder.mkdir(parents=True)
        (folder / "brief.json").write_text(json.dumps(content), encoding="utf-8")
        for name, table in self.csvs.items():
            (folder / name).write_text(table, encoding="utf-8")
        manifest = {
            "salient": "brief",
            "scenario": content["scenario"],
            "changes": list(changes),
            "as_of": content["as_of"],
            "command": "salient brief",
            "created": made,
            "argv": ["--out", "/home/someone/secret"],
        }
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return folder

    def many(self, count: int, **words) -> list[Path]:
        """Run folders with headlines of their own."""
        return [self.make(headline=f"Finding {self.count + 1}", **words) for _ in range(count)]


@pytest.fixture
def runs(tmp_path, brief) -> Runs:
    return Runs(tmp_path / "runs", brief)


@pytest.fixture(autouse=True)
def no_database_of_the_machine(monkeypatch):
    monkeypatch.delenv("SALIENT_DATABASE", raising=False)


def _bin() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).parent if path else None


@pytest.fixture(scope="session")
def postgresql():
    """The address of a PostgreSQL that lives as long as the tests, on a socket of its own."""
    tools = _bin()
    if tools is None:
        pytest.fail("These tests need PostgreSQL: apt-get install postgresql", pytrace=False)
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="salient-pg-", dir="/tmp") as root:
        if as_user:
            shutil.chown(root, user)

        def call(*command: str) -> None:
            subprocess.run([*as_user, *command], check=True, capture_output=True, cwd="/")

        data, log = f"{root}/data", f"{root}/log"
        call(str(tools / "initdb"), "-D", data, "-A", "trust", "-U", "salient", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={root} -c fsync=off"
        call(str(tools / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield f"postgresql://salient@/postgres?host={root}"
        finally:
            call(str(tools / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """The address of an empty catalogue, in each of the two databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'catalogue.sqlite'}"
        return
    import sqlalchemy as sa

    address = request.getfixturevalue("postgresql")
    engine = sa.create_engine(address.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as c:
        c.execute(sa.text("DROP SCHEMA public CASCADE"))
        c.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    yield address
