"""The code lists: English codes that travel, Chinese labels that people read. One module per family of cases.

A list is closed for whoever writes and open for whoever reads: `Listed[Situation]` refuses an unknown code, unless the
message is being read with `READING` as the validation context; then the code stays a plain string.
"""

from contracts.codes.children import *  # noqa: F403
from contracts.codes.dv import *  # noqa: F403
from contracts.codes.figures import *  # noqa: F403
from contracts.codes.harm import *  # noqa: F403
from contracts.codes.health import *  # noqa: F403
from contracts.codes.lists import *  # noqa: F403
from contracts.codes.people import *  # noqa: F403
from contracts.codes.units import *  # noqa: F403
from contracts.codes.work import *  # noqa: F403
