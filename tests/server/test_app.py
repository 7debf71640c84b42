"""The application: pages and API, what it refuses, and that no text of a scenario or an address runs."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from starlette.testclient import TestClient

from salient.questions.live import Pair, Way
from salient.scenario.loading import load
from salient.server import pages
from salient.server.app import Server, create_app
from salient.server.files import Files
from salient.server.jobs import Jobs
from salient.server.limits import Access, Limits
from salient.server.whatif import Question, answer, work

TOKEN = "a-token-of-some-length"
BAD = "<script>alert(1)</script>\u202e"


def items(n):
    return [
        {
            "id": f"brief-{k:03}",
            "url": f"briefs/{k}/",
            "title": f"{BAD} {k}",
            "date_published": f"2025-03-{1 + k // 3:02}T00:00:00Z",
        }
        for k in range(n)
    ]


def publish(root, n, a_page=4):
    """A feed as `salient publish` writes it: pages that name the next."""
    newest = items(n)[::-1]
    pages = [newest[i : i + a_page] for i in range(0, n, a_page)]
    for k, page in enumerate(pages):
        name = "feed.json" if k == 0 else f"feed-{k}.json"
        more = (
            {"next_url": f"https://example.org/site/feed-{k + 1}.json"}
            if k + 1 < len(pages)
            else {}
        )
        (root / name).write_text(json.dumps({"version": "1.1", "items": page, **more}))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("site")
    (root / "index.html").write_text(
        "<!doctype html><title>Front</title><style>p{}</style><p>front"
    )
    (root / "briefs" / "a").mkdir(parents=True)
    (root / "briefs" / "a" / "index.html").write_text("brief")
    publish(root, 11)
    return root


def made(warm, folder, **about):
    jobs = Jobs(folder, lambda request, say: work(warm, request, say))
    jobs.start()
    return Server({warm.name: warm}, jobs, about.pop("access", Access()), patience=20.0, **about)


def client_of(server):
    return TestClient(create_app(server), base_url="http://localhost:8000", follow_redirects=False)


@pytest.fixture(scope="module")
def client(warm, site, tmp_path_factory):
    server = made(warm, tmp_path_factory.mktemp("state"), files=Files(site))
    yield client_of(server)
    server.jobs.stop()


@pytest.fixture
def guarded(warm, tmp_path):
    server = made(warm, tmp_path, access=Access(TOKEN), loopback=False)
    yield client_of(server)
    server.jobs.stop()


def ask(client, **question):
    return client.post("/api/whatif", json={"scenario": "kursk-2024", "draws": 100, **question})


def test_a_question_is_answered(client):
    found = ask(client, branch="support-wanes").json()
    assert found["draws"] == 100
    assert found["query"] == "branch=support-wanes&draws=100"
    (first,) = found["sectors"]
    end = first["end"]
    assert end["p_more"] + end["p_less"] + end["p_same"] == pytest.approx(1.0)
    assert end["difference"]["median"] <= 0
    assert [r["side"] for r in found["losses"]] == ["ukraine", "russia"]
    assert all(
        r["casualties"]["factual"]["low"] > r["killed"]["factual"]["low"] for r in found["losses"]
    )
    assert (first["sector"], len(found["weeks"])) == ("kursk", len(first["changed"][0]))
    assert found == ask(client, branch="support-wanes").json()


def test_no_change_is_no_difference(client):
    end = ask(client).json()["sectors"][0]["end"]
    assert end["factual"] == end["changed"]
    assert end["p_same"] == 1.0
    assert ask(client, branch="under-way").json()["query"] == "draws=100"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"branch": "support-wane"}, "did you mean 'support-wanes'?"),
        ({"without": ["us-weapon-paused"]}, "did you mean 'us-weapons-paused'?"),
        ({"numbers": {"attrition.p": 900}}, "outside"),
        ({"numbers": {"observe.area.0.noise": 1}}, "there is no"),
        ({"support": {"united-states.weapons": 7}}, "outside 0 to 2"),
        ({"presence": {"kpa": -1}}, "outside 0 to 2"),
        ({"draws": 30_000}, "more than the 20000"),
        ({"draws": 1}, "greater than or equal to 100"),
        ({"typo": 1}, "Extra inputs"),
        ({"numbers": {str(k): 1.0 for k in range(300)}}, "at most 200"),
        ({"branch": BAD}, "there is no"),
    ],
)
def test_what_cannot_be_asked(client, question, said):
    reply = ask(client, **question)
    assert reply.status_code == 400
    assert said in str(reply.json()["detail"])


@pytest.mark.parametrize(
    "body", ["", "[", "null", '{"scenario": "kursk-2024", "draws": NaN}', "[" * 5000]
)
def test_a_body_that_is_none(client, body):
    reply = client.post("/api/whatif", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 400


def test_infinity_is_no_number(client):
    body = '{"scenario": "kursk-2024", "draws": 100, "numbers": {"attrition.p": 1e999}}'
    reply = client.post("/api/whatif", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 400


def test_a_form_of_another_site_is_not_taken(client):
    reply = client.post(
        "/api/whatif", content='{"scenario": "kursk-2024"}', headers={"content-type": "text/plain"}
    )
    assert reply.status_code == 400
    crossing = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert client.get("/whatif/kursk-2024?draws=131", headers=crossing).status_code == 403


def test_a_scenario_tells_what_can_be_changed(client, warm):
    found = client.get("/api/scenarios/kursk-2024").json()
    assert client.get("/api/scenarios").json()["items"][0]["name"] == "kursk-2024"
    assert {e["id"] for e in found["events"]} >= {"us-weapons-paused"}
    assert "withdrawal-from-sudzha" not in {
        e["id"] for e in found["events"]
    }  # reported after the as-of date
    strength = next(k for k in found["numbers"] if k["key"] == "forces.strength[russia,kursk]")
    assert (strength["unit"], strength["label"]) == ("soldiers", "Soldiers at the start: Russia")
    for k in found["numbers"]:
        low, high = k["low"], k["high"]
        assert low < k["before_data"]["median"] < high
        reply = warm.posterior.campaign.priors.index[k["key"]]
        assert warm.posterior.campaign.priors.rows[reply].free
    assert client.get("/api/scenarios/none").status_code == 404


def test_every_number_can_be_set_to_both_its_ends(client, warm):
    from salient.questions.live import Changes, check

    for k in client.get("/api/scenarios/kursk-2024").json()["numbers"]:
        for end in (k["low"], k["high"]):
            check(warm.posterior.campaign, Changes(numbers={k["key"]: end}))


def test_the_api_is_described(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/briefs", "/api/scenarios", "/api/whatif", "/api/jobs/{id}", "/healthz"} <= set(
        paths
    )
    assert client.get("/healthz").json()["ready"] == {"kursk-2024": True}


def test_every_reply_is_as_described(client):
    """What comes, right or wrong, has a status and a form that the description of the API knows."""
    said = client.get("/api/openapi.json").json()
    answered = ask(client, branch="support-wanes")
    assert answered.status_code == 200
    job = client.app.server.jobs.of_key(_key(client, "support-wanes")).id
    post = ("post", "/api/whatif", "/api/whatif")
    asked = [
        ("get", "/healthz", "/healthz", {}, 200),
        ("get", "/api/briefs", "/api/briefs?limit=3", {}, 200),
        ("get", "/api/briefs", "/api/briefs?cursor=x", {}, 400),
        ("get", "/api/briefs", "/api/briefs?limit=many", {}, 400),
        ("get", "/api/scenarios", "/api/scenarios", {}, 200),
        ("get", "/api/scenarios/{name}", "/api/scenarios/kursk-2024", {}, 200),
        ("get", "/api/scenarios/{name}", "/api/scenarios/none", {}, 404),
        ("get", "/api/jobs/{id}", f"/api/jobs/{job}", {}, 200),
        ("get", "/api/jobs/{id}", "/api/jobs/none", {}, 404),
        ("get", "/api/jobs/{id}/events", "/api/jobs/none/events", {}, 404),
        (*post, {"json": {"scenario": "kursk-2024", "draws": 100, "branch": "support-wanes"}}, 200),
        (*post, {"json": {"scenario": "kursk-2024", "branch": "none"}}, 400),
        (*post, {"json": {"scenario": "none"}}, 404),
        (*post, {"json": []}, 400),
        (*post, {"content": b"x" * 40_000}, 413),
    ]
    for method, path, address, extra, status in asked:
        reply = client.request(method, address, **extra)
        assert reply.status_code == status, address
        known = said["paths"][path][method]["responses"]
        assert "422" not in known
        form = known[str(status)] if str(status) in known else known["4XX"]
        schema = form["content"]["application/json"]["schema"]
        jsonschema.validate(reply.json(), {**schema, "components": said["components"]})
        assert schema, address


def _key(client, branch):
    asked = Question(scenario="kursk-2024", draws=100, branch=branch)
    return client.app.server.asked(asked)[2]


def test_a_wrong_method_is_told_the_right_ones(client):
    for address, right in (("/api/whatif", "POST"), ("/healthz", "GET"), ("/", "GET, HEAD")):
        for method in ("PUT", "OPTIONS", "TRACE", "DELETE"):
            reply = client.request(method, address)
            assert reply.status_code == 405
            assert reply.headers["allow"] == right
            assert "content-security-policy" in reply.headers


def test_a_damaged_item_of_the_feed_is_passed_over(client, site):
    feed = json.loads((site / "feed.json").read_text())
    broken = [{"id": 7}, "x", None, {**feed["items"][0], "id": "bad", "title": 5}, {"id": "bad"}]
    (site / "feed.json").write_text(json.dumps({**feed, "items": broken + feed["items"]}))
    time.sleep(1.1)  # files are looked at again after a second
    shown = client.get("/api/briefs?limit=100").json()["items"]
    assert [i["id"] for i in shown] == [i["id"] for i in items(11)][::-1]
    publish(site, 11)


def test_briefs_by_cursor_none_twice_none_lost(client, site):
    seen, cursor = [], None
    while True:
        page = client.get(
            "/api/briefs", params={"limit": 3, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [i["id"] for i in page["items"]]
        if len(seen) == 6:
            publish(site, 14)  # briefs arrive between two pages
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [i["id"] for i in items(11)][::-1]
    assert client.get("/api/briefs?limit=100").json()["items"][0]["id"] == "brief-013"
    publish(site, 11)


def test_a_cursor_that_was_altered(client):
    good = client.get("/api/briefs?limit=3").json()["next"]
    assert client.get("/api/briefs", params={"cursor": good}).status_code == 200
    for bad in (
        good[:-3],
        good[5:],
        "x",
        "",
        "é" * 50,
        good.swapcase(),
        "W10",
        "W1tdLCBudWxsXQ",
        "A" * 3000,
    ):
        reply = client.get("/api/briefs", params={"cursor": bad})
        assert reply.status_code == 400
        assert "cursor" in reply.json()["detail"]


def test_files_and_pages_of_the_site(client):
    front = client.get("/")
    assert front.text.endswith("front")
    assert client.get("/", headers={"if-none-match": front.headers["etag"]}).status_code == 304
    assert client.head("/").headers["content-length"] == str(len(front.content))
    moved = client.get("/briefs/a")
    assert (moved.status_code, moved.headers["location"]) == (308, "/briefs/a/")
    assert client.get("/briefs/none/").status_code == 404
    assert client.get("/briefs/..%2f..%2fetc/passwd").status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/whatif/", "/whatif/kursk-2024?draws=100", "/none", "/api/scenarios", "/token"]
)
def test_every_answer_is_guarded(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_names_of_other_hosts_are_refused(client):
    assert client.get("/", headers={"host": "evil.org"}).status_code == 421
    assert client.get("/", headers={"host": ""}).status_code == 421
    assert client.get("/", headers={"host": "127.0.0.1:8000"}).status_code == 200


def test_sizes_and_methods_are_bounded(client):
    assert client.post("/api/whatif", content=b"x" * 40_000).status_code == 413
    assert client.post("/api/whatif", content=(b"x" * 9_000 for _ in range(9))).status_code == 413
    assert client.get("/whatif/kursk-2024?" + "x" * 20_000).status_code == 414
    assert client.put("/api/whatif").status_code == 405
    assert client.get("/whatif/kursk-2024?" + "a=&" * 2000).status_code in (303, 400)


def test_the_page_answers_without_scripts(client):
    page = client.get("/whatif/kursk-2024?branch=support-wanes&draws=100&without=us-weapons-paused")
    assert page.status_code == 200
    for word in (
        "As fitted",
        "With your changes",
        "killed or wounded",
        "That more ground is held",
        "<svg",
    ):
        assert word.lower() in page.text.lower()
    assert 'value="us-weapons-paused" checked' in page.text
    assert " style=" not in page.text
    assert "<script>" not in page.text
    assert " onclick" not in page.text


def test_empty_fields_leave_the_address(client):
    reply = client.get(
        "/whatif/kursk-2024?branch=&support.europe.weapons=&number.attrition.p=0.5&draws=100"
    )
    assert reply.status_code == 303
    assert reply.headers["location"] == "/whatif/kursk-2024?number.attrition.p=0.5&draws=100"
    assert client.get(reply.headers["location"]).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        f"branch={BAD}",
        f"{BAD}=1",
        f"number.{BAD}=1",
        f"number.attrition.p={BAD}",
        f"without={BAD}",
        "draws=٣",
    ],
)
def test_what_stands_in_an_address_is_escaped(client, query):
    for path in ("/whatif/kursk-2024", "/whatif/kursk-2024/answer"):
        page = client.get(f"{path}?{query}")
        assert page.status_code == 400
        assert "<script>alert" not in page.text
        assert "\u202e" not in page.text


def test_what_stands_in_a_scenario_is_escaped(warm, tmp_path):
    from copy import copy

    s = warm.loaded.scenario
    side = {k: b.model_copy(update={"name": BAD}) for k, b in s.belligerents.items()}
    sector = {k: b.model_copy(update={"held": BAD}) for k, b in s.sectors.items()}
    branch = {k: b.model_copy(update={"title": BAD, "summary": BAD}) for k, b in s.branches.items()}
    bad = s.model_copy(
        update={
            "title": BAD,
            "region": BAD,
            "question": BAD,
            "belligerents": side,
            "sectors": sector,
            "branches": branch,
        }
    )
    hostile = copy(warm)
    hostile.loaded = replace(warm.loaded, scenario=bad)
    server = made(hostile, tmp_path)
    client = client_of(server)
    for path in ("/", "/whatif/kursk-2024?draws=100"):
        page = client.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;" in page.text
    server.jobs.stop()


def test_every_sector_is_answered(warm, monkeypatch):
    """Two sectors of which only the second is changed."""
    from copy import copy

    rng = np.random.default_rng(1)
    weeks = warm.posterior.campaign.steps - warm.posterior.campaign.origin + 1
    area = rng.uniform(50, 100, (2, weeks, 200))
    more = area.copy()
    more[1] += 20
    people = rng.uniform(100, 200, (2, 200))
    ways = [Way(a, a[:, -1], people, people / 4) for a in (area, more)]
    two = copy(warm)
    s = warm.loaded.scenario
    kursk = s.sectors["kursk"]
    other = kursk.model_copy(update={"name": "Second sector", "held": "second held area"})
    two.loaded = replace(
        warm.loaded, scenario=s.model_copy(update={"sectors": {"kursk": kursk, "two": other}})
    )
    campaign = warm.posterior.campaign
    maps = warm.posterior.seen.maps
    setting = replace(
        campaign.setting, names={**campaign.setting.names, "sector": ("kursk", "two")}
    )
    two.posterior = replace(
        warm.posterior,
        campaign=replace(campaign, setting=setting),
        seen=replace(warm.posterior.seen, maps=replace(maps, km2=np.repeat(maps.km2, 2, axis=2))),
    )
    found = answer(two, Question(scenario=warm.name, without=["x"]), Pair(*ways))
    assert [p["end"]["difference"]["median"] for p in found["sectors"]] == [0.0, 20.0]
    page = pages.result(two, json.loads(json.dumps(found)))
    assert 'id="answer-fan-2"' in page
    assert "Second sector. That more ground is held" in page
    assert page.count("at the end, km²") == 2
    assert "Of 2 sectors Second sector moves most" in page
    monkeypatch.setattr(pages, "MOST_DRAWN", 1)
    page = pages.result(two, json.loads(json.dumps(found)))
    assert 'id="answer-fan-2"' in page
    assert 'id="answer-fan"' not in page
    assert page.count("at the end, km²") == 2
    assert "Drawn are the 1 sectors" not in page
    assert "all 2 are in the table" in page


def test_a_campaign_that_cannot_be_asked_says_why(warm, tmp_path):
    front = load("ukraine-front").scenario
    server = made(warm, tmp_path, closed={front.scenario: front})
    client = client_of(server)
    page = client.get("/whatif/ukraine-front")
    assert page.status_code == 200
    assert "names no map to calibrate the model to" in page.text
    assert "<form" not in page.text
    assert "Not offered here" in client.get("/whatif/").text
    asked = client.post("/api/whatif", json={"scenario": "ukraine-front"})
    assert asked.status_code == 409
    assert "names no map" in asked.json()["detail"]
    listed = client.get("/api/scenarios").json()["not_offered"]
    assert [n["name"] for n in listed] == ["ukraine-front"]
    server.jobs.stop()


def test_a_campaign_fitted_to_counts_says_so(warm, tmp_path):
    battle = load("ardennes-1944").scenario
    server = made(warm, tmp_path, closed={battle.scenario: battle})
    client = client_of(server)
    assert "fitted to counted casualties" in client.get("/whatif/ardennes-1944").text
    listed = client.get("/api/scenarios").json()["not_offered"]
    assert "fitted to counted casualties" in listed[0]["why"]
    server.jobs.stop()


def test_who_prefers_a_job_gets_one_at_once(client):
    question = {"scenario": "kursk-2024", "draws": 137}
    asked = client.post(
        "/api/whatif", json=question, headers={"Prefer": "wait=9, Respond-Async; a=b"}
    )
    assert asked.status_code == 202
    assert asked.headers["preference-applied"] == "respond-async"
    job = asked.json()["job"]
    assert asked.headers["location"] == f"/api/jobs/{job}"
    ended = time.monotonic() + 60
    while client.get(f"/api/jobs/{job}").json()["status"] not in ("done", "failed"):
        assert time.monotonic() < ended
        time.sleep(0.05)
    again = client.post("/api/whatif", json=question, headers={"Prefer": "respond-async"})
    assert again.status_code == 200
    assert again.json()["draws"] == 137


def test_pages_are_valid(client, html_faults):
    for path in (
        "/whatif/",
        "/whatif/kursk-2024?draws=100",
        "/whatif/kursk-2024?branch=support-wanes&draws=100",
        "/whatif/kursk-2024?branch=none",
        "/token",
        "/nothing-here",
    ):
        assert html_faults(client.get(path).text) == [], path


def test_runs_need_the_token_beyond_this_machine(guarded):
    assert guarded.get("/healthz", headers={"host": "any.example"}).status_code == 200
    assert ask(guarded).status_code == 401
    page = guarded.get("/whatif/kursk-2024?branch=support-wanes&draws=100")
    assert "its token" in page.text
    assert "<svg" not in page.text
    wrong = guarded.post(
        "/api/whatif", json={"scenario": "kursk-2024"}, headers={"authorization": "Bearer no"}
    )
    assert wrong.status_code == 401
    right = {"authorization": f"Bearer {TOKEN}"}
    question = {"scenario": "kursk-2024", "draws": 100, "branch": "support-wanes"}
    assert guarded.post("/api/whatif", json=question, headers=right).status_code == 200
    open_to_all = guarded.get("/whatif/kursk-2024?branch=support-wanes&draws=100")
    assert "<svg" in open_to_all.text


def test_a_browser_gives_the_token_once(guarded):
    form = {"token": "wrong", "back": "/whatif/kursk-2024"}
    assert guarded.post("/token", data=form).status_code == 403
    reply = guarded.post("/token", data={**form, "token": TOKEN})
    assert (reply.status_code, reply.headers["location"]) == (303, "/whatif/kursk-2024")
    cookie = reply.headers["set-cookie"]
    assert TOKEN not in cookie
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "<svg" in guarded.get("/whatif/kursk-2024?draws=101").text
    for out in ("//evil.org", "https://evil.org", "/\\evil.org", "/%5cevil.org", "/%2fevil.org"):
        reply = guarded.post("/token", data={"token": TOKEN, "back": out})
        assert reply.headers["location"] == "/"


def test_tries_at_the_token_are_counted(guarded):
    replies = [guarded.post("/token", data={"token": str(k)}).status_code for k in range(12)]
    assert replies[0] == 403
    assert replies[-1] == 429


def test_too_many_runs(warm, tmp_path):
    server = made(warm, tmp_path, limits=Limits(burst=2, rate=1))
    client = client_of(server)
    assert [ask(client, draws=100 + k).status_code for k in range(3)] == [200, 200, 429]
    assert ask(client, draws=100).status_code == 200  # what was worked out before is read, not run
    assert int(ask(client, draws=110).headers["retry-after"]) > 0
    server.jobs.stop()


def test_a_long_run_is_a_job_with_events(warm, tmp_path):
    jobs = Jobs(
        tmp_path,
        lambda request, say: (say("running the model", 0.5), time.sleep(0.3), {"n": 1})[-1],
    )
    jobs.start()
    client = client_of(Server({warm.name: warm}, jobs, Access(), patience=0.0))
    reply = ask(client)
    assert reply.status_code == 202
    at = reply.json()
    events = client.get(at["events"])
    assert events.headers["content-type"].startswith("text/event-stream")
    names = [line for line in events.text.splitlines() if line.startswith("event:")]
    assert names[0] == "event: progress"
    assert names[-1] == "event: over"
    assert client.get(at["url"]).json()["result"] == {"n": 1}
    assert client.get("/api/jobs/none").status_code == 404
    jobs.stop()
