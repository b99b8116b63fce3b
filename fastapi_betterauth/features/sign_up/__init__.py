"""Signing up with e-mail and password."""
