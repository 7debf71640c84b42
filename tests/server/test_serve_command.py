"""`salient serve` as a process: it says where it is, ends cleanly, and says what is wrong in one line."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from salient.scenario import library

COMMAND = [sys.executable, "-m", "salient.cli", "serve"]


@pytest.fixture(scope="module")
def environment(cache, root):
    return {**os.environ, "SALIENT_CACHE": str(cache), "PYTHONPATH": str(root)}


@pytest.fixture(scope="module")
def unmapped(tmp_path_factory):
    """A copy of the front that names no map, which is listed and cannot be asked."""
    folder = tmp_path_factory.mktemp("front") / "ukraine-front"
    shutil.copytree(library.path("ukraine-front").parent, folder)
    file = folder / "scenario.yaml"
    text = file.read_text(encoding="utf-8")
    assert "  front: {mapper" in text
    file.write_text(re.sub(r"observe:\n  front: .*\n", "", text), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(environment, tmp_path_factory, unmapped):
    """A server on a free port, ended with Ctrl-C."""
    state = tmp_path_factory.mktemp("state")
    asked = ["--scenario", "kursk-2024", "--scenario", unmapped]
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--state", state, *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    first = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", first)
    assert found, process.stderr.read()
    assert process.stdout.readline() == "Ready: kursk-2024\n"
    yield found.group()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said == "Stopped.\n"


def test_it_answers(address):
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as reply:
        assert reply.status == 200


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_the_panel_by_keyboard_on_a_phone(browser, address, scripts):
    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": 320, "height": 700}
    )
    page = context.new_page()
    said = []
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.goto(f"{address}/whatif/kursk-2024")
    assert "As fitted:" in page.locator(".finding").text_content()
    page.locator("#branch-under-way").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # support wanes
    page.locator("#event-us-weapons-paused").focus()
    page.keyboard.press("Space")
    if not scripts:
        page.locator("#knobs button").first.focus()
        page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"branch=support-wanes&without=us-weapons-paused"))
    page.locator(".finding", has_text="is held on").or_(
        page.locator(".finding", has_text="is open")
    ).wait_for()
    assert "number." not in page.url
    assert page.locator("#answer-fan svg.narrow").is_visible()
    assert page.locator("input[type=range]").count() == (
        page.locator("input[type=number]").count() if scripts else 0
    )
    assert page.locator("html").evaluate("e => e.scrollWidth") <= 320
    assert said == []
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser, address, scheme):
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    for path in (
        "/whatif/",
        "/whatif/kursk-2024?branch=support-wanes",
        "/whatif/ukraine-front",
        "/token",
        "/nothing-here",
    ):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = Axe().run(page, options=rules).response["violations"]
        told = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert told == [], path
    context.close()


@pytest.mark.browser
def test_an_answer_prints(browser, address, tmp_path):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/whatif/kursk-2024?branch=support-wanes")
    path = tmp_path / "answer.pdf"
    page.pdf(path=path)
    pages = len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))
    assert 1 <= pages <= 25
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("wide", 1280, "light"), ("320", 320, "light"), ("dark", 1280, "dark")],
)
def test_pictures_of_the_panel(browser, address, kept, name, width, scheme):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=True
    )
    page = context.new_page()
    page.goto(f"{address}/whatif/kursk-2024?branch=support-wanes")
    page.locator("#answer-fan svg:visible").first.wait_for()
    kept(f"panel-{name}.png", page.screenshot(full_page=True))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_kill_9_of_the_whole_server_loses_no_job(environment, tmp_path):
    """A job of which the asker was told is finished by the next server."""

    def started():
        process = subprocess.Popen(
            [*COMMAND, "--port", "0", "--state", tmp_path, "--scenario", "kursk-2024"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        return process, re.search(r"http://\S+:\d+", process.stdout.readline()).group()

    def asked(address, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        head = {"content-type": "application/json"}
        request = urllib.request.Request(address + path, data, head)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.load(reply)

    process, address = started()
    status, told = asked(address, "/api/whatif", {"scenario": "kursk-2024", "draws": 300})
    process.kill()  # the engine is not warm yet: the job waits
    process.wait()
    process.stdout.close()
    assert status == 202
    process, address = started()
    end = time.monotonic() + 120
    while asked(address, f"/api/jobs/{told['job']}")[1]["status"] != "done":
        assert time.monotonic() < end
        time.sleep(0.1)
    assert asked(address, f"/api/jobs/{told['job']}")[1]["result"]["draws"] == 300
    process.send_signal(signal.SIGINT)
    process.wait(30)
    process.stdout.close()


def wrong(environment, *arguments):
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, env=environment, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    return done.returncode, done.stderr


def test_a_port_in_use(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = wrong(environment, "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "is in use (give another --port" in said


def test_beyond_this_machine_without_a_token(environment):
    code, said = wrong(environment, "--host", "0.0.0.0", "--port", "0")
    assert code == 1
    assert "--token-file" in said


def test_a_site_that_is_not_there(environment, tmp_path):
    code, said = wrong(environment, "--site", str(tmp_path / "none"), "--port", "0")
    assert code == 1
    assert "salient publish" in said
