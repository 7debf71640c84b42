"""Write table and picture of docs/explanation/what-history-says.md anew from what `salient validate` computes."""

from __future__ import annotations

import os
import re
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

from salient.record.picture import posterior_picture
from salient.record.verdicts import SETS, all_verdicts, as_markdown

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "what-history-says.md"
PICTURE = PAGE.parent.parent / "images" / "ardennes-1944.svg"


def main() -> None:
    """Replace what stands between the two marks, and the picture."""
    text = PAGE.read_text(encoding="utf-8")
    table = as_markdown(all_verdicts(list(SETS)))
    between = r"(<!-- begin -->\n).*?(<!-- end -->)"
    made = re.sub(between, lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.S)
    PAGE.write_text(made, encoding="utf-8")
    PICTURE.write_text(posterior_picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
