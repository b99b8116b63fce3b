"""Secrets, randomness, signatures, password hashes, tokens."""
