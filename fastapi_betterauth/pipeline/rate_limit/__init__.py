"""How often somebody may ask (security sheet §4)."""
