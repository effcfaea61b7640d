"""What can go wrong with a backup; said before anything is changed.

LocalError
└── BackupError
    ├── NoBackupError       nothing whole is there, or nothing so old
    ├── WrongKeysError      what the vault wrote could not be read with these keys
    ├── StillRunningError   services use the database that is to be replaced
    └── NoSpaceError        it would not fit
"""

from deploy.local.errors import LocalError


class BackupError(LocalError):
    """A backup cannot be made or used as asked."""


class NoBackupError(BackupError):
    """There is no backup of the kind that is wanted."""


class WrongKeysError(BackupError):
    """The keys are missing, or are not those of the backup."""


class StillRunningError(BackupError):
    """The system runs."""


class NoSpaceError(BackupError):
    """The disk is too small."""
