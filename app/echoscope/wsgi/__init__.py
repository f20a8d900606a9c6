"""Echoscope as a WSGI app: `gunicorn --threads 8 echoscope.wsgi:app`, or on waitress, or on wsgiref.

Any path answers with its `environ`, as the ASGI app answers with its scope; the endpoints, the recorder and the
inspector are the ASGI app's own, run on an event loop in a thread of each process. What WSGI cannot carry is said
where it is asked for: WebSockets, and a live stream on a server that has one thread.

`Echoscope` stands around a WSGI app of your own, as `echoscope.Echoscope` does around one of ASGI.
"""

from .application import Application
from .wrapper import Echoscope

__all__ = ["Application", "Echoscope", "app"]

app = Application()
