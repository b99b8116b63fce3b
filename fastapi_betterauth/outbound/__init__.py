"""Requests that the server itself makes: bounded in time and size, never redirected, never into a private network."""
