"""``python -m inferencectl``."""

import gc
import signal

# Nothing has begun yet: Ctrl-C ends the process, and shows no lines of what is being imported.
_interrupted = signal.getsignal(signal.SIGINT)
if _interrupted is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

# The imports make hundreds of thousands of objects that all stay. Looking for garbage among them, then and later, took
# a third of the CPU time of `policy` (2.9 s, and 1.9 s without).
gc.disable()

from inferencectl.command_line import main  # noqa: E402 - after the collector, which would interrupt it

gc.freeze()
gc.enable()
gc.set_threshold(100_000)
signal.signal(signal.SIGINT, _interrupted)

main()
