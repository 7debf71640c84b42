"""`Catalogue`: which runs were published as which briefs, in which order. SQLite, or PostgreSQL by its address.

Briefs are numbered 1, 2, 3, ... in one transaction, and their times never go back: order by time and then by
number is the order of the numbers, whatever the clock does.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from salient.errors import Problem, SalientError

try:
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
    from sqlalchemy.exc import SQLAlchemyError as DatabaseError
except ModuleNotFoundError:
    raise SalientError(
        Problem(
            "the catalogue of a site needs SQLAlchemy", hint="pip install 'salient-model[site]'"
        )
    ) from None

ENVIRONMENT = "SALIENT_DATABASE"
Axis = Literal["category", "country", "scenario"]
AXES: tuple[Axis, ...] = ("category", "country", "scenario")


@dataclass(frozen=True)
class Entry:
    """A published brief, as its card shows it. `dated` and `made` are times of UTC, such as 2025-03-11T06:00:00Z."""

    id: str
    run: str
    scenario: str
    scenario_slug: str
    title: str
    country: str
    country_slug: str
    category: str
    category_slug: str
    region: str
    headline: str
    summary: str
    number: str
    number_label: str
    alt: str
    credit: str
    as_of: str
    made: str
    changed: bool
    dated: str = ""
    n: int = 0

    @property
    def folder(self) -> str:
        """Its permalink below the site, without a slash at the end."""
        return f"briefs/{self.scenario_slug}/{self.id}"


@dataclass(frozen=True)
class Run:
    """A run whose brief is published: what it was made from, by its manifest."""

    id: str
    scenario: str
    as_of: str
    command: str
    made: str
    manifest: dict[str, Any]


@dataclass(frozen=True)
class Group:
    """The briefs that share a category, a country or a scenario."""

    slug: str
    name: str
    count: int
    newest: int


_META = sa.MetaData()
_VERSION = sa.Table(
    "salient_schema", _META, sa.Column("version", sa.Integer, primary_key=True, autoincrement=False)
)
_RUNS = sa.Table(
    "salient_runs",
    _META,
    sa.Column("id", sa.String(64), primary_key=True),
    *[sa.Column(name, sa.Text, nullable=False) for name in ("scenario", "as_of", "command")],
    sa.Column("made", sa.String(32), nullable=False),
    sa.Column("manifest", sa.Text, nullable=False),
)
_BRIEFS = sa.Table(
    "salient_briefs",
    _META,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(80), nullable=False, unique=True),
    sa.Column("run", sa.String(64), sa.ForeignKey("salient_runs.id"), nullable=False),
    *[
        sa.Column(f.name, sa.Boolean if f.name == "changed" else sa.Text, nullable=False)
        for f in fields(Entry)
        if f.name not in ("n", "id", "run")
    ],
)
_INDEXES = tuple(
    sa.Index(f"salient_briefs_{axis}", _BRIEFS.c[f"{axis}_slug"], _BRIEFS.c.n) for axis in AXES
)
_MIGRATIONS: tuple[Sequence[Any], ...] = (
    tuple(sa.schema.CreateTable(t) for t in (_RUNS, _BRIEFS)),
    tuple(sa.schema.CreateIndex(i) for i in _INDEXES),
)


def address(site: Path, given: str | None = None) -> str:
    """The address of a site's catalogue: the one given, that of the environment, or a file beside the site."""
    beside = site.absolute().with_name(f"{site.absolute().name}.catalogue.sqlite")
    return given or os.environ.get(ENVIRONMENT) or f"sqlite:///{beside}"


