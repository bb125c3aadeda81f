"""Whether the process is about to end. What takes long asks between two pieces of work, and returns."""

from threading import Event
from typing import Final

stopping: Final = Event()
