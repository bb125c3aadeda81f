"""For schemathesis: the key that it calls with, and the network that it calls from, are not what it may try to end."""

import os
from typing import Any

import schemathesis

NOT_TO_BE_ENDED = frozenset(os.environ["GATEHOUSE_NOT_TO_BE_ENDED"].split())
NEVER_WAS = "0" * 12


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    for name, value in (case.path_parameters or {}).items():
        if value in NOT_TO_BE_ENDED:
            case.path_parameters[name] = NEVER_WAS
