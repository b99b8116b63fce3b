"""Ways of signing in that belong to a user."""
