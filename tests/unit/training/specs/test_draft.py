"""A first spec from a file: what a person then edits, and what training can read at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentation.categorical import CategoricalFeature
from segmentation.numeric import NumericFeature
from segmentation.spec import Spec
from tests.support.cli import segment
from tests.support.customers import no_s3, read, sample_file
from training.data.inspection import look_at
from training.errors import DataError
from training.specs.draft import first_spec


def kinds(path: Path) -> dict[str, str]:
    columns, _ = look_at(str(path), no_s3)  # type: ignore[arg-type]
    return {one.header: one.kind for one in columns}


def spec_of(path: Path) -> tuple[Spec, str]:
    columns, rows = look_at(str(path), no_s3)  # type: ignore[arg-type]
    text = first_spec("made", columns, rows, path.name)
    return Spec.from_dict(tomllib.loads(text)), text


def awkward_file(path: Path) -> Path:
    """Write a file with a column of every kind."""
    chance = np.random.default_rng(0)
    lines = ["\ufeffNr; Plan ;Umsatz (€);segment;Besuche;Status;Kommentar;Seit;Leer;;Plan"]
    for number in range(200):
        spend = f"{chance.exponential(50):.2f}".replace(".", ",")
        plan = ("Basic", "basic", "Plus", "Pro")[number % 4]
        visits = "?" if number == 7 else str(number % 30)
        status = "aktiv" if number % 3 else 'ru""ht'
        lines.append(
            f"K{number};{plan};{spend};{number / 7:.3f};{visits};"
            f'"{status}";words {number};2026-01-{number % 28 + 1:02};;1;x'
        )
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8")
    return path


def test_each_column_is_found_for_what_it_is(tmp_path: Path) -> None:
    columns, rows = look_at(str(awkward_file(tmp_path / "kunden.csv")), no_s3)  # type: ignore[arg-type]

    assert rows == 200
    assert [(one.header, one.kind) for one in columns] == [
        ("Nr", "id"),
        ("Plan", "categorical"),
        ("Umsatz (€)", "numeric"),
        ("segment", "left_out"),  # scoring adds a column of this name
        ("Besuche", "numeric"),
        ("Status", "categorical"),
        ("Kommentar", "left_out"),
        ("Seit", "left_out"),
        ("Leer", "left_out"),
        ("", "left_out"),
        ("Plan", "left_out"),
    ]
    assert columns[1].categories == ("Basic", "Plus", "Pro")  # "basic" is another spelling
    assert columns[4].wrong == 1


def test_the_spec_reads_the_file_that_it_was_made_from(tmp_path: Path) -> None:
    path = awkward_file(tmp_path / "kunden.csv")
    path.write_text(
        # The second Plan would be refused as a doubled column: a person removes it.
        path.read_text(encoding="utf-8").replace(";;Plan", ";;Other"),
        encoding="utf-8",
    )

    spec, _ = spec_of(path)

    data = read(path, spec)
    assert (data.rows, data.dropped) == (199, {"not_a_number": 1})
    assert spec.id.title == "Nr"
    plan, spend, visits, status = spec.features
    assert isinstance(plan, CategoricalFeature)
    assert (plan.encoding, [one.name for one in plan.categories]) == (
        "one_hot",
        ["Basic", "Plus", "Pro"],
    )
    assert isinstance(spend, NumericFeature)
    assert (spend.name, spend.unit, spend.transform) == ("umsatz", "€", "log1p")
    assert (spend.valid.minimum, spend.valid.maximum) == (0.0, None)
    assert isinstance(visits, NumericFeature)
    assert visits.transform == "none"
    assert isinstance(status, CategoricalFeature)
    assert [one.code for one in status.categories] == [0.0, 1.0]


def test_the_malls_columns_are_found_again(tmp_path: Path) -> None:
    spec, text = spec_of(sample_file(tmp_path / "customers.csv", 300))

    assert spec.id.name == "customer_id"
    assert [feature.name for feature in spec.features] == [
        "gender",
        "age",
        "annual_income",
        "spending_score",
    ]
    score = spec.features[3]
    assert isinstance(score, NumericFeature)
    # "Spending Score (1-100)" says its bounds itself.
    assert (score.valid.minimum, score.valid.maximum, score.unit) == (1.0, 100.0, "")
    assert [word.feature for word in spec.naming.base] == ["annual_income", "spending_score"]
    assert [prefix.low for prefix in spec.naming.prefixes] == ["Young"]
    assert "98 % of the rows" in text


def test_typical_ranges_hold_98_percent_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("visits\n" + "\n".join(str(one) for one in range(1001)), encoding="utf-8")

    spec, _ = spec_of(path)

    (visits,) = spec.features
    assert isinstance(visits, NumericFeature)
    assert (visits.typical.minimum, visits.typical.maximum) == (10.0, 990.0)
    assert spec.id.name == "customer_id"  # none was found: a file may have none


def test_parquet_is_read_too(tmp_path: Path) -> None:
    table = pa.table(
        {
            "user_id": list(range(60)),
            "spend": [x / 7 for x in range(59)] + [None],
            "vip": [True, False] * 30,
        }
    )
    pq.write_table(table, tmp_path / "customers.parquet")

    assert kinds(tmp_path / "customers.parquet") == {
        "user_id": "id",
        "spend": "numeric",
        "vip": "categorical",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("a,b\n", "there is only a header, expected customers"),
        ("1,2\n3,4\n", "the first row holds numbers, expected a header"),
        ("plan\nx\ny\n", "no column holds numbers, expected at least one to name by"),
    ],
)
def test_files_that_make_no_spec_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(text, encoding="utf-8")

    refusal = segment("spec", "init", path, tmp_path / "made.toml").refusal

    assert message in refusal
    assert not (tmp_path / "made.toml").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a CSV or Parquet file"):
        kinds(tmp_path / "nothing.csv")


class TestCommand:
    def test_writes_a_spec_that_check_accepts(self, tmp_path: Path) -> None:
        customers, made = sample_file(tmp_path / "customers.csv", 300), tmp_path / "made.toml"

        written = segment("spec", "init", customers, made)
        checked = segment("spec", "check", made, "--data", customers)

        assert written.code == checked.code == 0, checked.err
        assert "CustomerID: id" in written.err
        assert "300 usable customers" in checked.err
        assert "Annual Income (k$)" in checked.out

    def test_does_not_replace_a_spec_unless_told_so(self, tmp_path: Path) -> None:
        customers, made = sample_file(tmp_path / "customers.csv", 60), tmp_path / "made.toml"
        made.write_text("mine", encoding="utf-8")

        assert segment("spec", "init", customers, made).code == 2
        assert made.read_text(encoding="utf-8") == "mine"
        told = segment("spec", "init", customers, made, "--force", "--json").json
        assert (told["path"], told["rows"]) == (str(made), 60)
        assert told["columns"][0] == {
            "header": "CustomerID",
            "kind": "id",
            "why": "",
            "wrong": 0,
        }

    def test_check_names_the_field_that_is_wrong(self, tmp_path: Path) -> None:
        made = tmp_path / "made.toml"
        segment("spec", "init", sample_file(tmp_path / "customers.csv", 60), made)
        made.write_text(
            made.read_text(encoding="utf-8").replace('"standard"', '"standrad"', 1),
            encoding="utf-8",
        )

        refusal = segment("spec", "check", made).refusal
        assert refusal.startswith('made.toml.features[1].scaling: got "standrad", expected one of')

    def test_check_says_what_training_would_refuse(self, tmp_path: Path) -> None:
        customers = tmp_path / "customers.csv"
        customers.write_text(
            "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)\n"
            "1,Male,30,500,40\n2,Female,30,20,50\n1,Male,31,15,39\n",
            encoding="utf-8",
        )

        outcome = segment("spec", "check", "mall_customers", "--data", customers)

        assert outcome.code == 1
        assert 'column "Age" has one and the same value in all usable rows' in outcome.err
        assert "dropped: 1 duplicate_id" in outcome.err
        assert 'warning: column "Annual Income (k$)": 50% of the rows are outside' in outcome.err

    def test_check_gives_one_json_object(self) -> None:
        told = segment("spec", "check", "rfm", "--json").json

        assert (told["spec"]["name"], told["data"]) == ("rfm", None)
