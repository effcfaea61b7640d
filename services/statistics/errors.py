"""What statistics refuses. Statements of keepers have errors of their own, `feeds.errors`: there are many at once.

StatisticsError
├── CatalogueError        no such target, indicator, city or plan
├── NothingToSendError    a file that would be empty
├── DisclosureError       see `disclosure.errors`
└── ReleaseError          see `releases.errors`
"""


class StatisticsError(Exception):
    """`zh` and `en` say what is wrong, where, and what would be right."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh = zh
        self.en = en

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"
