# SPDX-License-Identifier: MIT
"""The part of $filter that the sign-in log is known to take; all else is an error.

A filter becomes (test, low, high): test(ticks, app, code) decides on a row, and no row
outside [low, high] passes it, so that a search needs not look at the whole log."""
import re

from world import ticks_of

TOKEN = re.compile(r"\s*(?:(?P<bracket>[()])|'(?P<text>(?:[^']|'')*)'"
                   r"|(?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,12})?"
                   r"(?:Z|[+-]\d\d:\d\d))?)(?![\w:.-])|(?P<number>-?\d+)(?![\w.:-])"
                   r"|(?P<word>[A-Za-z_][\w/]*))")
ALWAYS = (-(1 << 80), 1 << 80)
ORDER = {"eq": lambda a, b: a == b, "ge": lambda a, b: a >= b, "gt": lambda a, b: a > b,
         "le": lambda a, b: a <= b, "lt": lambda a, b: a < b}


class BadFilter(Exception):
    """The service would say "Invalid filter clause"."""


def tokens_of(text):
    out, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise BadFilter
        kind = match.lastgroup
        out.append((kind, match.group(kind)))
        position = match.end()
    return out


class Parser:
    """or < and < comparison or bracket."""

    def __init__(self, text):
        self.tokens, self.position = tokens_of(text), 0
        self.oldest = None  # the earliest date that is named

    def take(self, kind=None, value=None):
        if self.position >= len(self.tokens):
            raise BadFilter
        token = self.tokens[self.position]
        if (kind and token[0] != kind) or (value and token[1] != value):
            raise BadFilter
        self.position += 1
        return token

    def next_is(self, value):
        return self.position < len(self.tokens) and self.tokens[self.position] == ("word", value)

    def parse(self):
        result = self.either()
        if self.position != len(self.tokens):
            raise BadFilter
        return result

    def either(self):
        test, low, high = self.both()
        while self.next_is("or"):
            self.take()
            other, its_low, its_high = self.both()
            test = (lambda a, b: lambda *row: a(*row) or b(*row))(test, other)
            low, high = min(low, its_low), max(high, its_high)
        return test, low, high

    def both(self):
        test, low, high = self.single()
        while self.next_is("and"):
            self.take()
            other, its_low, its_high = self.single()
            test = (lambda a, b: lambda *row: a(*row) and b(*row))(test, other)
            low, high = max(low, its_low), min(high, its_high)
        return test, low, high

    def single(self):
        kind, value = self.take()
        if (kind, value) == ("bracket", "("):
            inside = self.either()
            self.take("bracket", ")")
            return inside
        if kind != "word":
            raise BadFilter
        operator = self.take("word")[1]
        if value == "createdDateTime" and operator in ORDER:
            return self.date(operator)
        if value == "clientAppUsed" and operator == "eq":
            wanted = self.take("text")[1].replace("''", "'")
            return (lambda ticks, app, code: app == wanted), *ALWAYS
        if value == "status/errorCode" and operator == "eq":
            number = int(self.take("number")[1])
            return (lambda ticks, app, code: code == number), *ALWAYS
        raise BadFilter

    def date(self, operator):
        try:
            limit = ticks_of(self.take("date")[1])
        except ValueError:
            raise BadFilter from None
        self.oldest = limit if self.oldest is None else min(self.oldest, limit)
        compare = ORDER[operator]
        low = limit if operator in ("eq", "ge", "gt") else ALWAYS[0]
        high = limit if operator in ("eq", "le", "lt") else ALWAYS[1]
        return (lambda ticks, app, code: compare(ticks, limit)), low, high


def parse(text):
    """(test, low, high, oldest date named or None); "" is every row."""
    if text == "":
        return (lambda ticks, app, code: True), *ALWAYS, None
    parser = Parser(text)
    return *parser.parse(), parser.oldest
