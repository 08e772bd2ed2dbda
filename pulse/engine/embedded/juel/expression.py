"""Texts with `${…}` parts: parsed to closures, evaluated over typed variables."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from pulse.engine.embedded.errors import ExpressionError, MethodFailed, RestProblem, UnknownMember
from pulse.engine.embedded.grammar import LONGEST, Parser, Token, bounded, levels
from pulse.engine.embedded.juel import coercion
from pulse.engine.embedded.juel.members import Lookup, invoke, member, read
from pulse.engine.embedded.values import NULL, TypedValue, read_double, read_whole

Node = Callable[[Lookup], TypedValue]
_TEXT: Final = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_PART: Final = re.compile(rf"\\(?P<escaped>[$#]{{)|[$#]{{(?P<inner>(?:[^'\"}}]|{_TEXT})*)}}", re.DOTALL)
_TOKEN: Final = re.compile(
    rf"""(?P<space>\s+)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<text>{_TEXT})
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final = dict(
    pair.split()
    for pair in ("and &&", "or ||", "not !", "eq ==", "ne !=", "lt <", "gt >", "le <=", "ge >=", "div /", "mod %")
)
_LITERALS: Final = {"true": coercion.TRUE, "false": coercion.FALSE, "null": NULL}
_PREFIXES: Final[dict[str, Callable[[TypedValue], TypedValue]]] = {
    "!": lambda value: coercion.boolean(not coercion.to_boolean(value)),
    "-": coercion.negate,
    "empty": lambda value: coercion.boolean(coercion.empty(value)),
}


class Expression:
    """A parsed expression. `constant` is its text if it holds no `${…}` or `#{…}`, else None."""

    def __init__(self, text: str, parts: list[str | Node]) -> None:
        self.text = text
        self._parts = parts
        texts = [part for part in parts if isinstance(part, str)]
        self.constant = "".join(texts) if len(texts) == len(parts) else None

    def evaluate(self, lookup: Lookup) -> TypedValue:
        """The value; `lookup` gives a variable by its name, None for an unknown one. Raises ExpressionError."""
        try:
            with bounded():
                values = [TypedValue("String", part) if isinstance(part, str) else part(lookup) for part in self._parts]
        except MethodFailed:
            raise
        except UnknownMember as problem:
            message = f"Unknown {problem.kind} used in expression: {self.text}. Cause: {problem}"
            raise ExpressionError(message) from None
        except (ExpressionError, RestProblem) as problem:
            raise ExpressionError(f"Error while evaluating expression: {self.text}. Cause: {problem}") from None
        if len(values) == 1:
            return values[0]
        return TypedValue("String", "".join(map(coercion.to_text, values)))

    def condition(self, lookup: Lookup) -> bool:
        """The value as a condition; ExpressionError if it is null or no Boolean."""
        value = self.evaluate(lookup)
        if value.value is None:
            raise ExpressionError("condition expression returns null: result is null")
        if not isinstance(value.value, bool):
            name = coercion.java_class(value)
            message = f"condition expression returns non-Boolean: result has class {name} and not java.lang.Boolean"
            raise ExpressionError(message)
        return value.value


def parse(text: str) -> Expression:
    """Parse a text with `${…}` or `#{…}` parts, or a plain one. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"An expression is longer than {LONGEST} characters")
    parts: list[str | Node] = []
    at = 0
    for found in _PART.finditer(text):
        parts += _plain(text[at : found.start()])
        if found["escaped"]:
            parts.append(found["escaped"])
        else:
            parser = _Parser(found["inner"])
            parts.append(parser.to_end(parser.expression))
        at = found.end()
    parts += _plain(text[at:])
    return Expression(text, parts or [""])


def _plain(text: str) -> list[str]:
    if "${" in text or "#{" in text:
        raise ExpressionError(f"Error while parsing expression '{text}': it has no end")
    return [text] if text else []


class _Parser(Parser[Node]):
    binding = levels("||", "&&", "== !=", "< > <= >=", "+ -", "* / %")

    def __init__(self, text: str) -> None:
        super().__init__(_TOKEN, text)
        self.tokens = [
            Token("sign", _WORDS[word]) if kind == "name" and word in _WORDS else Token(kind, word)
            for kind, word in self.tokens
        ]

    def expression(self) -> Node:
        test = self.binary()
        if not self.take("?"):
            return test
        yes = self.expression()
        self.expect(":")
        no = self.expression()
        return lambda lookup: yes(lookup) if coercion.to_boolean(test(lookup)) else no(lookup)

    def infix(self, sign: str, left: Node) -> Node:
        right = self.binary(self.binding[sign] + 1)
        truth, boolean = coercion.to_boolean, coercion.boolean
        if sign == "&&":
            return lambda lookup: boolean(truth(left(lookup)) and truth(right(lookup)))
        if sign == "||":
            return lambda lookup: boolean(truth(left(lookup)) or truth(right(lookup)))
        apply = coercion.BINARY[sign]
        return lambda lookup: apply(sign, left(lookup), right(lookup))

    def operand(self) -> Node:
        if sign := self.take(*_PREFIXES):
            apply, part = _PREFIXES[sign], self.operand()
            return lambda lookup: apply(part(lookup))
        part = self._primary()
        while sign := self.take(".", "["):
            part = self._member(part) if sign == "." else _item(part, self._closed("]"))
        return part

    def _closed(self, closing: str) -> Node:
        part = self.expression()
        self.expect(closing)
        return part

    def _member(self, part: Node) -> Node:
        if self.peek().kind != "name":
            raise self.problem()
        name = self.next().text
        if not self.take("("):
            return _item(part, lambda _: TypedValue("String", name))
        given = self.several(")", self.expression)
        return lambda lookup: invoke(part(lookup), name, [one(lookup) for one in given])

    def _primary(self) -> Node:
        if self.take("("):
            return self._closed(")")
        kind, word = self.next()
        if kind == "name" and word not in _LITERALS and not self.sees("("):
            return lambda lookup: _variable(lookup, word)
        value = _LITERALS[word] if word in _LITERALS else self._literal(kind, word)
        return lambda _: value

    def _literal(self, kind: str, word: str) -> TypedValue:
        if kind == "text":
            return TypedValue("String", re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL))
        try:
            if word.isdigit():
                return TypedValue("Long", read_whole(word, "Long"))
            return TypedValue("Double", read_double(word))
        except ValueError:
            raise self.problem() from None


def _item(part: Node, key: Node) -> Node:
    return lambda lookup: member(part(lookup), key(lookup))


def _variable(lookup: Lookup, name: str) -> TypedValue:
    value = read(lookup, name)
    if value is None:
        raise UnknownMember("property", f"Cannot resolve identifier '{name}'")
    return value
