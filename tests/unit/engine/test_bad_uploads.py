"""Uploads that are wrong as a whole or in some rows: exact reports, and rows with their reasons."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib

import pytest

from score.outputs import MAXIMUM_KEY_BYTES, Outputs
from tests.support.csvs import (
    MALL_HEADER,
    MALL_ROW,
    Delivery,
    deliver_upload,
    mall_csv,
    read_csv,
    score,
)
from tests.support.models import mall_model

MODEL = mall_model()


def refused(data: bytes) -> dict[str, str]:
    """Give the refusal of an upload, once all else in its outputs was seen to be empty."""
    delivery = deliver_upload(MODEL, data)
    report = delivery.report
    assert report["status"] == "refused"
    assert report["rows"] == {"read": 0, "scored": 0, "rejected": 0}
    assert (report["reasons"], report["segments"], report["warnings"]) == ({}, [], [])
    assert report["drift"] is None
    assert report["model_version"] == "v1"
    assert report["outputs"]["scored"]["key"] == "scored/customers.csv.parquet"
    assert delivery.table.num_rows == 0
    assert delivery.table.column_names[:2] == ["customer_id", "gender"]
    assert delivery.rejects == (
        "_row,_reason,_detail,customer_id,gender,age,annual_income,spending_score\n"
    )
    refusal: dict[str, str] = report["refusal"]
    return refusal


def rejects(*rows: str, header: str = MALL_HEADER) -> Delivery:
    """Deliver rows, all of them bad."""
    delivery = deliver_upload(MODEL, mall_csv(*rows, header=header))
    assert delivery.report["status"] == "partly_scored"
    assert delivery.report["rows"] == {"read": len(rows), "scored": 0, "rejected": len(rows)}
    return delivery


def details(*rows: str, header: str = MALL_HEADER) -> list[tuple[str, str]]:
    """Give reason and detail of rows, all of them bad."""
    delimiter = ";" if ";" in header else ","
    _, *found = read_csv(rejects(*rows, header=header).rejects, delimiter)
    return [(reason, detail) for _, reason, detail, *_ in found]


def test_an_empty_upload_is_refused() -> None:
    assert refused(b"") == {
        "code": "empty",
        "message": "the file is empty, expected a header and customers",
    }


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_an_upload_of_a_header_alone_is_scored_without_rows(end: str) -> None:
    delivery = deliver_upload(MODEL, (MALL_HEADER + end).encode())

    assert delivery.report["status"] == "scored"
    assert delivery.report["rows"] == {"read": 0, "scored": 0, "rejected": 0}
    assert [segment["share"] for segment in delivery.report["segments"]] == [0.0, 0.0, 0.0]
    assert delivery.table.num_rows == 0
    assert delivery.rejects == f"_row,_reason,_detail,{MALL_HEADER}\n"


def test_a_picture_named_csv_is_refused() -> None:
    assert refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") == {
        "code": "not_text",
        "message": "the file is not text but a picture",
    }


def test_a_picture_of_an_unknown_kind_is_refused_by_its_control_characters() -> None:
    assert refused(b"BM\x46\0\0\0\n\x01\x02\n") == {
        "code": "not_text",
        "message": "the first row has the control character U+0000, expected a CSV file",
    }


@pytest.mark.parametrize("control", ["\x1b", "\x7f", "\x80", "\x85", "\x9b", "\x9f"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_header_with_a_control_character_is_refused(control: str, encoding: str) -> None:
    upload = f"{MALL_HEADER},Stra{control}e\n{MALL_ROW},1\n".encode(encoding)

    assert refused(upload) == {
        "code": "not_text",
        "message": (
            f"the first row has the control character U+{ord(control):04X}, expected a CSV file"
        ),
    }


def test_cells_are_text_with_any_characters_and_headers_with_a_no_break_space() -> None:
    delivery = deliver_upload(MODEL, f"{MALL_HEADER},a\u00a0b\n{MALL_ROW},\x85\x1b\n".encode())

    assert delivery.table["a\u00a0b"].to_pylist() == ["\x85\x1b"]


def test_an_excel_workbook_is_refused_with_what_to_do() -> None:
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")

    assert refused(workbook.getvalue()) == {
        "code": "not_text",
        "message": (
            "the file is not text but an Excel workbook or zip archive: open it and save it as CSV"
        ),
    }


def test_utf_16_without_a_mark_is_refused() -> None:
    assert refused(mall_csv(MALL_ROW).decode().encode("utf-16-le"))["code"] == "not_text"


def test_a_missing_feature_is_named_with_the_nearest_header() -> None:
    header = "CustomerID,Gender,Age,Anual Incom,Spending Score (1-100)"

    assert refused(mall_csv(MALL_ROW, header=header)) == {
        "code": "missing_column",
        "message": (
            'column "Annual Income (k$)" is missing, the nearest header found is "Anual Incom", '
            'expected one of "annual_income", "Annual Income (k$)", "AnnualIncome", "Annual Income"'
        ),
    }


def test_a_missing_feature_with_no_other_column_left_has_no_nearest_header() -> None:
    refusal = refused(mall_csv("1,Male,19,15", header="CustomerID,Gender,Age,Annual Income (k$)"))

    assert refusal["code"] == "missing_column"
    assert refusal["message"].startswith('column "Spending Score (1-100)" is missing, expected one')


def test_every_missing_feature_is_named() -> None:
    message = refused(mall_csv("1", header="CustomerID"))["message"]

    for title in ("Gender", "Age", "Annual Income (k$)", "Spending Score (1-100)"):
        assert f'column "{title}" is missing' in message


def test_a_feature_that_is_there_twice_is_refused() -> None:
    header = MALL_HEADER.replace("Age", "Genre,Age")

    assert refused(mall_csv("1,Male,Male,19,15,39", header=header)) == {
        "code": "duplicate_column",
        "message": (
            'columns 2 ("Gender") and 3 ("Genre") both mean Gender, expected one of them: '
            "remove or rename the other"
        ),
    }


def test_an_upload_without_a_header_is_refused_without_repeating_a_customer() -> None:
    refusal = refused(b"0001,Male,19,15,39\n0002,Male,21,15,81\n")

    assert refusal == {
        "code": "no_header",
        "message": (
            "the first row holds numbers where the column names should stand, expected a header "
            "such as Gender, Age, Annual Income (k$), Spending Score (1-100)"
        ),
    }


def test_a_header_whose_quote_stays_open_is_refused() -> None:
    data = f'"{MALL_HEADER}\n{MALL_ROW}\n'.encode()

    assert refused(data) == {
        "code": "no_header",
        "message": (
            f"the first row does not end within {len(data)} bytes, expected a header: "
            "is there a quote that is never closed?"
        ),
    }


def test_a_header_that_is_no_text_is_refused() -> None:
    windows_undefined = b"Gr\xf6\xdfe,\x81," + MALL_HEADER.encode() + b"\n"

    assert refused(windows_undefined) == {
        "code": "not_text",
        "message": "the first row is not text, expected a CSV file",
    }


def test_a_damaged_gzip_file_is_refused() -> None:
    whole = gzip.compress(mall_csv(*[MALL_ROW] * 10))

    assert refused(whole[:-3])["code"] == "damaged_gzip"


def test_a_gzip_bomb_is_refused_with_its_limit() -> None:
    packed = gzip.compress(mall_csv(MALL_ROW)) + gzip.compress(b"\n" * (1 << 20)) * 80

    assert refused(packed) == {
        "code": "expands_too_much",
        "message": (
            "the gzip file grows to more than 200 times its size, "
            "expected at most that beyond 64 MiB"
        ),
    }


def test_a_row_that_never_ends_is_refused() -> None:
    packed = zlib.compressobj(1, wbits=31)
    data = packed.compress(mall_csv(MALL_ROW) + b"x" * (20 << 20)) + packed.flush()

    assert refused(data) == {
        "code": "record_too_long",
        "message": (
            "a row is longer than 16 MiB, expected shorter rows: "
            "is there a quote that is never closed?"
        ),
    }


def test_a_key_of_1024_bytes_gets_a_report_of_its_own_and_no_other_output() -> None:
    key = "\u00fc" * 512

    delivery = deliver_upload(MODEL, mall_csv(MALL_ROW), key)

    report = delivery.report
    assert list(delivery.objects) == [
        f"reports/_long/{hashlib.sha256(key.encode()).hexdigest()}.json"
    ]
    assert report["status"] == "refused"
    assert report["refusal"] == {
        "code": "key_too_long",
        "message": (
            f"the key has 1,024 bytes, expected at most {MAXIMUM_KEY_BYTES:,}: "
            "give the file a shorter name"
        ),
    }
    assert report["outputs"] == {"scored": None, "rejected": None}


def test_a_key_where_reports_of_long_keys_stand_gets_one_too_under_a_name_of_its_own() -> None:
    long_key = "k" * 1_024
    taken = f"_long/{hashlib.sha256(long_key.encode()).hexdigest()}"
    assert Outputs.of(long_key).report == f"reports/{taken}.json"

    delivery = deliver_upload(MODEL, mall_csv(MALL_ROW), taken)

    assert list(delivery.objects) == [
        f"reports/_long/{hashlib.sha256(taken.encode()).hexdigest()}.json"
    ]
    assert delivery.report["source"]["key"] == taken
    assert delivery.report["refusal"] == {
        "code": "key_reserved",
        "message": (
            "the key begins with _long/, where reports about names that are too long stand: "
            "give the file another name"
        ),
    }


def test_only_the_folder_itself_is_reserved() -> None:
    for key in ("_long", "_longer/a.csv", "a/_long/b.csv"):
        assert Outputs.of(key).scored == f"scored/{key}.parquet"


def test_rows_with_too_few_or_too_many_fields_are_rejected() -> None:
    assert details("1,Male,19,15", "2,Male,19,15,39,", "3", ",,,,,,,") == [
        ("wrong_field_count", "4 fields, expected 5"),
        ("wrong_field_count", "6 fields, expected 5"),
        ("wrong_field_count", "1 fields, expected 5"),
        ("wrong_field_count", "8 fields, expected 5"),
    ]


def test_rows_of_only_delimiters_are_rejected() -> None:
    assert details(",,,,") == [("missing_value", "gender: no value")]


def test_missing_values_are_named() -> None:
    assert details("1,,19,15,39", "2,Male, ,15,39", "3,Male,19,\t,39", '4,Male,19,15,""') == [
        ("missing_value", "gender: no value"),
        ("missing_value", "age: no value"),
        ("missing_value", "annual_income: no value"),
        ("missing_value", "spending_score: no value"),
    ]


@pytest.mark.parametrize("text", ["abc", "NA", "null", "nan", "?", "1_000", "0x10", "\u0661\u0669"])
def test_what_is_not_a_number_is_repeated(text: str) -> None:
    assert details(f"1,Male,{text},15,39") == [("not_a_number", f'age: "{text}" is not a number')]


@pytest.mark.parametrize("text", ["inf", "-inf", "Infinity", "1e999", "-1e999", "9" * 400])
def test_infinite_values_are_not_numbers(text: str) -> None:
    assert details(f"1,Male,{text},15,39") == [
        ("not_a_number", f'age: "{text[:60]}" is not a number')
    ]


def test_values_out_of_bounds_are_repeated_with_the_bounds() -> None:
    assert details("1,Male,121,15,39", "2,Male,19,-0.5,39", "3,Male,19,15,0", "4,F,-1,1,1") == [
        ("out_of_bounds", 'age: "121" is out of bounds, expected 0 to 120'),
        (
            "out_of_bounds",
            'annual_income: "-0.5" is out of bounds, expected at least 0 (and at most 1e+100)',
        ),
        ("out_of_bounds", 'spending_score: "0" is out of bounds, expected 1 to 100'),
        ("out_of_bounds", 'age: "-1" is out of bounds, expected 0 to 120'),
    ]


def test_the_bounds_themselves_are_inside() -> None:
    delivery = deliver_upload(MODEL, mall_csv("1,Male,0,0,1", "2,Male,120,1e100,100"))

    assert delivery.report["rows"] == {"read": 2, "scored": 2, "rejected": 0}


def test_unknown_categories_are_repeated_with_the_known_ones() -> None:
    assert details('1,"say ""x""",19,15,39') == [
        ("unknown_category", 'gender: "say "x"" is unknown, expected one of Female, Male')
    ]


