"""The small part of HCL that vault policies are written in, read strictly. It judges nothing and refuses the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.errors import PolicyError

# A value: text, number, truth, a list of values, or a map.
Value = object
_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<text>"(?:[^"\\\n]|\\["\\nt])*")
      | (?P<number>-?\d+(?:\.\d+)?\b)
      | (?P<word>[A-Za-z_][A-Za-z0-9_-]*)
      | (?P<mark>[{}\[\]=,])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold one `path` block: the path, its capabilities as written, and its other attributes."""

    path: str
    line: int
    capabilities: tuple[str, ...]
    limits: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def parse(text: str, name: str) -> tuple[Rule, ...]:
    """Read a policy file's `path` blocks; raise POLICY_UNREADABLE with `name` and the line."""
    reader = _Reader(_tokens(text, name), name)
    rules = []
    while not reader.done():
        rules.append(_rule(reader))
    return tuple(rules)


def _rule(reader: _Reader) -> Rule:
    line = reader.take("word", "path").line
    path = json.loads(reader.take("text").text)
    body = reader.block()
    capabilities = body.pop("capabilities", [])
    if not isinstance(capabilities, list) or not all(isinstance(one, str) for one in capabilities):
        raise reader.unreadable("capabilities are a list of text", line)
    return Rule(path, line, tuple(capabilities), body)


def _tokens(text: str, name: str) -> list[_Token]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        line = text.count("\n", 0, at) + 1
        if match is None:
            raise PolicyError("POLICY_UNREADABLE", "unexpected character", place=f"{name}, line {line}")
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match.group(), line))
        at = match.end()
    return found


class _Reader:
    """Walk over the tokens once."""

    def __init__(self, tokens: list[_Token], name: str) -> None:
        self._tokens = tokens
        self._name = name
        self._at = 0

    def done(self) -> bool:
        return self._at == len(self._tokens)

    def unreadable(self, message: str, line: int) -> PolicyError:
        return PolicyError("POLICY_UNREADABLE", message, place=f"{self._name}, line {line}")

    def peek(self, mark: str) -> bool:
        return not self.done() and self._tokens[self._at].text == mark

    def skip(self, mark: str) -> bool:
        found = self.peek(mark)
        self._at += found
        return found

    def take(self, kind: str, text: str | None = None) -> _Token:
        if self.done():
            raise self.unreadable("the file ends too early", self._tokens[-1].line if self._tokens else 1)
        token = self._tokens[self._at]
        if token.kind != kind or (text is not None and token.text != text):
            raise self.unreadable(f"expected {text or kind}", token.line)
        self._at += 1
        return token

    def block(self) -> dict[str, Value]:
        """Read `{ name = value … }` or `{ name "label" { … } … }`; a name given twice is refused."""
        self.take("mark", "{")
        found: dict[str, Value] = {}
        while not self.skip("}"):
            name, line = self._name_of()
            if name in found:
                raise self.unreadable("a name stands twice", line)
            self.skip("=")
            found[name] = self._value()
            self.skip(",")
        return found

    def _name_of(self) -> tuple[str, int]:
        quoted = not self.done() and self._tokens[self._at].kind == "text"
        token = self.take("text" if quoted else "word")
        name = str(json.loads(token.text)) if quoted else token.text
        if not quoted and not self.done() and self._tokens[self._at].kind == "text" and not self.peek("="):
            name = f"{name} {json.loads(self.take('text').text)}"
        return name, token.line

    def _value(self) -> Value:
        if self.peek("{"):
            return self.block()
        if self.skip("["):
            return self._list()
        token = self._tokens[self._at] if not self.done() else self.take("mark", "value")
        if token.kind == "text" or token.kind == "number" or token.text in {"true", "false"}:
            self._at += 1
            return json.loads(token.text)
        raise self.unreadable("expected a value", token.line)

    def _list(self) -> list[Value]:
        found: list[Value] = []
        while not self.skip("]"):
            found.append(self._value())
            if not self.skip(",") and not self.peek("]"):
                raise self.unreadable("expected , or ]", self._tokens[min(self._at, len(self._tokens) - 1)].line)
        return found
