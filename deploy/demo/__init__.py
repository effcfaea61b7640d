"""`make demo`: the whole system, a week of reports in five cities, and the year after it."""

from deploy.demo.demo import run

__all__ = ["run"]
