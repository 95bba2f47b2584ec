"""Systems of KPUs: start-up, self-test and shut-down.

>>> import stillwater_toplevel
>>> with stillwater_toplevel.SystemSimulator() as system:  # doctest: +ELLIPSIS
...     passed = system.run_self_test()
[SystemSimulator] initializing
[SystemSimulator] initialized with 1 KPU
[SystemSimulator] self-test
[SystemSimulator] self-test: KPU 0: ... of ... checks passed
[SystemSimulator] shutting down
[SystemSimulator] shut down
"""

from stillwater_kpu import __version__

from .system_config import (
    SystemConfig,
    SystemDiff,
    SystemDifference,
    diff_systems,
    system_preset_names,
    validate_system_file,
    validate_system_text,
)
from .system_simulator import SystemSimulator

__all__ = [
    "SystemConfig",
    "SystemDiff",
    "SystemDifference",
    "SystemSimulator",
    "__version__",
    "diff_systems",
    "system_preset_names",
    "validate_system_file",
    "validate_system_text",
]
