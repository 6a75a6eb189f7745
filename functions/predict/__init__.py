"""HTTPS -> JSON: the segment of one customer, answered by the champion."""
