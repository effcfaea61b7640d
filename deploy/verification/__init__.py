"""The invariants of the whole system, each a named check: what `liandong verify` and the chaos runs ask."""
