from __future__ import annotations

import pytest

from salient.brief.countries import NAMES, country_name, place


def test_the_table_is_whole():
    assert len(NAMES) > 190
    assert all(len(k) == 2 and k.isupper() and v.strip() == v for k, v in NAMES.items())
    assert len(set(NAMES.values())) == len(NAMES)


@pytest.mark.parametrize(
    ("region", "code", "said"),
    [
        ("Kursk oblast", "RU", "Kursk oblast, Russia"),
        ("Eastern Ukraine", "UA", "Eastern Ukraine"),
        ("Somewhere", "QQ", "Somewhere, QQ"),
        ("Somewhere", "", "Somewhere"),
    ],
)
def test_a_region_with_its_country(region, code, said):
    assert place(region, code) == said
    assert country_name("RU") == "Russia"
