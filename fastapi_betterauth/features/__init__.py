"""What the product does without plugins: one slice per topic."""
