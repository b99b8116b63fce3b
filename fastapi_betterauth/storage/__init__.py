"""Tables, rows, transactions."""
