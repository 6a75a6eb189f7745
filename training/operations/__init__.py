"""What the people do who run the deployed system: over its buckets and queues, by boto3 clients."""
