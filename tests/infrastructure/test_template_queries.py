"""The table over the labelled rows has the columns that the score function writes."""

from __future__ import annotations

import pyarrow as pa
import pytest

from engine.layout import empty_layout
from segmentation.numeric import NumericFeature
from tests.support.deployment import RESULTS, SUFFIX, Stack, s3_address
from tests.support.models import SPECS, mall_model, shipped_spec

OUTPUTS = {
    "segment": "int",
    "segment_name": "string",
    "distance": "double",
    "margin": "double",
    "outlier": "boolean",
    "model_version": "string",
}
SPEC_NAMES = sorted(path.stem for path in SPECS.glob("*.toml"))


def columns(stack: Stack) -> dict[str, str]:
    declared = stack["ScoredTable"]["TableInput"]["StorageDescriptor"]["Columns"]
    assert len({one["Name"] for one in declared}) == len(declared)
    return {one["Name"]: one["Type"] for one in declared}


def test_every_shipped_spec_can_be_chosen(stack: Stack) -> None:
    assert sorted(stack.template.body["Parameters"]["Spec"]["AllowedValues"]) == SPEC_NAMES


@pytest.mark.parametrize("name", SPEC_NAMES)
def test_columns_are_the_id_the_features_of_the_spec_and_the_outputs(name: str) -> None:
    spec = shipped_spec(name)
    features = {
        feature.name: "double" if isinstance(feature, NumericFeature) else "string"
        for feature in spec.features
    }

    assert list(columns(Stack(Spec=name)).items()) == [
        *{spec.id.name: "string", **features, **OUTPUTS}.items()
    ]


def test_types_are_those_of_the_files(stack: Stack) -> None:
    # Types that Athena takes for those of Parquet (Athena user guide, "Data types").
    athena = {
        pa.string(): "string",
        pa.float64(): "double",
        pa.int32(): "int",
        pa.bool_(): "boolean",
    }

    def plain(kind: pa.DataType) -> pa.DataType:
        return kind.value_type if pa.types.is_dictionary(kind) else kind

    written = {
        field.name: athena[plain(field.type)] for field in empty_layout(mall_model()).schema()
    }

    assert columns(stack) == written


def test_the_table_lies_over_the_labelled_rows_and_is_read_as_parquet(stack: Stack) -> None:
    table = stack["ScoredTable"]["TableInput"]

    assert (table["Name"], table["TableType"]) == ("scored", "EXTERNAL_TABLE")
    assert table["StorageDescriptor"]["Location"] == f"{s3_address(RESULTS)}/scored/"
    for one in ("InputFormat", "OutputFormat"):
        assert ".parquet." in table["StorageDescriptor"][one]
    library = table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
    assert library == "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    assert stack["ScoredTable"]["DatabaseName"] == "ResultsDatabase"


def test_the_databases_name_is_the_stacks_own_and_one_that_athena_takes() -> None:
    stack = Stack(Prefix="my-shop")

    assert stack["ResultsDatabase"]["DatabaseInput"]["Name"] == f"my_shop_{SUFFIX}"


def test_answers_of_queries_stay_in_no_bucket_and_a_slip_is_not_dear(stack: Stack) -> None:
    settings = stack["QueryWorkGroup"]["WorkGroupConfiguration"]

    assert settings["ManagedQueryResultsConfiguration"] == {"Enabled": True}
    assert "ResultConfiguration" not in settings
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 10**12
