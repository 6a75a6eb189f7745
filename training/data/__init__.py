"""Customers to train with: where they are read, judged and counted once, or made up."""
