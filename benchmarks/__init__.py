"""Measures; ``make bench`` runs them."""
