"""Strict reading of documents: whatever is wrong, the message names the field."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from segmentation.document import Section, parse_json
from segmentation.errors import DocumentError

RAW: dict[str, object] = {
    "text": "a",
    "number": 1.5,
    "integer": 3,
    "yes": True,
    "null": None,
    "numbers": [1, 2.5],
    "texts": ["a", "b"],
    "counts": [3, 0],
    "nothing": [],
    "mixed": [1, "b"],
    "object": {"inner": 1},
    "objects": [{"inner": 1}],
    "huge": 10**400,
    "infinite": float("inf"),
}


def test_a_section_gives_its_fields() -> None:
    section = Section(RAW, "doc")
    assert section.text("text") == "a"
    assert section.text("absent", default="b") == "b"
    assert section.text("text", pattern="[a-c]") == "a"
    assert section.choice("text", ("a", "b")) == "a"
    assert section.number("number") == 1.5
    assert section.number("integer", minimum=3) == 3.0
    assert section.integer("integer", minimum=3) == 3
    assert section.optional_text("text") == "a"
    assert section.optional_text("null") is None
    assert section.optional_number("null") is None
    assert section.optional_number("number") == 1.5
    assert section.numbers("numbers", length=2) == (1.0, 2.5)
    assert section.texts("texts") == ("a", "b")
    assert section.texts("absent") == ()
    assert section.section("object").integer("inner") == 1
    assert [one.where for one in section.sections("objects")] == ["doc.objects[0]"]
    assert section.sections("absent", least=0) == []
    assert section.by_name("object", Section.count) == {"inner": 1}
    assert section.by_name("absent", Section.count) == {}
    assert section.names == tuple(RAW)
    assert section.section("absent", optional=True).names == ()
    assert section.each("objects", lambda inner: inner.count("inner")) == (1,)
    assert section.each("nothing", lambda inner: inner.count("inner")) == ()
    assert section.optional_count("null") is None
    assert section.optional_count("integer") == 3
    assert section.flag("yes") is True
    assert section.counts("counts") == (3, 0)
    assert section.has("text")
    assert not section.has("null")


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda s: s.text("absent"), "doc.absent: missing, expected a text"),
        (lambda s: s.text("null"), "doc.null: missing, expected a text"),
        (lambda s: s.text("number"), "doc.number: got 1.5, expected a text"),
        (lambda s: s.text("object"), "doc.object: got an object, expected a text"),
        (lambda s: s.text("texts"), "doc.texts: got a list, expected a text"),
        (
            lambda s: s.text("text", pattern="[0-9]"),
            'doc.text: got "a", expected a text like [0-9]',
        ),
        (lambda s: s.choice("text", ("b", "c")), 'doc.text: got "a", expected one of b, c'),
        (lambda s: s.number("text"), 'doc.text: got "a", expected a number'),
        (lambda s: s.number("yes"), "doc.yes: got true, expected a number"),
        (lambda s: s.number("number", minimum=2), "doc.number: got 1.5, expected at least 2"),
        (lambda s: s.number("number", maximum=1), "doc.number: got 1.5, expected at most 1"),
        (
            lambda s: s.optional_number("number", maximum=1),
            "doc.number: got 1.5, expected at most 1",
        ),
        (lambda s: s.numbers("numbers", minimum=2), "doc.numbers[0]: got 1.0, expected at least 2"),
        (lambda s: s.number("huge"), f"doc.huge: got 1{'0' * 58}…, expected a finite number"),
        (lambda s: s.number("infinite"), "doc.infinite: got Infinity, expected a finite number"),
        (lambda s: s.integer("number"), "doc.number: got 1.5, expected a whole number"),
        (lambda s: s.integer("yes"), "doc.yes: got true, expected a whole number"),
        (lambda s: s.integer("integer", minimum=4), "doc.integer: got 3, expected at least 4"),
        (lambda s: s.integer("huge", maximum=4), f"doc.huge: got 1{'0' * 58}…, expected at most 4"),
        (lambda s: s.numbers("text"), 'doc.text: got "a", expected a list of numbers'),
        (lambda s: s.numbers("numbers", length=3), "doc.numbers: got 2 numbers, expected 3"),
        (lambda s: s.numbers("mixed"), 'doc.mixed[1]: got "b", expected a number'),
        (lambda s: s.texts("mixed"), "doc.mixed[0]: got 1, expected a text"),
        (lambda s: s.section("text"), 'doc.text: got "a", expected an object'),
        (lambda s: s.sections("texts"), 'doc.texts[0]: got "a", expected an object'),
        (lambda s: s.sections("object"), "doc.object: got an object, expected a list of objects"),
        (lambda s: s.section("texts", optional=True), "doc.texts: got a list, expected an object"),
        (
            lambda s: s.by_name("object", Section.text),
            "doc.object.inner: got 1, expected a text",
        ),
        (lambda s: s.count("huge"), f"doc.huge: got 1{'0' * 58}…, expected at most {2**53}"),
        (lambda s: s.share("number"), "doc.number: got 1.5, expected at most 1"),
        (lambda s: s.counts("numbers"), "doc.numbers[1]: got 2.5, expected a whole number"),
        (lambda s: s.flag("number"), "doc.number: got 1.5, expected true or false"),
        (
            lambda s: s.fail("text", "got it, expected nothing"),
            "doc.text: got it, expected nothing",
        ),
    ],
)
def test_a_wrong_field_is_named(read: Callable[[Section], object], message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(Section(RAW, "doc"))
    assert str(caught.value) == message
    assert str(caught.value) == f"{caught.value.field}: {caught.value.problem}"


def test_a_field_that_nobody_read_is_refused_on_closing() -> None:
    section = Section({"name": "a", "nmae": "b"}, "doc")
    section.text("name")
    with pytest.raises(DocumentError, match=r"^doc\.nmae: unknown field, expected only name$"):
        section.close()


def test_a_section_whose_fields_were_all_read_closes() -> None:
    section = Section({"name": "a", "note": None}, "doc")
    section.text("name")
    section.has("note")
    section.close()


def test_json_is_parsed_with_floats_to_the_last_bit() -> None:
    assert parse_json(b'{"a": [1, 0.1, "\xc3\xbc"]}', "doc") == {"a": [1, 0.1, "ü"]}


def test_pairs_of_surrogates_and_a_hundred_levels_are_json_like_any_other() -> None:
    assert parse_json(b'"\\ud83d\\ude00"', "doc") == "\U0001f600"
    assert parse_json(b"[" * 101 + b"]" * 101, "doc")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "doc: not JSON at line 1 column 1: Expecting value"),
        (b'{"a":\n 1,}', "doc: not JSON at line 2 column"),
        (b'{"a": NaN}', "doc: got NaN, expected a finite number"),
        (b'{"a": -Infinity}', "doc: got -Infinity, expected a finite number"),
        (b'{"a": 1e999}', "doc: got 1e999, expected a finite number"),
        (b'{"a": ' + b"1" * 5000 + b"}", "doc: got a number of thousands of digits"),
        (b'{"a": 1, "b": {"c": 2, "c": 3}}', "doc.c: got the field twice, expected it once"),
        (b"[" * 100_000, "doc: nested too deeply"),
        (b"[" * 102 + b"]" * 102, "doc: nested too deeply, expected at most 100 levels"),
        (b'{"a": [{"b\\uDE00": 1}]}', "doc: got half of a surrogate pair, expected whole char"),
        (b'{"a": "\xfc"}', "doc: byte 7 is not UTF-8, expected a JSON text"),
    ],
)
def test_what_is_no_strict_json_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_json(data, "doc")
    assert str(caught.value).startswith(message)
