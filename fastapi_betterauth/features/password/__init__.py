"""Resetting, changing, setting and checking passwords."""
