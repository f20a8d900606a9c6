"""For Django, on the server of the standard library: `python -m … PORT [trust]`."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

TRUSTING = {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"), "USE_X_FORWARDED_HOST": True}


def believed(request: HttpRequest) -> JsonResponse:
    answer = {"client": request.META["REMOTE_ADDR"], "scheme": request.scheme, "host": request.get_host()}
    return JsonResponse(answer)


urlpatterns = [path("", believed)]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def address_string(self) -> str:
        return str(self.client_address[0])


if __name__ == "__main__":
    options = TRUSTING if "trust" in sys.argv else {}
    settings.configure(ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"], SECRET_KEY="x" * 50, **options)
    make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), handler_class=Quiet).serve_forever()
