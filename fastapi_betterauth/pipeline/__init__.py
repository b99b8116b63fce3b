"""The way of a request, from the first check to the last cookie."""
