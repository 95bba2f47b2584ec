"""Systems of KPUs: start-up, self-test and shut-down.

>>> import stillwater_toplevel
>>> with stillwater_toplevel.SystemSimulator() as system:
...     passed = system.run_self_test()
"""

from stillwater_kpu import __version__

from .system_simulator import SystemSimulator

__all__ = ["SystemSimulator", "__version__"]
