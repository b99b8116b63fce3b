"""Who is signed in, and for how long."""
