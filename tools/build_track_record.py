"""Writes the track record that ships from the folder of a finished backtest.

    salient backtest ukraine-front --from 2025-03-10 --to 2026-02-23 --out DIR
    python tools/build_track_record.py DIR

Forecasts of claimed losses are made anew and scored too. What followed is read from the maps that ship. Origins of
other seeds or models in the folder are left out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

from salient.evidence.claims import read_claims
from salient.evidence.vintage import read_front
from salient.forecasting import claims, record


def main() -> None:
    """Read the origins of a folder, score them, and write the file."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("folder", type=Path, help="the folder given to salient backtest as --out")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--model", default="both")
    ask.add_argument("--made", default=dt.date.today().isoformat(), help="date to note")
    given = ask.parse_args()
    files = sorted((given.folder / "origins").glob(f"*-{given.model}-{given.seed}-*.json"))
    made = [json.loads(f.read_text(encoding="utf-8")) for f in files]
    if not made:
        ask.error(f"{given.folder}/origins has no origin of seed {given.seed}, model {given.model}")
    first, last = made[0]["origin"], made[-1]["origin"]
    about = {
        "made": given.made,
        "command": f"salient backtest ukraine-front --from {first} --to {last} --seed {given.seed}",
        "seed": given.seed,
        "model": given.model,
        "variants": record.VARIANTS,
    }
    past = claims.backtest(read_claims(), None, None, given.seed)["past"]
    content = record.build(read_front(), made, about, past)
    said = ",\n".join(json.dumps(o, separators=(",", ":")) for o in content.pop("claims"))
    # one origin a line, so that a change of one is seen as one
    origins = ",\n".join(json.dumps(o, separators=(",", ":")) for o in content.pop("origins"))
    head = json.dumps(content, indent=1)[:-2]
    text = f'{head},\n "claims": [\n{said}\n ],\n "origins": [\n{origins}\n ]\n}}\n'
    record.FILE.write_text(text, encoding="utf-8")
    print(f"written: {record.FILE}, {len(made)} origins from {first} to {last}")


if __name__ == "__main__":
    main()
