"""Every kind of page of a site is valid HTML, with ordinary words and with hostile ones."""

from __future__ import annotations

from salient.site.publish import publish

BAD = "<script>alert(1)</script>\"'&--><!--"


def test_every_page_is_valid(runs, tmp_path, html_faults):
    site = tmp_path / "public"
    made = [*runs.many(25), runs.make(headline=BAD, title=BAD, deck=BAD, region=BAD, category=BAD)]
    publish([*made, runs.make(scenario=BAD, country="UA")], site, "https://example.org/b/")
    pages = sorted(site.rglob("*.html"))
    kinds = {p.relative_to(site).parts[0] for p in pages}
    assert kinds >= {"index.html", "browse", "page", "briefs", "category", "country", "scenario"}
    few = [p for p in pages if "briefs" not in p.parts] + [p for p in pages if "briefs" in p.parts][
        -4:
    ]
    assert {str(p): html_faults(p.read_text(encoding="utf-8")) for p in few} == {
        str(p): [] for p in few
    }


def test_an_empty_site_is_valid(tmp_path, html_faults):
    publish([], tmp_path / "public")
    assert html_faults((tmp_path / "public/index.html").read_text(encoding="utf-8")) == []


def test_the_check_finds_faults(html_faults):
    body = '<main><p id="a"><p id="a"><a href="#b">x</a></div></main>'
    bad = f"<!doctype html><html><head><title>x</title></head><body>{body}"
    said = " ".join(html_faults(bad))
    for fault in ("'a' is there 2 times", "leads to nothing", "end-tag-too-early"):
        assert fault in said
