"""YAML 1.2 as a tree with lines."""

from __future__ import annotations

import math

import pytest

from salient.errors import ScenarioError
from salient.scenario.tree import MAX_DEPTH, Composer, key_path, resolve, shown, steps


def plain(text):
    return Composer("f").compose(text).plain()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("12", 12), ("-12", -12), ("+3", 3), ("0o14", 12), ("0x1F", 31), ("012", 12),
        ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("-2.5E-1", -0.25), (".inf", math.inf), ("-.inf", -math.inf),
        ("1:30", "1:30"), ("190:20:30", "190:20:30"), ("2024-08-06", "2024-08-06"), ("1_000", "1_000"),
        ("0b1", "0b1"), ("1,000", "1,000"), ("<<", "<<"),
        ("1 km2", "1 km2"), ("'12'", "12"), ('"true"', "true"), ("=", "="),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema(written, value):
    assert plain(f"a: {written}") == {"a": value}
    assert type(plain(f"a: {written}")["a"]) is type(value)


def test_not_a_number_is_one():
    assert math.isnan(resolve(".nan"))


def test_keys_are_text():
    assert plain("NO: 1\n1: 2\ntrue: 3\n~: 4\n'5': 5\n") == {
        "NO": 1,
        "1": 2,
        "true": 3,
        "~": 4,
        "5": 5,
    }


def test_every_value_has_the_line_of_its_key():
    root = Composer("f").compose(
        "a:\n  b: 1\n  c:\n    - 2\n    - {d: 3,\n       e: 4}\nf: >-\n  text\n  more\ng: 5\n"
    )
    lines = {key_path(root, path): node.line for path, node in root.walk()}
    assert lines == {
        "": 1,
        "a": 1,
        "a.b": 2,
        "a.c": 3,
        "a.c.0": 4,
        "a.c.1": 5,
        "a.c.1.d": 5,
        "a.c.1.e": 6,
        "f": 7,
        "g": 10,
    }


def test_an_item_of_a_list_is_named_by_its_id():
    root = Composer("f").compose(
        "events:\n- {id: first, level: 1}\n- {level: 2}\nparameters: {advance.pace: 1}\n"
    )
    assert key_path(root, ("events", 0, "level")) == "events.first.level"
    assert steps(root, "events.first.level") == ("events", 0, "level")
    assert steps(root, "events.1.level") == ("events", 1, "level")
    assert steps(root, "parameters.advance.pace") == ("parameters", "advance.pace")


def test_the_first_of_two_keys_stays_and_both_are_named():
    composer = Composer("f")
    assert composer.compose("a: 1\nb: {c: [1], c: {d: 1, d: 2}}\na: [2]\n").plain() == {
        "a": 1,
        "b": {"c": [1]},
    }
    assert [str(problem) for problem in composer.problems] == [
        "f:2: b.c: this key stands twice, first on line 2; keep one",
        "f:2: b.c.d: this key stands twice, first on line 2; keep one",
        "f:3: a: this key stands twice, first on line 1; keep one",
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the file is empty"),
        ("---\n...\n", 1, "the file is empty"),
        ("a: 1\nb: &x 2", 2, "anchors and aliases"),
        ("a: 1\nb: *x", 2, "anchors and aliases"),
        ("a: 1\nb: !!str 2", 2, "tags"),
        ("a: 1\n---\nb: 2", 3, "a second document"),
        ("a: 1\n? [b]\n: 2", 2, "a key is right here"),
        ("a: 1\nb: " + "9" * 21, 2, "more than 20 digits"),
        ("a: 1\n%YAML 1.1", 2, "begin with %"),
        ("a: 1\nb: c: d", 2, "a colon stands inside a value"),
        ("a: 1\nb\nc: 1", 2, "a colon is missing after the key"),
        ("a: b\n  c: 1", 2, "the line before lacks its own"),
        ("a: * b", 1, "may not begin with *"),
        ("a: > b\n  c", 1, "on the next"),
        ("a: {b: 1}}", 1, "too many"),
        ("a: [1, , 2]", 1, "a value is missing"),
        ("a: 1\nb:\n\t- c", 3, "a tab"),
        ("a:\n - {b: 1\nc: 2\n", 3, "closing } is missing; it is opened on line 2"),
        ("a: [1, 2", 2, "closing ]"),
        ("a: 1\nb: 'c\nd: 1\n", 2, "opened here is not closed"),
        ('a: "\\q"', 1, "backslash"),
        ("a:\n  b: 1\n c: 2", 3, "another column"),
        ("a: 1\nb: \x07", 2, "control character"),
    ],
)
def test_what_is_not_a_scenario_is_refused_with_its_line(text, line, words):
    with pytest.raises(ScenarioError) as error:
        plain(text)
    (problem,) = error.value.problems
    assert problem.line == line
    assert words in problem.message


def test_twenty_levels_are_allowed_and_more_are_not():
    plain("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    with pytest.raises(ScenarioError, match="20 levels"):
        plain("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))


def test_a_byte_order_mark_and_carriage_returns_do_not_matter(tmp_path):
    from salient.scenario import files

    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    root = Composer("f").compose(files.read(path).text)
    assert root.plain() == {"a": 1, "b": 2}
    assert [node.line for _, node in root.walk()] == [1, 1, 2]


def test_what_is_shown_cannot_act_on_a_terminal():
    assert (
        shown("\x1b[31mred\x07\n")
        == "\N{REPLACEMENT CHARACTER}[31mred" + "\N{REPLACEMENT CHARACTER}" * 2
    )
    assert len(shown("x" * 10_000)) == 60
