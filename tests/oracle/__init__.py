"""A second, independent count of the indicators, written from the formula texts alone: plain Python over a whole log.

It shares no code with services.statistics, and no SQL.
"""
