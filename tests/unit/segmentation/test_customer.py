"""One customer from JSON: what is refused, and that every wrong field is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.customer import UNTYPICAL, Customer, parse_customer, read_customer
from segmentation.errors import CustomerRejected, DocumentError, FieldError
from tests.support.models import MALL_CUSTOMER, SHOPPER, mall_model, shopper_model

SPEC = mall_model().spec


def read(customer: dict[str, Any] | str) -> Customer:
    text = customer if isinstance(customer, str) else json.dumps(customer)
    return read_customer(SPEC, parse_customer(text))


def wrong(customer: dict[str, Any] | str) -> list[tuple[str, str]]:
    with pytest.raises(CustomerRejected) as caught:
        read(customer)
    return [(error.field, error.code) for error in caught.value.errors]


class TestParsing:
    def test_keeps_the_order_and_doubled_keys(self) -> None:
        assert parse_customer('{"b": 1, "a": 2, "b": null}') == (("b", 1), ("a", 2), ("b", None))

    def test_reads_bytes_as_utf_8_with_or_without_a_byte_order_mark(self) -> None:
        assert parse_customer('{"ö": "ü"}'.encode()) == (("ö", "ü"),)
        assert parse_customer('\ufeff{"ö": "ü"}'.encode()) == (("ö", "ü"),)
        assert parse_customer('\ufeff{"ö": "ü"}') == (("ö", "ü"),)

    def test_keeps_long_whole_numbers_exact(self) -> None:
        assert parse_customer('{"id": 12345678901234567890}') == (("id", 12345678901234567890),)

    @pytest.mark.parametrize(
        ("body", "problem"),
        [
            ("", "body: not JSON at line 1 column 1: Expecting value"),
            ("abc", "body: not JSON at line 1 column 1: Expecting value"),
            ('{"age": 1', "body: not JSON at line 1 column 10: Expecting ',' delimiter"),
            ('{"age": 1}\n{}', "body: not JSON at line 2 column 1: Extra data"),
            ("{'age': 1}", "body: not JSON at line 1 column 2"),
            ('{"age": 01}', "body: not JSON at line 1 column 10"),
            ('{"age": +1}', "body: not JSON at line 1 column 9: Expecting value"),
            ('{"age": .5}', "body: not JSON at line 1 column 9: Expecting value"),
            ('{"age": NaN}', "body: not JSON (NaN is not a JSON number)"),
            ('{"age": -Infinity}', "body: not JSON (-Infinity is not a JSON number)"),
            ('\ufeff\ufeff{"age": 1}', "body: not JSON at line 1 column 1"),
            ("[]", "body: got another JSON value, expected one JSON object"),
            ('[{"age": 1}]', "body: got another JSON value, expected one JSON object"),
            ("null", "body: got another JSON value, expected one JSON object"),
            ('"text"', "body: got another JSON value, expected one JSON object"),
            ("1", "body: got another JSON value, expected one JSON object"),
            ('{"a": ' + "[" * 100_000, "body: nested too deeply, expected one flat object"),
            (b'{"name": "M\xfcller"}', "body: byte 11 is not UTF-8, expected a JSON text"),
            ("{}".encode("utf-16"), "body: byte 0 is not UTF-8, expected a JSON text"),
        ],
    )
    def test_refuses_what_is_not_one_json_object(self, body: str | bytes, problem: str) -> None:
        with pytest.raises(DocumentError) as caught:
            parse_customer(body)
        assert str(caught.value).startswith(problem)
        assert caught.value.field == "body"


class TestReading:
    def test_gives_one_value_for_each_feature_in_spec_order(self) -> None:
        customer = read(dict(reversed(MALL_CUSTOMER.items())))
        gender = SPEC.features[0]
        assert customer.values == (gender.read_text("Female"), 30.0, 80.0, 75.0)
        assert customer.id == "0042"
        assert customer.warnings == ()

    @pytest.mark.parametrize(
        "keys",
        [
            ("CustomerID", "Gender", "Age", "Annual Income (k$)", "Spending Score (1-100)"),
            ("id", "Genre", "AGE", "AnnualIncome", "SpendingScore"),
            (" Customer id ", "sex", "\tage", "annual income", "spending SCORE"),
        ],
    )
    def test_finds_fields_by_title_and_alias_in_any_case(self, keys: tuple[str, ...]) -> None:
        renamed = dict(zip(keys, MALL_CUSTOMER.values(), strict=True))
        assert read(renamed) == read(MALL_CUSTOMER)

    @pytest.mark.parametrize(
        "identifier", ["", "0001", "\ud800", 7, -7, 1.5, 12345678901234567890, None]
    )
    def test_gives_the_id_back_as_it_was_sent(self, identifier: object) -> None:
        customer = read(MALL_CUSTOMER | {"customer_id": identifier})
        assert customer.id == identifier
        assert type(customer.id) is type(identifier)

    def test_needs_no_id(self) -> None:
        without = {key: value for key, value in MALL_CUSTOMER.items() if key != "customer_id"}
        assert read(without).id is None

    @pytest.mark.parametrize(
        ("identifier", "code"),
        [
            ("true", "wrong_type"),
            ("[1]", "wrong_type"),
            ('{"a": 1}', "wrong_type"),
            ("1e999", "out_of_bounds"),
            ("-1e101", "out_of_bounds"),
            ("9" * 1000, "out_of_bounds"),
            ("9" * 10_000, "out_of_bounds"),  # Python itself refuses to read that many digits
        ],
    )
    def test_refuses_an_id_that_cannot_be_echoed(self, identifier: str, code: str) -> None:
        body = json.dumps(MALL_CUSTOMER).replace('"0042"', identifier)
        assert wrong(body) == [("customer_id", code)]

    def test_names_every_wrong_field_by_the_key_that_was_sent(self) -> None:
        customer = {"Genre": "Divers", "age": "30", "colour": "red", "Spending Score": 101}
        assert wrong(customer) == [
            ("colour", "unknown_field"),
            ("Genre", "unknown_category"),
            ("age", "not_a_number"),
            ("annual_income", "missing_value"),
            ("Spending Score", "out_of_bounds"),
        ]

    def test_refuses_a_field_that_comes_twice_under_whatever_names(self) -> None:
        body = json.dumps(MALL_CUSTOMER)[:-1] + ', "age": 31, "AGE": 32, "ID": "x"}'
        with pytest.raises(CustomerRejected) as caught:
            read(body)
        assert caught.value.errors == (
            FieldError(
                "age", "duplicate_field", '"age" and "age" are the same field, expected it once'
            ),
            FieldError(
                "AGE", "duplicate_field", '"age" and "AGE" are the same field, expected it once'
            ),
            FieldError(
                "ID",
                "duplicate_field",
                '"customer_id" and "ID" are the same field, expected it once',
            ),
        )

    def test_tells_who_sends_an_unknown_field_the_known_ones(self) -> None:
        with pytest.raises(CustomerRejected) as caught:
            read(MALL_CUSTOMER | {"segment": 1})
        assert caught.value.errors == (
            FieldError(
                "segment",
                "unknown_field",
                "unknown field, expected gender, age, annual_income, spending_score",
            ),
        )

    def test_repeats_at_most_60_characters_of_a_key(self) -> None:
        spaced = " " * 1000 + "age"
        assert wrong(MALL_CUSTOMER | {"k" * 1000: 1, spaced: 31}) == [
            ("k" * 60, "unknown_field"),
            (" " * 60, "duplicate_field"),
        ]

    def test_an_empty_object_lacks_every_feature(self) -> None:
        assert wrong({}) == [(feature.name, "missing_value") for feature in SPEC.features]

    def test_warns_of_a_valid_value_outside_the_typical_range(self) -> None:
        customer = read(MALL_CUSTOMER | {"age": 75.5, "annual_income": 5})
        assert customer.warnings == (
            FieldError("age", UNTYPICAL, "age: 75.5 is unusual, typical is 18 to 70"),
            FieldError(
                "annual_income", UNTYPICAL, "annual_income: 5 is unusual, typical is 10 to 150"
            ),
        )

    def test_a_typical_range_may_be_open_on_one_side(self) -> None:
        spec = shopper_model().spec
        pairs = parse_customer(json.dumps(SHOPPER | {"visits": 31}))
        assert [one.message for one in read_customer(spec, pairs).warnings] == [
            "visits: 31 is unusual, typical is at most 30"
        ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from([*MALL_CUSTOMER, "Age", "Genre", "colour"]) | st.text(max_size=5)


@given(st.dictionaries(keys, json_values) | json_values)
def test_any_json_is_read_or_refused_with_fields_named(value: object) -> None:
    try:
        customer = read_customer(SPEC, parse_customer(json.dumps(value)))
    except DocumentError as exc:
        assert exc.field == "body"
    except CustomerRejected as exc:
        assert exc.errors
    else:
        assert len(customer.values) == len(SPEC.features)


@given(st.binary(max_size=50) | st.text(max_size=50))
def test_any_body_is_parsed_or_refused(body: bytes | str) -> None:
    try:
        assert isinstance(parse_customer(body), tuple)
    except DocumentError as exc:
        assert exc.field == "body"
