"""The catalogue: what data there are, who says them, under which terms, and how they are biased.

Importing this module loads no numerical library. The catalogue itself is `data/catalogue.yaml`; a user's own folder may
hold files of the same names, which then take the place of those shipped.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from salient.errors import DataError, Problem, nearest

DATA = Path(__file__).resolve().parent / "data"
"""The folder of the data that are shipped."""

HELD_OUT_AFTER = dt.date(2026, 2, 28)
"""Nothing that is shipped is dated later: later data are kept to test forecasts."""

ColumnType = Literal["date", "text", "number", "integer"]


@dataclass(frozen=True)
class Column:
    """One column of a data set: its name, type, unit ("" where there is none, "1" for counts) and meaning."""

    name: str
    type: ColumnType
    unit: str
    meaning: str


@dataclass(frozen=True)
class Source:
    """Where a data set was obtained: name, version (commit, release) and address."""

    name: str
    version: str
    url: str


@dataclass(frozen=True)
class Licence:
    """Terms: `short` in a few words, what was `found` at the source, and what that `means` for use."""

    short: str
    found: str
    means: str


@dataclass(frozen=True)
class Upstream:
    """A file at the source: its address, the name it is kept under, and the columns (or keys) it must have."""

    url: str
    file: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class DataSet:
    """A data set as the catalogue describes it.

    `first` and `last` are the dates covered, `rows` and `sha256` what the shipped file must have, `side` who says it,
    `known_bias` plain sentences, `derived` how it was made from its sources.
    `upstream` are the files from which it can be refreshed, none where it was put together by hand or from many;
    `upstream_note` says what has to be done to them.
    """

    key: str
    title: str
    file: str
    description: str
    columns: tuple[Column, ...]
    side: str
    publisher: str
    sources: tuple[Source, ...]
    licence: Licence
    retrieved: dt.date
    known_bias: tuple[str, ...]
    derived: str
    rows: int
    first: dt.date
    last: dt.date
    sha256: str
    upstream: tuple[Upstream, ...] = ()
    upstream_note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def known_by(self) -> str:
        """The column that says on which day a row became known: `reported`, else `date`."""
        return "reported" if "reported" in self.names else "date"

    def as_dict(self) -> dict[str, Any]:
        """Everything, in types that JSON knows."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain["columns"] = [vars(column) for column in self.columns]
        plain["sources"] = [vars(source) for source in self.sources]
        plain["licence"] = vars(self.licence)
        plain["known_bias"] = list(self.known_bias)
        plain["upstream"] = [{**vars(one), "columns": list(one.columns)} for one in self.upstream]
        for name in ("retrieved", "first", "last"):
            plain[name] = plain[name].isoformat()
        return plain


class _Catalogue(Mapping[str, DataSet]):
    """Data sets by key. An entry is parsed when it is asked for, since a scenario asks for few of them."""

    def __init__(self, text: str) -> None:
        """text: the catalogue, a list of entries that each begin with their key at the start of a line."""
        parts = re.split(r"(?m)^(?=- key:)", text)[1:]
        self._texts = {
            part.partition("\n")[0].removeprefix("- key:").strip(): part for part in parts
        }
        self._read: dict[str, DataSet] = {}

    def __getitem__(self, key: str) -> DataSet:
        if key not in self._read:
            self._read[key] = _entry(self._texts[key])
        return self._read[key]

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, DataSet]:
    """Every data set by its key, in the order of the catalogue. Raises DataError when the catalogue cannot be read."""
    try:
        return _Catalogue((DATA / "catalogue.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(error) from error


def _entry(text: str) -> DataSet:
    """One entry of the catalogue. Raises DataError when it cannot be read."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        (given,) = yaml.load(text, Loader=loader)
        return _data_set(given)
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> DataError:
    message = f"the catalogue of data cannot be read: {error}"
    where = str(DATA / "catalogue.yaml")
    return DataError(Problem(message, file=where, hint="install the package again"))


def _data_set(entry: Mapping[str, Any]) -> DataSet:
    """A data set from its entry in the catalogue."""
    given = dict(entry)
    given["columns"] = tuple(Column(*(str(part) for part in c)) for c in given["columns"])  # type: ignore[arg-type]
    given["sources"] = tuple(
        Source(str(s["name"]), str(s["version"]), str(s["url"])) for s in given["sources"]
    )
    given["licence"] = Licence(**given["licence"])
    given["known_bias"] = tuple(given["known_bias"])
    given["upstream"] = tuple(
        Upstream(str(u["url"]), str(u["file"]), tuple(str(c) for c in u["columns"]))
        for u in given.get("upstream", ())
    )
    return DataSet(**given)


def data_set(key: str) -> DataSet:
    """The data set of that key. Raises DataError, with the nearest key, when there is none."""
    known = catalogue()
    if key in known:
        return known[key]
    close = nearest(key, known)
    hint = f"did you mean '{close}'?" if close else "`salient data list` shows what there is"
    raise DataError(Problem(f"there is no data set '{key}'", hint=hint))


def as_date(value: dt.date | str, what: str = "as-of date") -> dt.date:
    """A date from a date or its text `YYYY-MM-DD`. Raises DataError that says what would be right."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        if value[4:5] != "-" or value[7:8] != "-" or len(value) != 10:  # not the other ISO forms
            raise ValueError
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        message = f"the {what} '{value}' is not a date"
        raise DataError(Problem(message, hint="write it as 2025-03-11")) from None


def summary(one: DataSet) -> dict[str, Any]:
    """One line of `salient data list`: key, title, dates, rows and licence in short."""
    return {
        "key": one.key,
        "title": one.title,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "rows": one.rows,
        "licence": one.licence.short,
    }


__all__ = [
    "DATA",
    "HELD_OUT_AFTER",
    "Column",
    "DataSet",
    "Licence",
    "Source",
    "Upstream",
    "as_date",
    "catalogue",
    "data_set",
    "summary",
]
