"""Intrinsic functions, with the answers that the CloudFormation reference gives."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.errors import TemplateError
from infra.local.intrinsics import Resolver

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/s/0-1-2-3-abc"

resolver = Resolver(
    references={"Prefix": "shop", "AWS::StackId": STACK_ID, "Bucket": "shop-bucket", "Days": "30"},
    attributes={"Bucket.Arn": "arn:aws:s3:::shop-bucket"},
    conditions={
        "Yes": {"Fn::Equals": [{"Ref": "Prefix"}, "shop"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "One": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
    },
    mappings={"Wait": {"30": {"Seconds": 90}}},
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        (7, 7),
        ({"Ref": "Prefix"}, "shop"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::shop-bucket"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "arn:aws:s3:::shop-bucket"),
        (
            {"Fn::Sub": "${Prefix}/${Bucket.Arn}/${!Prefix}"},
            "shop/arn:aws:s3:::shop-bucket/${Prefix}",
        ),
        ({"Fn::Sub": ["${Prefix}-${Own}", {"Own": {"Ref": "Days"}}]}, "shop-30"),
        ({"Fn::Join": [":", ["a", {"Ref": "Prefix"}, 1]]}, "a:shop:1"),
        ({"Fn::Select": [4, {"Fn::Split": ["-", {"Ref": "AWS::StackId"}]}]}, "2"),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::FindInMap": ["Wait", {"Ref": "Days"}, "Seconds"]}, 90),
        ({"Fn::If": ["Yes", {"Ref": "Prefix"}, "other"]}, "shop"),
        ({"Fn::If": ["No", {"Ref": "nothing of that name"}, "other"]}, "other"),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["One", 1, 2]}, 1),
        ({"Kept": 1, "Gone": {"Ref": "AWS::NoValue"}}, {"Kept": 1}),
        ([{"Ref": "AWS::NoValue"}, {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, 2], [2]),
        ({"Effect": "Deny", "Condition": {"Bool": {"a": "b"}}},) * 2,
    ],
)
def test_each_function_gives_what_the_reference_says(value: Any, expected: Any) -> None:
    assert resolver.resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Ref": "Nobody"}, "Ref Nobody"),
        ({"Fn::GetAtt": ["Bucket", "Name"]}, "GetAtt Bucket.Name"),
        ({"Fn::Sub": "${Nobody}"}, "Ref Nobody"),
        ({"Fn::If": ["Nowhere", 1, 2]}, "no condition Nowhere"),
        ({"Fn::Base64": "x"}, "Fn::Base64: this intrinsic function is not handled"),
        ({"Ref": "AWS::NoValue"}, "AWS::NoValue cannot stand alone"),
    ],
)
def test_what_cannot_be_worked_out_is_named(value: Any, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        resolver.resolve(value)


def test_conditions_are_decided_and_all_else_stays() -> None:
    value = {"A": {"Fn::If": ["Yes", [{"Ref": "Prefix"}, {"Ref": "AWS::NoValue"}], 0]}, "B": 1}

    assert resolver.without_conditions(value) == {"A": [{"Ref": "Prefix"}], "B": 1}
