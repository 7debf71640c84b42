"""YAML as a tree that knows where each value stands, read so that no file can do harm.

Only the parser's events are used: nothing in a file can name a Python type, refer to another place, or make the tree
larger than the file. Scalars follow the core schema of YAML 1.2: `NO` is text, 1:30 is text, a date is text until the
schema asks for a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from salient.errors import Problem, ScenarioError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
_TOO_DEEP = f"more than {MAX_DEPTH} levels stand inside one another; a scenario needs far fewer"
MAX_NODES = 50_000
MAX_DIGITS = 20
MAX_PROBLEMS = 100

Path = tuple[str | int, ...]

_NULL = re.compile(r"(?:null|Null|NULL|~|)")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ODD_FLOAT = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)

_WORDS = (
    ("nesting depth", _TOO_DEEP),  # newer parsers refuse before our own count does
    (
        "mapping values are not allowed",
        "a colon stands inside a value, or the line before lacks its own; use quotes, or mend the line before",
    ),
    (
        "could not find expected ':'",
        "a colon is missing after the key, or the line begins at the wrong column",
    ),
    (
        "cannot start any token",
        "a value may not begin with this character (a tab, @, ` or %); use spaces, or quotes",
    ),
    ("did not find expected ',' or '}'", "a comma or a closing } is missing"),
    ("did not find expected ',' or ']'", "a comma or a closing ] is missing"),
    (
        "did not find expected key",
        "this line begins at another column than its neighbours, or has a ] or } too many",
    ),
    (
        "did not find expected '-' indicator",
        "an item of a list begins with '- ' at the column of the others",
    ),
    ("found unexpected end of stream", "the quote that is opened here is not closed"),
    ("found unexpected document indicator", "the quote that is opened here is not closed"),
    ("expected alphabetic or numeric", "a value may not begin with * or &; put it in quotes"),
    ("comment or line break", "nothing may follow > or | on its line; put the text on the next"),
    ("a tab character", "a tab stands where spaces are right"),
    ("mapping keys are not allowed", "a value may not begin with '? '; put it in quotes"),
    (
        "did not find expected node content",
        "a value is missing here, or a comma, ] or } is too many",
    ),
    (
        "did not find expected <document start>",
        "something stands after the end, such as a } too many",
    ),
    (
        "block sequence entries are not allowed",
        "a list cannot begin on this line; put '- ' on a line of its own",
    ),
    ("block mapping entries are not allowed", "'? ' is not used here; put the text in quotes"),
    ("escape", "after a backslash in double quotes this is not allowed; use single quotes"),
    ("special characters are not allowed", "a control character stands in the file; remove it"),
    ("control characters are not allowed", "a control character stands in the file; remove it"),
)
"""What the YAML parser says, and what a person can do about it."""

_AT_THE_BEGINNING = (
    "could not find expected ':'",
    "unexpected end of stream",
    "document indicator",
)
_WITH_THE_BEGINNING = ("did not find expected ',' or",)
"""Where the parser notices it too late, and the line on which the thing began says more."""


@dataclass(slots=True)
class Node:
    """A value of a file: a scalar, a dict of nodes or a list of nodes, and where it stands.

    The line is that of the key when there is one. `span` is where a scalar begins and ends in the text.
    """

    value: Any
    file: str
    line: int | None
    span: tuple[int, int] = (0, 0)

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        """The node one step down, if it is there."""
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            return self.value[step]
        return None

    def nearest(self, path: Path) -> Node:
        """The node at a path, or its last ancestor that is there."""
        node = self
        for step in path:
            below = node.child(step)
            if below is None:
                return node
            node = below
        return node

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        """Every node with its path, parents first."""
        yield path, self
        if isinstance(self.value, dict):
            for key, node in self.value.items():
                yield from node.walk((*path, key))
        elif isinstance(self.value, list):
            for i, node in enumerate(self.value):
                yield from node.walk((*path, i))


def shown(value: Any) -> str:
    """A found value for a message: short, and without characters that could act on a terminal."""
    text = value if isinstance(value, str) else str(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:61])
    return text if len(text) <= 60 else text[:57] + "..."


def slugged(name: str) -> str:
    """The name that a text would be in a scenario: `North Korea` is north-korea."""
    return re.sub(r"[^a-z0-9]+", "-", name[:60].lower()).strip("-")


def key_path(root: Node, path: Path) -> str:
    """A path as a person writes it: with dots, an item of a list by its id when it has one, else by number from 0."""
    node: Node | None = root
    parts = []
    for step in path:
        node = node.child(step) if node is not None else None
        name = node.child("id") if node is not None and isinstance(step, int) else None
        parts.append(
            shown(name.value if name is not None and isinstance(name.value, str) else step)
        )
    return ".".join(parts)


def steps(root: Node, written_path: str) -> Path:
    """The path that is written with dots; where a name has dots of its own, the longest name that is there."""
    node: Node | None = root
    rest = written_path.split(".")
    path: list[str | int] = []
    while rest:
        for n in range(len(rest), 0, -1):
            step = _step(node, ".".join(rest[:n]))
            if n == 1 or (node is not None and node.child(step) is not None):
                break
        path.append(step)
        rest = rest[n:]
        node = node.child(step) if node is not None else None
    return tuple(path)


def _step(node: Node | None, name: str) -> str | int:
    """The number of a list's item from its id or its number as text; a key as it is."""
    if node is None or not isinstance(node.value, list):
        return name
    for i, item in enumerate(node.value):
        identity = item.child("id")
        if identity is not None and identity.value == name:
            return i
    return int(name) if name.isascii() and name.isdigit() and len(name) < 9 else name