def test_a_row_is_rejected_for_its_first_wrong_feature_in_the_order_of_the_model() -> None:
    header = "Spending Score (1-100),Annual Income (k$),Age,Gender,CustomerID"

    assert details("x,x,x,x,1", "x,x,x,Male,2", "x,x,19,M,3", "x,,19,M,4", header=header) == [
        ("unknown_category", 'gender: "x" is unknown, expected one of Female, Male'),
        ("not_a_number", 'age: "x" is not a number'),
        ("not_a_number", 'annual_income: "x" is not a number'),
        ("missing_value", "annual_income: no value"),
    ]


def test_a_header_repeated_in_the_middle_is_a_rejected_row() -> None:
    outcome = score(MODEL, mall_csv(MALL_ROW, MALL_HEADER, MALL_ROW))

    assert outcome.rejected[1:] == [
        [
            "3",
            "unknown_category",
            'gender: "Gender" is unknown, expected one of Female, Male',
            *MALL_HEADER.split(","),
        ]
    ]
    assert outcome.table.num_rows == 2


def test_a_row_that_is_no_text_is_rejected_with_its_bytes_escaped() -> None:
    clean = mall_csv(*[MALL_ROW] * 70_000)  # the encoding is decided by the first MiB

    outcome = score(MODEL, clean + b"7\xff7,Male,19,15,39\n8,Male,19,15,39\n")

    assert outcome.rejected[1:] == [
        ["70002", "not_text", "not utf-8 text", "7\\xff7", "Male", "19", "15", "39"]
    ]
    assert outcome.scored.tally.scored == 70_001


