"""`make demo`: the whole system, a week of reports in 乐清 and 鹿城, and the year after it."""

from deploy.demo.demo import run

__all__ = ["run"]
