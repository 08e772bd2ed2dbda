"""The parser: text to closures, by precedence climbing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from pulse.engine.embedded.errors import ExpressionError, RestProblem
from pulse.engine.embedded.juel import coercion
from pulse.engine.embedded.juel.members import Lookup, elements, invoke, member
from pulse.engine.embedded.tree import LONGEST, Nesting, Node
from pulse.engine.embedded.values import NULL, TypedValue, fits, json_object, read_double

Part = Node[Lookup, TypedValue]
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)
    |(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]}]))""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final = dict(
    pair.split()
    for pair in ("and &&", "or ||", "not !", "eq ==", "ne !=", "lt <", "gt >", "le <=", "ge >=", "div /", "mod %")
)
_LITERALS: Final = {"true": coercion.TRUE, "false": coercion.FALSE, "null": NULL}
_BINDING: Final = {
    sign: level
    for level, signs in enumerate(("||", "&&", "== !=", "< > <= >=", "+ -", "* / %"), start=1)
    for sign in signs.split()
}


class UnknownName(ExpressionError):
    """A name in an expression is no variable in reach."""

    code = "expression_unknown_name"


class Expression:
    """A parsed expression. `constant` is its text if it holds no `${…}` or `#{…}`, else None."""

    def __init__(self, text: str, parts: list[str | Part]) -> None:
        self.text = text
        self._parts = parts
        dynamic = any(isinstance(part, Node) for part in parts)
        self.constant = None if dynamic else "".join(part for part in parts if isinstance(part, str))

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def evaluate(self, lookup: Lookup) -> TypedValue:
        """The value; `lookup` gives a variable by its name, None for an unknown one. Raises ExpressionError."""
        value = self._value(lookup)
        if value.type == "List":
            return json_object(elements(value))
        return value

    def condition(self, lookup: Lookup) -> bool:
        """The value as a condition; ExpressionError if it is null or no Boolean."""
        value = self._value(lookup)
        if value.value is None:
            raise ExpressionError("condition expression returns null: result is null")
        if not isinstance(value.value, bool):
            name = coercion.java_class(value)
            message = f"condition expression returns non-Boolean: result has class {name} and not java.lang.Boolean"
            raise ExpressionError(message)
        return value.value

    def collection(self, lookup: Lookup) -> list[TypedValue] | None:
        """The elements of the value; None if it is no list (a Json variable is none)."""
        return elements(self._value(lookup))

    def _value(self, lookup: Lookup) -> TypedValue:
        try:
            values = [TypedValue("String", part) if isinstance(part, str) else part(lookup) for part in self._parts]
        except UnknownName as problem:
            raise ExpressionError(f"Unknown property used in expression: {self.text}. Cause: {problem}") from None
        except (ExpressionError, RestProblem) as problem:
            raise ExpressionError(f"Error while evaluating expression: {self.text}. Cause: {problem}") from None
        if len(values) == 1:
            return values[0]
        return TypedValue("String", "".join(map(coercion.to_text, values)))


def parse(text: str) -> Expression:
    """Parse a text with `${…}` or `#{…}` parts, or a plain one. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"An expression is longer than {LONGEST} characters")
    parts: list[str | Part] = []
    plain, at = "", 0
    while at < len(text):
        if text.startswith(("\\${", "\\#{"), at):
            plain, at = plain + text[at + 1 : at + 3], at + 3
        elif text.startswith(("${", "#{"), at):
            parts += [plain] if plain else []
            parser = _Parser(text, at + 2)
            parts.append(parser.whole())
            plain, at = "", parser.end
        else:
            plain, at = plain + text[at], at + 1
    return Expression(text, [*parts, plain] if plain or not parts else parts)


