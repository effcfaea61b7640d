"""Everything that can be wrong with a definition or a policy pack, found when it is loaded.

* WorkflowError
  + DefinitionError      a workflow file; names the file, the line and what would be right
  + PolicyError          a policy pack; names the rule and its jurisdiction
  + UnreadableError      a file that is no YAML, or says a thing twice; names the file and the line
  + UnknownDefinitionError  no such workflow or version

A refused trigger is not an error: `decide` returns a `Rejection`.
"""


class WorkflowError(Exception):
    """Base of all."""


class DefinitionError(WorkflowError):
    """`proof` is the name of the proof that failed."""

    def __init__(self, proof: str, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {proof}: {message}")
        self.proof = proof


class PolicyError(WorkflowError):
    """A rule that cannot stand: unknown, contradictory, or looser than the law above it."""


class UnreadableError(WorkflowError):
    """What stands in a file cannot be read, so that nothing can be said of what it means."""


class UnknownDefinitionError(WorkflowError):
    """A case or an event names a workflow that is not loaded."""
