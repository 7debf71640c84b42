"""Reading the files of the catalogue: found, whole, of the right columns and types, or one error that says why not.

No numerical library is needed here; `readers` makes arrays of what this returns.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salient.errors import DataError, Problem
from salient.evidence import catalogue
from salient.evidence.catalogue import DATA, HELD_OUT_AFTER, Column, DataSet

LARGEST = 64_000_000
"""Bytes. A larger file is refused: no table here is near it."""

Value = str | float | dt.date | None
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Loaded:
    """A file that was read: its table, its checksum, and whether it is the user's own.

    `values` has a list for each column of the data set; a missing number or date is None. `features` holds the
    geometries of a GeoJSON file, row by row.
    """

    data_set: DataSet
    path: Path
    sha256: str
    own: bool
    values: dict[str, list[Value]]
    features: tuple[dict[str, Any], ...] = ()

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.values[self.data_set.names[0]])


def find(data_set: DataSet, data_dir: str | Path | None = None) -> tuple[Path, bool]:
    """The file to read, and whether it is the user's own: the one in `data_dir` when there is one, else the shipped.

    Raises DataError when `data_dir` is not a folder.
    """
    if data_dir is not None:
        folder = Path(data_dir)
        if not folder.is_dir():
            hint = "give a folder that holds files named as in `salient data list`"
            raise DataError(Problem("there is no such folder of data", file=str(folder), hint=hint))
        if (folder / data_set.file).is_file():
            return folder / data_set.file, True
    return DATA / data_set.file, False


def load(data_set: DataSet, data_dir: str | Path | None = None) -> Loaded:
    """Read and check the file of a data set.

    A shipped file must have the catalogue's checksum. Raises one DataError that names the file, what was expected and
    what was found.
    """
    path, own = find(data_set, data_dir)
    content = _bytes(path, data_set)
    sha = hashlib.sha256(content).hexdigest()
    if not own and sha != data_set.sha256:
        raise DataError(_altered(data_set, path, content, sha))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"UTF-8 text was expected; byte {error.start} is not"
        raise DataError(Problem(message, file=str(path))) from error
    if path.suffix == ".geojson":
        values, features = _geojson(data_set, path, text)
        return Loaded(data_set, path, sha, own, values, features)
    return Loaded(data_set, path, sha, own, _table(data_set, path, text))


def verify(key: str, data_dir: str | Path | None = None) -> list[Problem]:
    """What is wrong with the file of a data set; empty when nothing is.

    A shipped file must have its checksum, rows, columns and dates. A file from `data_dir` must have the columns, and
    dates and numbers that can be read; its checksum is only recorded. Raises DataError for an unknown key.
    """
    wanted = catalogue.data_set(key)
    try:
        loaded = load(wanted, data_dir)
    except DataError as error:
        return list(error.problems)
    return [] if loaded.own else _against_catalogue(loaded)


def _bytes(path: Path, data_set: DataSet) -> bytes:
    """The content of a file, refused when it is missing or far too large."""
    try:
        if path.stat().st_size > LARGEST:
            message = f"the file is larger than {LARGEST // 1_000_000} MB and is not read"
            raise DataError(Problem(message, file=str(path)))
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        hint = "install the package again" if path.parent == DATA else None
        message = f"the file of data set '{data_set.key}' cannot be read: {reason}"
        raise DataError(Problem(message, file=str(path), hint=hint)) from error


def _altered(data_set: DataSet, path: Path, content: bytes, sha: str) -> Problem:
    """A shipped file that is not what was shipped: cut short, or changed."""
    ends, kind = (b"\n", "rows") if path.suffix == ".csv" else (b'"Feature"', "features")
    header = 1 if path.suffix == ".csv" else 0
    found = max(content.count(ends) - header, 0)
    cut = found < data_set.rows or not content.endswith(b"\n")
    what = "the file was cut short" if cut else "the file was altered"
    message = (
        f"{what}: {data_set.rows} {kind} with checksum {data_set.sha256[:12]} were expected, "
        f"{found} {kind} with checksum {sha[:12]} were found"
    )
    hint = "install the package again; your own data go into a folder given as --data"
    return Problem(message, file=str(path), hint=hint)


def _table(data_set: DataSet, path: Path, text: str) -> dict[str, list[Value]]:
    """The columns of a CSV text. Raises DataError at the first row that is not right."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    values: dict[str, list[Value]] = {name: [] for name in data_set.names}
    try:
        header = next(lines, [])
        places = _places(data_set, path, header)
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(header):
                message = f"{len(header)} values were expected, {len(cells)} were found"
                raise DataError(
                    Problem(
                        message, file=str(path), line=lines.line_num, hint="was the file cut short?"
                    )
                )
            for column, place in places:
                value = _value(column, cells[place], path, lines.line_num)
                values[column.name].append(value)
    except csv.Error as error:
        raise DataError(
            Problem(f"not a CSV row: {error}", file=str(path), line=lines.line_num)
        ) from error
    if not values[data_set.names[0]]:
        raise DataError(Problem("at least one row was expected, none was found", file=str(path)))
    return values