def written(root: Node) -> str:
    """The tree as YAML that reads back as the same tree."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        try:
            style = None if resolve(value) == value else "'"
        except ValueError:
            style = "'"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return yaml.dump(root.plain(), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)


def resolve(text: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2. Raises ValueError for a number of too many digits."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if text[0] not in "+-.0123456789":
        return text
    whole = _INT.fullmatch(text)
    if whole or _FLOAT.fullmatch(text):
        if sum(c.isdigit() for c in text) > MAX_DIGITS:
            raise ValueError(f"a number of more than {MAX_DIGITS} digits; give fewer")
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10)) if whole else float(text)
    if odd := _ODD_FLOAT.fullmatch(text):
        return float("nan") if odd.group(1) is None else float(f"{odd.group(1)}inf")
    return text


@dataclass
class Composer:
    """Builds the tree from the parser's events and collects what is wrong on the way."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0

    def refuse(self, message: str, line: int | None = None) -> ScenarioError:
        """What to raise when reading on makes no sense."""
        return ScenarioError(*self.problems, Problem(message, self.file, line))

    def compose(self, text: str) -> Node:
        """The tree of a text of one document."""
        if directive := _DIRECTIVE.search(text):
            line = text.count("\n", 0, directive.start()) + 1
            raise self.refuse("a line may not begin with %; remove it", line)
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            root = self._document(yaml.parse(text, Loader=loader))
        except yaml.MarkedYAMLError as error:
            raise self.refuse(*_in_words(error)) from None
        except yaml.YAMLError as error:
            line = text.count("\n", 0, getattr(error, "position", 0)) + 1
            raise self.refuse(_words(getattr(error, "reason", "")), line) from None
        if root is None or root.value is None:
            raise self.refuse("the file is empty; `salient new NAME` makes one to start from", 1)
        return root

    def _document(self, events: Iterable[Any]) -> Node | None:
        import yaml

        root: Node | None = None
        stack: list[_Open] = []
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                start: Any = event.start_mark
                line = start.line + 1
                self._allowed(event, len(stack), line, root is not None and not stack)
                if stack and stack[-1].wants_key:
                    self._key(stack, event, line)
                    continue
                node = self._node(event, line)
                if stack:
                    stack[-1].add(node)
                root = root or node
                if not isinstance(event, yaml.ScalarEvent):
                    stack.append(_Open(node))
            elif isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
        return root

    def _key(self, stack: list[_Open], event: Any, line: int) -> None:
        """Take the key of a mapping's next value; one that was there before is a problem, and its value is dropped."""
        if not isinstance(getattr(event, "value", None), str):
            raise self.refuse(
                "a key is right here, and a list or a group was found; write 'key: value'", line
            )
        top = stack[-1]
        top.key, top.key_line, top.has_key = event.value, line, True
        before = top.node.value.get(top.key)
        top.doubled = before is not None
        if before is not None and len(self.problems) < MAX_PROBLEMS:
            message = f"this key stands twice, first on line {before.line}; keep one"
            path = ".".join(shown(open_.step) for open_ in stack)
            self.problems.append(Problem(message, self.file, line, path))

    def _allowed(self, event: Any, depth: int, line: int, second: bool) -> None:
        """Refuse what a scenario never needs and a hostile file does."""
        self.nodes += 1
        if second:
            raise self.refuse(
                "a second document begins here; a file holds one: remove the line '---'", line
            )
        if event.anchor is not None:
            raise self.refuse(
                "anchors and aliases (& and *) are not allowed; write the value out, or put it in quotes",
                line,
            )
        if getattr(event, "tag", None) is not None:
            raise self.refuse(
                "tags (!) are not allowed; remove it, or put the value in quotes", line
            )
        if depth > MAX_DEPTH:
            raise self.refuse(
                _TOO_DEEP,
                line,
            )
        if self.nodes > MAX_NODES:
            raise self.refuse(f"the file holds more than {MAX_NODES} values; shorten it", line)

    def _node(self, event: Any, line: int) -> Node:
        import yaml

        if isinstance(event, yaml.MappingStartEvent):
            return Node({}, self.file, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node([], self.file, line)
        value = event.value
        if not event.style:
            try:
                value = resolve(value)
            except ValueError as error:
                raise self.refuse(str(error), line) from None
        return Node(value, self.file, line, (event.start_mark.index, event.end_mark.index))


@dataclass
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Node
    key: str = ""
    key_line: int = 0
    has_key: bool = False
    doubled: bool = False

    @property
    def wants_key(self) -> bool:
        return isinstance(self.node.value, dict) and not self.has_key

    @property
    def step(self) -> str:
        return str(len(self.node.value) - 1) if isinstance(self.node.value, list) else self.key

    def add(self, node: Node) -> None:
        if isinstance(self.node.value, list):
            self.node.value.append(node)
            return
        node.line = self.key_line
        if not self.doubled:
            self.node.value[self.key] = node
        self.has_key = False


def _in_words(error: Any) -> tuple[str, int | None]:
    """What a person can do about an error of the parser, and on which line."""
    problem, began = error.problem or "", error.context_mark
    mark = error.problem_mark or began
    if began is not None and any(said in problem for said in _AT_THE_BEGINNING):
        mark, began = began, None
    words, line = _words(problem), mark.line + 1 if mark else None
    if began is not None and any(said in problem for said in _WITH_THE_BEGINNING):
        words += f"; it is opened on line {began.line + 1}"
    return words, line


def _words(problem: str) -> str:
    for said, words in _WORDS:
        if said in problem:
            return words
    return f"this is not YAML as it should be: {shown(problem or 'it cannot be read')}"
