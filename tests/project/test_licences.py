"""Every table that is shipped has its terms in LICENSES/DATA.md, and no table that is not shipped has."""

from __future__ import annotations

import re

import yaml


def test_each_data_set_has_its_row(root):
    text = (root / "LICENSES" / "DATA.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = {key for cell in rows for key in re.findall(r"`([a-z0-9-]+)`", cell)}
    catalogue = (root / "salient" / "evidence" / "data" / "catalogue.yaml").read_text("utf-8")
    assert named == {entry["key"] for entry in yaml.safe_load(catalogue)}


def test_the_notice_that_the_mit_data_ask_for_is_there(root):
    text = (root / "LICENSES" / "DATA.md").read_text(encoding="utf-8")
    assert "Copyright (c) 2022 Petro Ivaniuk" in text
    assert "The above copyright notice and this permission notice shall be included" in text
