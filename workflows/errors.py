"""Everything that can be wrong with a definition or a policy pack, found when it is loaded.

* WorkflowError
  + DefinitionError      a workflow file; names the file, the line and what would be right
  + PolicyError          what no policy pack says
    - PackError          a policy pack that cannot stand; names the fault, the file, the line and how to mend it
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
    """A rule, a flag, a word or a line was asked for that no pack has."""


class PackError(PolicyError):
    """A pack that cannot stand: the name of the fault, its file and line, what to say in Chinese and English."""

    def __init__(self, fault: str, place: str, message: str) -> None:
        super().__init__(f"{place}: {fault}: {message}")
        self.fault = fault


class UnreadableError(WorkflowError):
    """What stands in a file cannot be read, so that nothing can be said of what it means."""


class UnknownDefinitionError(WorkflowError):
    """A case or an event names a workflow that is not loaded."""
