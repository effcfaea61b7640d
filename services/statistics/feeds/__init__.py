"""What statistics is told from outside: denominators, and the year's values of the plans' own tables.

Both come as events, as CSV and by HTTP, and are treated alike: checked one by one, compared with what was stated
before, and kept for good. A correction is a higher revision; the newest counts.
"""
