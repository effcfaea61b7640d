"""From cells to what leaves: a release of a city's year or half-year is proposed, checked, signed off and kept.

`grid` lays the true counts on a fixed grid, `checking` keeps back and attacks, `publish` is the way of a release
through its stages, `compare` says what has changed since and who it was, `files` makes the files of a stored edition,
`warning` looks ahead. What was published is never worked out again: all that a file needs is stored with its edition.
"""
