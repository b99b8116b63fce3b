"""The Python client: every endpoint typed, over HTTP or in-process."""
