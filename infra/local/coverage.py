"""Which resource types of the template exist on this machine, and how.

Every type of the translated template is in exactly one of the three tables; a test says so. moto's
CloudFormation passes over a type or a property that it does not know without a word, so whatever is
missing has to be listed here to be seen.
"""

from __future__ import annotations

# Created by moto's CloudFormation from the template.
CREATED = frozenset(
    {
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::StepFunctions::StateMachine",
    }
)

# Unknown to moto's CloudFormation, or of no use there: done by the local stack from the translated
# template's own properties.
APPLIED = {
    "AWS::SQS::QueuePolicy": "set as the queue's attribute (leftovers.py)",
    "AWS::Lambda::EventSourceMapping": (
        "poller.py; moto's own mapping takes the messages but runs them in Docker only"
    ),
    "AWS::ApiGatewayV2::Api": "gateway.py",
    "AWS::ApiGatewayV2::Integration": "routes.py",
    "AWS::ApiGatewayV2::Route": "routes.py",
    "AWS::ApiGatewayV2::Stage": "routes.py; throttling and access logs are left out",
}

# Not here, and why.
NOT_LOCAL = {
    "AWS::S3::BucketPolicy": (
        "ours refuse requests without TLS, and the stack on loopback has none; moto would refuse "
        "every request, since it reads a condition that is not met as a refusal"
    ),
    "AWS::Lambda::Permission": "nothing here asks for permission before it calls a function",
    "AWS::ApiGatewayV2::Authorizer": (
        "requests are not authorised here: whoever can reach loopback may call the API"
    ),
    "AWS::CloudWatch::Alarm": "the functions' metrics are lines in their logs; nobody sums them up",
    "AWS::CloudWatch::Dashboard": "as the alarms",
    "AWS::SNS::Topic": "nothing raises an alarm",
    "AWS::SNS::TopicPolicy": "nothing raises an alarm",
    "AWS::SNS::Subscription": "nothing raises an alarm",
    "AWS::Athena::WorkGroup": "moto's Athena answers no query; DuckDB does (README)",
    "AWS::Glue::Database": "only Athena would read it",
    "AWS::Glue::Table": "only Athena would read it",
}

# The same for the properties of a bucket, of which moto's CloudFormation takes only a few.
BUCKET_CREATED = frozenset({"BucketName", "BucketEncryption", "Tags"})
BUCKET_APPLIED = frozenset(
    {
        "LifecycleConfiguration",
        "NotificationConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "VersioningConfiguration",
    }
)
BUCKET_NOT_LOCAL = {
    "LoggingConfiguration": "S3 access logs go to a bucket outside of the template",
}