class Catalogue:
    """The catalogue at an address such as `sqlite:///catalogue.sqlite` or `postgresql://name@host/base`.

    Raises SalientError for an address that is not one, a database that cannot be reached, and a catalogue that a
    newer Salient wrote.
    """

    def __init__(self, url: str) -> None:
        self.place = _hidden(url)
        with self._plain_errors():
            self.engine = _engine(url)
            try:
                self._migrate()
            except BaseException:
                self.engine.dispose()
                raise

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except (ArgumentError, NoSuchModuleError):
            raise SalientError(
                Problem(
                    "this is not the address of a database",
                    key=ENVIRONMENT,
                    hint="such as sqlite:///catalogue.sqlite or postgresql://name@host/base",
                )
            ) from None
        except ModuleNotFoundError as e:
            raise SalientError(
                Problem(
                    f"{e.name} is not installed", hint="pip install 'salient-model[postgresql]'"
                )
            ) from None
        except DBAPIError as e:
            raise SalientError(
                Problem(
                    f"the catalogue cannot be used: {str(e.orig).strip().splitlines()[0]}",
                    file=self.place,
                    hint="nothing was lost; mend that and give the same command again",
                )
            ) from None
        except OSError as e:
            raise SalientError(
                Problem(f"the catalogue cannot be kept there: {e.strerror}", file=self.place)
            ) from None
        except DatabaseError as e:
            raise SalientError(
                Problem(f"the catalogue cannot be used: {e}", file=self.place)
            ) from None

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One writer at a time; all of it is kept or nothing."""
        with self.engine.begin() as c:
            if self.engine.dialect.name == "postgresql":
                c.execute(sa.text("SELECT pg_advisory_xact_lock(736113)"))
            yield c

    def _migrate(self) -> None:
        with self._writing() as c:
            _VERSION.create(c, checkfirst=True)
            have = c.execute(sa.select(sa.func.max(_VERSION.c.version))).scalar() or 0
            if have > len(_MIGRATIONS):
                raise SalientError(
                    Problem(
                        f"a newer Salient wrote this catalogue (form {have}; this one knows {len(_MIGRATIONS)})",
                        file=self.place,
                        hint="pip install --upgrade salient-model",
                    )
                )
            for number in range(have, len(_MIGRATIONS)):
                for statement in _MIGRATIONS[number]:
                    c.execute(statement)
                c.execute(_VERSION.insert().values(version=number + 1))

    def add(
        self, drafts: Iterable[tuple[Entry, Run]], now: dt.datetime | None = None
    ) -> list[Entry]:
        """Number and date those that are not there yet, and keep them: all or none. Returns them in their order."""
        pairs = list(drafts)
        with self._plain_errors(), self._writing() as c:
            new = self._numbered(c, [draft for draft, _ in pairs], now)
            made = {e.id for e in new}
            there = {row.id for row in c.execute(sa.select(_RUNS.c.id))}
            runs = {r.id: r for draft, r in pairs if draft.id in made and r.id not in there}
            if runs:
                rows = [{**vars(r), "manifest": json.dumps(r.manifest)} for r in runs.values()]
                c.execute(_RUNS.insert(), rows)
            if new:
                c.execute(_BRIEFS.insert(), [vars(e) for e in new])
        return new

    def planned(self, drafts: Iterable[Entry], now: dt.datetime) -> list[Entry]:
        """What `add` at that moment would return, if nobody adds anything before."""
        with self._plain_errors(), self.engine.connect() as c:
            return self._numbered(c, drafts, now)

    def _numbered(
        self, c: sa.Connection, drafts: Iterable[Entry], now: dt.datetime | None
    ) -> list[Entry]:
        """Those that are not there yet with their numbers and dates."""
        clock = _stamp(now or dt.datetime.now(dt.UTC))
        last = c.execute(
            sa.select(_BRIEFS.c.n, _BRIEFS.c.dated).order_by(_BRIEFS.c.n.desc()).limit(1)
        ).first()
        n, dated = (last.n, last.dated) if last else (0, "")
        there = {row.id for row in c.execute(sa.select(_BRIEFS.c.id))}
        new: list[Entry] = []
        for draft in sorted(drafts, key=lambda d: (d.made, d.id)):
            if draft.id not in there:
                there.add(draft.id)
                n, dated = n + 1, date_after(draft.made, dated, clock)
                new.append(replace(draft, n=n, dated=dated))
        return new

    def _rows(self, query: Any) -> list[Entry]:
        with self._plain_errors(), self.engine.connect() as c:
            return [Entry(**row._mapping) for row in c.execute(query)]

    def _one(self, query: Any) -> Any:
        with self._plain_errors(), self.engine.connect() as c:
            return c.execute(query).scalar()

    def count(self, axis: Axis | None = None, slug: str = "", up_to: int | None = None) -> int:
        """How many briefs there are in a stream, of those numbered `up_to` or less."""
        query = sa.select(sa.func.count()).select_from(_BRIEFS).where(_within(axis, slug))
        if up_to is not None:
            query = query.where(_BRIEFS.c.n <= up_to)
        return int(self._one(query))

    def places(
        self, first: int, last: int, axis: Axis | None = None, slug: str = ""
    ) -> list[Entry]:
        """The briefs at the places `first` to `last` of a stream, counted from 1 at the oldest; newest first."""
        if last < first:
            return []
        query = sa.select(_BRIEFS).order_by(_BRIEFS.c.n)
        if axis is None:
            query = query.where(_BRIEFS.c.n.between(first, last))
        else:
            query = query.where(_within(axis, slug)).offset(first - 1).limit(last - first + 1)
        return self._rows(query)[::-1]

    def newest(self, axis: Axis | None = None, slug: str = "", most: int = 12) -> list[Entry]:
        """The newest briefs of a stream, newest first."""
        query = sa.select(_BRIEFS).where(_within(axis, slug)).order_by(_BRIEFS.c.n.desc())
        return self._rows(query.limit(most))

    def around(
        self, n: int, axis: Axis | None = None, slug: str = "", reach: int = 3
    ) -> list[Entry]:
        """The `reach` briefs before and after number n in a stream, newest first, without n itself."""
        base = sa.select(_BRIEFS).where(_within(axis, slug))
        after = base.where(_BRIEFS.c.n > n).order_by(_BRIEFS.c.n).limit(reach)
        before = base.where(_BRIEFS.c.n < n).order_by(_BRIEFS.c.n.desc()).limit(reach)
        return [*self._rows(after)[::-1], *self._rows(before)]

    def since(self, n: int) -> list[Entry]:
        """The briefs with a number above n, oldest first."""
        return self._rows(sa.select(_BRIEFS).where(_BRIEFS.c.n > n).order_by(_BRIEFS.c.n))

    def find(self, id: str) -> Entry | None:
        """The brief with an id, or None."""
        found = self._rows(sa.select(_BRIEFS).where(_BRIEFS.c.id == id))
        return found[0] if found else None

    def latest(self, scenario_slug: str, below: int | None = None) -> Entry | None:
        """The brief that stands for a scenario: unchanged before changed, then by as-of date, then the newest.

        With `below`, of those with a smaller number: the one that stood for it before.
        """
        query = sa.select(_BRIEFS).where(_within("scenario", scenario_slug))
        if below is not None:
            query = query.where(_BRIEFS.c.n < below)
        order = (_BRIEFS.c.changed, _BRIEFS.c.as_of.desc(), _BRIEFS.c.n.desc())
        found = self._rows(query.order_by(*order).limit(1))
        return found[0] if found else None

    def groups(self, axis: Axis) -> list[Group]:
        """All categories, countries or scenarios, the one with the newest brief first."""
        at, name = _BRIEFS.c[f"{axis}_slug"], _BRIEFS.c[axis]
        newest = sa.func.max(_BRIEFS.c.n)
        query = sa.select(at, sa.func.max(name), sa.func.count(), newest).group_by(at)
        with self._plain_errors(), self.engine.connect() as c:
            return [Group(*row) for row in c.execute(query.order_by(newest.desc()))]

    def run(self, id: str) -> Run | None:
        """The run with an id, or None."""
        with self._plain_errors(), self.engine.connect() as c:
            row = c.execute(sa.select(_RUNS).where(_RUNS.c.id == id)).first()
        return (
            None if row is None else Run(**{**row._mapping, "manifest": json.loads(row.manifest)})
        )


class Shelf:
    """Entries in memory, for whoever asks about thousands of them: answers as a `Catalogue` does."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._streams: dict[tuple[Axis | None, str], list[Entry]] = {(None, ""): list(entries)}
        for e in entries:
            self._streams.setdefault(("scenario", e.scenario_slug), []).append(e)

    def around(
        self, n: int, axis: Axis | None = None, slug: str = "", reach: int = 3
    ) -> list[Entry]:
        """The `reach` briefs before and after number n of all, or of a scenario; newest first, without n itself."""
        found = self._streams.get((axis, slug), [])
        at = bisect_left(found, n, key=lambda e: e.n)
        after = at + 1 if at < len(found) and found[at].n == n else at
        return [*found[after : after + reach][::-1], *found[max(0, at - reach) : at][::-1]]

    def latest(self, scenario_slug: str) -> Entry:
        """The brief that stands for a scenario, by the rule of `Catalogue.latest`."""
        found = self._streams["scenario", scenario_slug]
        return max(found, key=lambda e: (not e.changed, e.as_of, e.n))


def date_after(made: str, last: str, clock: str) -> str:
    """The time that a brief stands under: when it was made, if that is after the one before it and not in the future;
    else now; and never before the one before it, whatever the clock says.
    """
    return made if last <= made <= clock else max(last, clock)


def _within(axis: Axis | None, slug: str) -> Any:
    return sa.true() if axis is None else _BRIEFS.c[f"{axis}_slug"] == slug


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _hidden(url: str) -> str:
    """The address as it may be shown, without its password."""
    try:
        return sa.engine.make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return ENVIRONMENT


def _engine(url: str) -> sa.Engine:
    parsed = sa.engine.make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ArgumentError
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _no_hidden_begin)
    sa.event.listen(engine, "begin", _begin_at_once)
    return engine


def _no_hidden_begin(connection: Any, record: Any) -> None:
    """Transactions of SQLite begin when we say so, or a change of tables would not be part of one."""
    connection.isolation_level = None


def _begin_at_once(connection: sa.Connection) -> None:
    """Take the lock of the writer at the start, so that two cannot read the same last number."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
