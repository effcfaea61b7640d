"""Why a release is refused, in Chinese and English.

ReleaseError
├── RefusedError    it may not be proposed, signed off or exported as things stand
└── NotThereError   no such city, edition or proposal
"""


class ReleaseError(Exception):
    """`code` is stable; `zh` and `en` say what is wrong, where, and what would be right."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.code = code
        self.zh = zh
        self.en = en

    def __reduce__(self) -> tuple[type["ReleaseError"], tuple[str, str, str]]:
        """It may come from another process."""
        return type(self), (self.code, self.zh, self.en)


class RefusedError(ReleaseError):
    pass


class NotThereError(ReleaseError):
    pass
