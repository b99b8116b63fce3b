"""Seeing and ending sessions."""
