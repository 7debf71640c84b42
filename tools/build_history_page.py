"""Write tables and picture of two pages of docs/explanation anew from what `salient validate` computes."""

from __future__ import annotations

import os
import re
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

from salient.record.picture import posterior_picture
from salient.record.rows import plain_markdown
from salient.record.verdicts import LONG, SETS, all_verdicts, as_markdown

DOCS = Path(__file__).resolve().parent.parent / "docs" / "explanation"
PICTURE = DOCS.parent / "images" / "ardennes-1944.svg"


def main() -> None:
    """Replace what stands between the marks, and the picture."""
    _write(DOCS / "what-history-says.md", "", as_markdown(all_verdicts(list(SETS))))
    PICTURE.write_text(posterior_picture(), encoding="utf-8")
    for name in LONG:
        page = DOCS / "what-the-long-record-settles.md"
        _write(page, f" {name}", plain_markdown(all_verdicts([name])))


def _write(page: Path, mark: str, table: str) -> None:
    text = page.read_text(encoding="utf-8")
    between = rf"(<!-- begin{mark} -->\n).*?(<!-- end{mark} -->)"
    made = re.sub(between, lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.S)
    page.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
