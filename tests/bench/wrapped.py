"""The hello app in an Echoscope: recorded, and with recording paused."""

from echoscope import Echoscope

from .apps import hello

recorded = Echoscope(hello, enabled=True)

paused = Echoscope(hello, enabled=True)
paused.recording = False
