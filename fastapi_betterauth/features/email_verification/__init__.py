"""Proving that an address is one's own."""