@pytest.mark.parametrize("beside", ["", "2,x,Male,oops,15,39\n"], ids=["alone", "beside a bad row"])
def test_a_row_that_is_no_text_in_a_dropped_column_is_rejected_too(beside: str) -> None:
    header = "CustomerID,_detail,Gender,Age,Annual Income (k$),Spending Score (1-100)"
    first = f"{header}\nGr\u00f6\u00dfe,x,Male,19,15,39\n".encode("windows-1252")

    outcome = score(MODEL, first + b"1,\x81,Male,19,15,39\n" + beside.encode())

    assert outcome.reasons[3] == "not_text"
    assert outcome.details[3] == "not windows-1252 text"


def test_reasons_are_counted() -> None:
    delivery = deliver_upload(
        MODEL, mall_csv(MALL_ROW, "1,x,1,1,1", "1,x,1,1,1", "1,M,,1,1", "1", "1,M,200,1,1")
    )

    assert delivery.report["status"] == "partly_scored"
    assert delivery.report["rows"] == {"read": 6, "scored": 1, "rejected": 5}
    assert delivery.report["reasons"] == {
        "missing_value": 1,
        "out_of_bounds": 1,
        "unknown_category": 2,
        "wrong_field_count": 1,
    }
    assert "under a new name" in delivery.report["advice"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", ["0001,Male,19,15,39", '"0001",Male,19,15,39', "", "0001,Mä"])
def test_bad_rows_stand_as_they_stood_whatever_is_around_them(before: str, end: str) -> None:
    bad = ["7,Ä", "8,Male,abc,15,39", "9,Male,19,15,39,ö,ü", "", "10,Male,19,15,999"]
    good = [f"{number},Female,30,80,75" for number in range(200)]
    upload = end.join([MALL_HEADER, before, *good, *bad, *good, ""]).encode()

    outcome = score(MODEL, upload)

    first = 202 + bool(before)
    lines = outcome.rejects.decode("utf-8-sig").split("\n")[1:-1]
    told = [
        f'{first},wrong_field_count,"2 fields, expected 5",7,Ä',
        f'{first + 1},not_a_number,"age: ""abc"" is not a number",8,Male,abc,15,39',
        f'{first + 2},wrong_field_count,"7 fields, expected 5",9,Male,19,15,39,ö,ü',
        f'{first + 3},out_of_bounds,"spending_score: ""999"" is out of bounds, '
        'expected 1 to 100",10,Male,19,15,999',
    ]
    broken = [f'2,wrong_field_count,"2 fields, expected 5",{before}'] if "ä" in before else []
    assert lines == broken + told
    assert outcome.scored.tally.scored == 400 + ("19" in before)
