"""Who may ask for what."""

from __future__ import annotations

import stat

import pytest

from salient.errors import SalientError
from salient.server.limits import Access, Rate, is_loopback, own_key, read_token, right_host


def test_a_client_has_so_many_and_then_waits():
    rate = Rate(per_minute=60, burst=3)
    assert [rate.wait("a", now=0.0) for _ in range(3)] == [0, 0, 0]
    assert rate.wait("a", now=0.0) == pytest.approx(1.0)
    assert rate.wait("b", now=0.0) == 0
    assert rate.wait("a", now=1.01) == 0


def test_many_clients_take_bounded_memory():
    rate = Rate(60, 1, most_clients=10)
    for n in range(100):
        rate.wait(str(n), now=0.0)
    assert len(rate._left) == 10


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "127.0.0.1.evil.org"]
)
def test_not_loopback(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:80", "[::1]:8000", "LOCALHOST"]
)
def test_names_of_this_machine(host):
    assert right_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.org",
        "evil.org:8000",
        "127.0.0.1.evil.org",
        "localhost.evil.org",
        "[::1].evil.org:1:2",
        "[::1]evil",
        "[evil",
    ],
)
def test_names_of_others(host):
    assert not right_host(host)


def test_beyond_this_machine_a_token_is_needed():
    with pytest.raises(SalientError, match="needs a token there"):
        read_token(None, "0.0.0.0")
    assert read_token(None, "127.0.0.1") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"short\n", "16 or more"),
        (b"", "16 or more"),
        (b"\xff\xfe" * 20, "not text"),
        (b"two lines of it\nand more of it\n", "16 or more"),
    ],
)
def test_a_token_that_is_none(tmp_path, content, message):
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(SalientError, match=message):
        read_token(tmp_path / "token", "0.0.0.0")


def test_a_token_file_that_is_missing(tmp_path):
    with pytest.raises(SalientError, match="cannot be read"):
        read_token(tmp_path / "none", "127.0.0.1")


def test_only_the_token_or_its_cookie_opens():
    access = Access("a-token-of-some-length")
    assert access.allows("a-token-of-some-length", None)
    assert access.allows(None, access.cookie())
    assert not access.allows("another", "a-token-of-some-length")
    assert not access.allows("é", "é")
    assert Access(None).allows(None, None)


def test_the_key_is_kept_and_private(tmp_path):
    key = own_key(tmp_path / "state")
    assert own_key(tmp_path / "state") == key
    assert stat.S_IMODE((tmp_path / "state" / "server.key").stat().st_mode) == 0o600
