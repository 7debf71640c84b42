"""Links to the panel: on the pages of a scenario that can be asked, where the site is served, and nowhere else."""

from __future__ import annotations

import pytest

from salient.server.files import Files
from salient.server.live import Links
from salient.site.pages import Stream, head

BRIEF = b'<main><aside class="takeaways wide"><ol></ol></aside><aside>other</aside></main>'


@pytest.fixture
def site(tmp_path):
    for scenario in ("kursk-2024", "ukraine-front"):
        folder = tmp_path / "briefs" / scenario / "2025-03-11-abc"
        folder.mkdir(parents=True)
        (folder / "index.html").write_bytes(BRIEF)
        (folder / "brief.json").write_bytes(BRIEF)
    (tmp_path / "index.html").write_text(head(Stream(), [], None, 0, None, None))
    return tmp_path


def body(files, path):
    return files.find(path).plain[1]


def test_a_brief_leads_to_its_panel_where_it_is_served(site):
    files = Files(site, Links(["kursk-2024"]))
    live = body(files, "/briefs/kursk-2024/2025-03-11-abc/")
    assert live.count(b'href="/whatif/kursk-2024"') == 1
    assert live.index(b"</aside>") < live.index(b"/whatif/") < live.index(b"<aside>other")
    assert body(files, "/briefs/ukraine-front/2025-03-11-abc/") == BRIEF
    assert body(files, "/briefs/kursk-2024/2025-03-11-abc/brief.json") == BRIEF
    assert body(files, "/").count(b'href="/whatif/"') == 1


def test_the_files_themselves_have_no_such_link(site):
    assert all(b"whatif" not in p.read_bytes() for p in site.rglob("*.html"))
    assert body(Files(site), "/briefs/kursk-2024/2025-03-11-abc/") == BRIEF


def test_a_hostile_name_is_escaped(site):
    page = Links(['"><script>'])(["briefs", "script-554299e9", "x", "index.html"], BRIEF)
    assert b"whatif" in page
    assert b"<script>" not in page
