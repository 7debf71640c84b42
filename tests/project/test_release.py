"""What a release says about itself in several places must agree."""

from __future__ import annotations

import tomllib
from importlib.metadata import version

import yaml

import salient


def test_the_version_is_the_same_everywhere(root):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert version("salient-model") == salient.__version__ == citation["version"]
    assert f"## [{salient.__version__}]" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_base_install_is_lean(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base = " ".join(project["dependencies"])
    for heavy in ("arviz", "numpyro", "pandas", "matplotlib", "playwright", "torch"):
        assert heavy not in base


def test_every_kind_of_installation_named_in_the_makefile_exists(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    named = {
        extra
        for line in makefile.splitlines()
        if "EXTRAS :=" in line
        for extra in line.split(":=")[1].strip().split(",")
    }
    assert named
    assert named <= set(project["optional-dependencies"])
