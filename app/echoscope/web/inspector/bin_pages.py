"""The pages of bins: the list with the form that makes one, where a key is entered, what a bin answers, its deletion.

Everything is done by forms, so it works without JavaScript; the editor of answers has a live preview with it.
"""

from typing import Final
from urllib.parse import parse_qs, quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ...base.paths import RESERVED
from ..bins.bin import Bin
from ..bins.catalogue import Bins
from ..pages import page
from ..problem import DATA_HEADERS
from ..visitors.access import KEY_COOKIE, Access
from ..visitors.sessions import SESSION_S
from .answers import small_body
from .bins import BinWish, Making, bin_document
from .code import origin_of
from .places import base_of, mounted_at

BINS: Final = RESERVED + "bins"

_FORM_BYTES: Final = 4096
_WRONG: Final = "There is no such bin, or this is not its key."


class BinsPages:
    """The pages over all bins, and those that are open to everybody."""

    def __init__(self, bins: Bins, access: Access, making: Making) -> None:
        self._bins = bins
        self._access = access
        self._making = making

    def routes(self) -> list[BaseRoute]:
        return [
            Route(BINS, self.create, methods=["POST"]),
            Route(BINS, self.list, methods=["GET"]),
            Route(f"{BINS}/", _to_list, methods=["GET"]),
            Route(f"{BINS}/{{name}}/login", self.login, methods=["GET", "POST"]),
            Route(f"{BINS}/{{name}}/logout", self.logout, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        items = [await bin_document(self._bins, one, request) for one in await self._bins.all()]
        return page("bins.html", mounted_at(request.scope), bins=items, profile=self._access.profile)

    async def create(self, request: Request) -> Response:
        """By one click. Where there is a key, it is shown this once."""
        form = parse_qs((await small_body(request, _FORM_BYTES, "A form of this page")).decode("latin-1"))
        one, key = await self._making.make(request, BinWish(name=form.get("name", [""])[0].strip() or None))
        if key is None:
            return RedirectResponse(f"{_address(request, one.name)}/", 303, DATA_HEADERS)
        document = await bin_document(self._bins, one, request)
        link = f"{origin_of(request)}{_address(request, one.name)}/login#token={key}"
        response = page("bin-made.html", mounted_at(request.scope), 201, bin=document, link=link, key=key)
        self._set_key(response, request, one.name, key)
        return response

    async def login(self, request: Request) -> Response:
        """Give the browser its cookie for the key of a bin."""
        name = request.path_params["name"]
        if request.method != "POST":
            return self._login_page(request, name, None, request.query_params.get("next"))
        form = parse_qs((await small_body(request, _FORM_BYTES, "A form of this page")).decode("latin-1"))
        key, target = form.get("token", [""])[0], form.get("next", [""])[0]
        locked = self._access.locked(request.scope)
        if locked is not None:
            response = self._login_page(request, name, f"{locked.detail} Wait a minute.", target, 429)
            response.headers["retry-after"] = str(locked.retry_after_s)
            return response
        one = await self._bins.find(name)
        if one is None or not one.is_opened_by(key):
            self._access.note_wrong(request.scope)
            return self._login_page(request, name, _WRONG, target, 401)
        response = RedirectResponse(mounted_at(request.scope) + _target(target, name), 303, DATA_HEADERS)
        self._set_key(response, request, name, key)
        return response

    async def logout(self, request: Request) -> Response:
        name = request.path_params["name"]
        response = RedirectResponse(f"{_address(request, name)}/login", 303, DATA_HEADERS)
        response.delete_cookie(KEY_COOKIE, path=f"{_address(request, name)}/", httponly=True, samesite="strict")
        return response

    def _login_page(
        self, request: Request, name: str, error: str | None, target: str | None, status_code: int = 200
    ) -> Response:
        return page(
            "bin-login.html", mounted_at(request.scope), status_code, name=name, error=error, next=_target(target, name)
        )

    def _set_key(self, response: Response, request: Request, name: str, key: str) -> None:
        response.set_cookie(
            KEY_COOKIE,
            key,
            max_age=SESSION_S,
            path=f"{_address(request, name)}/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )


class BinPages:
    """The pages of one bin, beside those of its log."""

    def __init__(self, bins: Bins, access: Access, name: str) -> None:
        self._bins = bins
        self._access = access
        self._name = name

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{RESERVED}bins-slash", self.with_slash, methods=["GET"]),
            Route(f"{RESERVED}settings", self.settings, methods=["GET"]),
            Route(f"{RESERVED}delete", self.ask, methods=["GET"]),
            Route(f"{RESERVED}delete", self.delete, methods=["POST"]),
        ]

    async def with_slash(self, request: Request) -> Response:
        return RedirectResponse(f"{base_of(request.scope)}/", 308, DATA_HEADERS)

    async def settings(self, request: Request) -> Response:
        """What the bin answers, and how its sender signs."""
        one = await self._bin()
        return page(
            "bin.html",
            mounted_at(request.scope),
            base=base_of(request.scope),
            bin=await bin_document(self._bins, one, request),
            is_signed_in=self._access.profile == "public",
        )

    async def ask(self, request: Request) -> Response:
        document = await bin_document(self._bins, await self._bin(), request)
        return page("bin-delete.html", mounted_at(request.scope), base=base_of(request.scope), bin=document)

    async def delete(self, request: Request) -> Response:
        await self._bins.delete(self._name)
        is_operator = self._access.profile == "local" or await self._access.session(request.scope) is not None
        return RedirectResponse(mounted_at(request.scope) + (BINS if is_operator else RESERVED), 303, DATA_HEADERS)

    async def _bin(self) -> Bin:
        one = await self._bins.find(self._name)
        if one is None:
            raise HTTPException(404, "There is no such bin.")
        return one


async def _to_list(request: Request) -> Response:
    return RedirectResponse(mounted_at(request.scope) + BINS, 308, DATA_HEADERS)


def _address(request: Request, name: str) -> str:
    return f"{mounted_at(request.scope)}{BINS}/{quote(name)}"


def _target(target: str | None, name: str) -> str:
    """Where to go when the key was right: a path of this bin, whatever a link asked for."""
    home = f"{BINS}/{quote(name)}/"
    return target if target and target.startswith(home) and target.isprintable() else home
