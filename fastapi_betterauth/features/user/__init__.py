"""Changing and deleting one's own account."""
