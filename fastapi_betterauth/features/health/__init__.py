"""Whether the server is up, and the page for failed flows."""
