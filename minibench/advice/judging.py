"""Judging candidates by what classifiers say, each candidate only once."""
