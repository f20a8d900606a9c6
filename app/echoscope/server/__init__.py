"""A server that can stand on the internet: uvicorn, with its protocol classes subclassed.

Bounds on heads, bodies, times and unread bytes, answers in JSON for what breaks them, and an orderly end. Knows ASGI
apps and sockets, nothing of Echoscope. HTTP/2 is in `http2`, which is imported where it is asked for: it needs a
package more. What only one other server can do (HTTP/3, say) is left to that server: everything above this package
runs on any ASGI server.
"""

from .config import Config
from .http import HttpProtocol
from .limits import Limits
from .listen import listen, urls
from .server import Server, serve

__all__ = ["Config", "HttpProtocol", "Limits", "Server", "listen", "serve", "urls"]