def _places(data_set: DataSet, path: Path, header: Sequence[str]) -> list[tuple[Column, int]]:
    """Where each column of the data set stands in the header. Others may stand beside them."""
    missing = [name for name in data_set.names if name not in header]
    if missing:
        message = f"the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} were expected"
        found = ", ".join(header) if header else "nothing"
        raise DataError(Problem(f"{message}, {found} were found", file=str(path), line=1))
    return [(column, list(header).index(column.name)) for column in data_set.columns]


def _value(column: Column, cell: str, path: Path, line: int) -> Value:
    """One value of a column, None when it is missing."""
    if column.type == "text":
        return cell
    if not cell:
        if column.name in ("date", "reported"):
            raise DataError(
                Problem("a date was expected", file=str(path), line=line, key=column.name)
            )
        return None
    try:
        if column.type == "date":
            if not _DAY.fullmatch(cell):
                raise ValueError
            return dt.date.fromisoformat(cell)
        number = float(cell)
        if not math.isfinite(number) or (column.type == "integer" and number != int(number)):
            raise ValueError
        return number
    except ValueError:
        right = {"date": "a date such as 2025-03-11", "integer": "a whole number"}.get(
            column.type, "a number"
        )
        message = f"{right} was expected, '{cell[:40]}' was found"
        raise DataError(Problem(message, file=str(path), line=line, key=column.name)) from None


def _geojson(
    data_set: DataSet, path: Path, text: str
) -> tuple[dict[str, list[Value]], tuple[dict[str, Any], ...]]:
    """The properties of each feature as columns, and the geometries. A feature without a date has None."""
    try:
        features = json.loads(text)["features"]
        parts = [(dict(f["properties"]), dict(f["geometry"])) for f in features]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = f"a GeoJSON FeatureCollection was expected: {error}"
        raise DataError(Problem(message, file=str(path), hint="was the file cut short?")) from error
    values: dict[str, list[Value]] = {name: [] for name in data_set.names}
    for number, (said, _) in enumerate(parts, start=1):
        for column in data_set.columns:
            cell = said.get(column.name)
            if cell is None:
                values[column.name].append("" if column.type == "text" else None)
            else:
                values[column.name].append(_value(column, str(cell), path, number))
    return values, tuple(geometry for _, geometry in parts)


def _against_catalogue(loaded: Loaded) -> list[Problem]:
    """What a shipped file has that its entry in the catalogue does not say, or the other way round."""
    wanted, file = loaded.data_set, str(loaded.path)
    dates = [d for d in loaded.values["date"] if isinstance(d, dt.date)]
    known = [d for d in loaded.values[wanted.known_by] if isinstance(d, dt.date)]
    compared = [
        ("rows", wanted.rows, loaded.rows),
        ("the first date", wanted.first, min(dates)),
        ("the last date", wanted.last, max(dates)),
    ]
    problems = [
        Problem(f"{what}: {right} was expected, {found} was found", file=file)
        for what, right, found in compared
        if right != found
    ]
    if max(*dates, *known) > HELD_OUT_AFTER:
        problems.append(Problem(f"a row is dated after {HELD_OUT_AFTER}", file=file))
    return problems
