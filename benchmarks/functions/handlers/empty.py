"""A function that does nothing: what the runtime itself takes."""


def lambda_handler(event: object, context: object) -> dict[str, object]:
    """Answer."""
    return {"statusCode": 200, "body": ""}