class _Parser:
    """One `${…}`, from behind its opening to `end` behind its closing brace."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self.end = at
        self._nesting = Nesting()
        self._kind = self._word = ""
        self._next()

    def whole(self) -> Part:
        part = self._ternary()
        if self._word != "}" or self._kind != "sign":
            raise self._problem()
        return part

    def _next(self) -> None:
        if self._kind == "sign" and self._word == "}":
            raise self._problem()
        found = _TOKEN.match(self._text, self.end)
        if found is None or found.lastgroup is None:
            raise self._problem()
        self._kind, self._word, self.end = found.lastgroup, found[found.lastgroup], found.end()
        if self._kind == "name" and self._word in _WORDS:
            self._kind, self._word = "sign", _WORDS[self._word]

    def _problem(self) -> ExpressionError:
        return ExpressionError(f"Error while parsing expression '{self._text}' near '{self._word}'")

    def _take(self, sign: str) -> bool:
        if self._kind != "sign" or self._word != sign:
            return False
        self._next()
        return True

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._problem()

    def _ternary(self) -> Part:
        with self._nesting:
            test = self._binary(1)
            if not self._take("?"):
                return test
            yes = self._ternary()
            self._expect(":")
            no = self._ternary()
            return Node(lambda lookup: yes(lookup) if coercion.to_boolean(test(lookup)) else no(lookup), test, yes, no)

    def _binary(self, least: int) -> Part:
        left = self._unary()
        while self._kind == "sign" and (binding := _BINDING.get(self._word, 0)) >= least:
            sign = self._word
            self._next()
            left = _operation(sign, left, self._binary(binding + 1))
        return left

    def _unary(self) -> Part:
        with self._nesting:
            if self._take("!"):
                part = self._unary()
                return Node(lambda lookup: coercion.boolean(not coercion.to_boolean(part(lookup))), part)
            if self._take("-"):
                part = self._unary()
                return Node(lambda lookup: coercion.negate(part(lookup)), part)
            if self._kind == "name" and self._word == "empty":
                self._next()
                part = self._unary()
                return Node(lambda lookup: coercion.boolean(coercion.empty(part(lookup))), part)
            return self._postfix(self._primary())

    def _postfix(self, part: Part) -> Part:
        while True:
            if self._take("."):
                name = self._word
                if self._kind != "name":
                    raise self._problem()
                self._next()
                part = self._call(part, name) if self._take("(") else _member(part, _constant(_text(name)))
            elif self._take("["):
                part = _member(part, self._ternary())
                self._expect("]")
            else:
                return part

    def _call(self, part: Part, name: str) -> Part:
        given = self._arguments()
        return Node(lambda lookup: invoke(part(lookup), name, [one(lookup) for one in given]), part, *given)

    def _arguments(self) -> list[Part]:
        given: list[Part] = []
        while not self._take(")"):
            if given:
                self._expect(",")
            given.append(self._ternary())
        return given

    def _primary(self) -> Part:
        kind, word = self._kind, self._word
        self._next()
        if kind == "number":
            return _constant(self._number(word))
        if kind == "text":
            return _constant(_text(re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)))
        if kind == "sign" and word == "(":
            part = self._ternary()
            self._expect(")")
            return part
        if kind != "name":
            raise self._problem()
        if word in _LITERALS:
            return _constant(_LITERALS[word])
        return self._function(word) if self._take("(") else Node(lambda lookup: _variable(lookup, word))

    def _number(self, word: str) -> TypedValue:
        try:
            if word.isdigit() and len(word) <= 19 and fits(int(word), "Long"):
                return TypedValue("Long", int(word))
            return TypedValue("Double", read_double(word))
        except ValueError:
            raise self._problem() from None

    def _function(self, name: str) -> Part:
        given = self._arguments()
        if name not in {"S", "JSON"} or len(given) != 1:
            raise ExpressionError(f"Error while parsing expression '{self._text}': could not resolve function '{name}'")
        return Node(lambda lookup: TypedValue("Json", coercion.to_text(given[0](lookup))), given[0])


def _text(text: str) -> TypedValue:
    return TypedValue("String", text)


def _constant(value: TypedValue) -> Part:
    return Node(lambda _: value)


def _member(part: Part, key: Part) -> Part:
    return Node(lambda lookup: member(part(lookup), key(lookup)), part, key)


def _variable(lookup: Lookup, name: str) -> TypedValue:
    value = lookup(name)
    if value is None:
        raise UnknownName(f"Cannot resolve identifier '{name}'")
    return value


_COMPARISONS: Final[dict[str, Callable[[TypedValue, TypedValue], bool]]] = {
    "==": coercion.equal,
    "!=": lambda a, b: not coercion.equal(a, b),
    "<": lambda a, b: coercion.less(a, b, or_equal=False),
    "<=": lambda a, b: coercion.less(a, b, or_equal=True),
    ">": lambda a, b: coercion.less(b, a, or_equal=False),
    ">=": lambda a, b: coercion.less(b, a, or_equal=True),
}


def _operation(sign: str, left: Part, right: Part) -> Part:
    truth = coercion.to_boolean
    if sign == "&&":
        return Node(lambda x: coercion.boolean(truth(left(x)) and truth(right(x))), left, right)
    if sign == "||":
        return Node(lambda x: coercion.boolean(truth(left(x)) or truth(right(x))), left, right)
    if (compare := _COMPARISONS.get(sign)) is not None:
        return Node(lambda x: coercion.boolean(compare(left(x), right(x))), left, right)
    return Node(lambda x: coercion.calculate(sign, left(x), right(x)), left, right)
