"""Why a release is refused, in Chinese and English.

ReleaseError
├── RefusedError    it may not be proposed, signed off or exported as things stand
└── NotThereError   no such city, edition or proposal
"""

from services.statistics.errors import StatisticsError


class ReleaseError(StatisticsError):
    """`code` is stable."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.args = code, zh, en  # with which it is made anew when it comes from another process
        self.code = code


class RefusedError(ReleaseError):
    pass


class NotThereError(ReleaseError):
    pass
