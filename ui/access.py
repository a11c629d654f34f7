"""Who may use the app and the tools over HTTP: everyone on the own machine, elsewhere holders of a token only.

The gate stands before the whole app, web sockets and uploads included: people sign in with their token, programs
send it as ``Authorization: Bearer``. The gate tells the pages who asks, by a header that it takes off what comes in.
"""

import asyncio
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from collections.abc import Mapping

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.errors import ConfigError

USER_HEADER = "X-Optwright-User"
SIGN_IN_PATH = "/sign-in"
_COOKIE = "optwright_session"
_COOKIE_LIFETIME_S = 14 * 24 * 3600
_MAX_SIGNED_IN = 1000
_MAX_BODY_BYTES = 4096
_REFUSAL_DELAY_S = 1.0
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Optwright: sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem system-ui; max-width: 22rem; margin: 20vh auto; padding: 1rem; }}
input, button {{ font: inherit; width: 100%; padding: .6rem; margin: .4rem 0; box-sizing: border-box; }}
</style></head><body><h1>Optwright</h1><form method="post" action="{path}">
<label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
<button>Sign in</button></form><p role="alert">{message}</p></body></html>"""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine as only itself can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_binding(host: str, tokens: Mapping[str, SecretStr]) -> None:
    """Refuses to open the app to others without tokens.

    Raises:
        ConfigError: the host can be reached by others and no token is set.
    """
    if not is_loopback(host) and not tokens:
        raise ConfigError(
            f"on {host} others could reach the app; give its users tokens with OPTWRIGHT_UI_TOKENS, such as "
            f"""OPTWRIGHT_UI_TOKENS='{{"ann": "{secrets.token_urlsafe(18)}"}}', or leave --host out"""
        )


def user_of(token: str, tokens: Mapping[str, SecretStr]) -> str | None:
    """The user whose token it is; every token is compared, so that the time taken tells nothing."""
    found = None
    for name, known in tokens.items():
        if hmac.compare_digest(token.encode(), known.get_secret_value().encode()):
            found = name
    return found


class Gate:
    """Lets nobody through to an app but holders of a token, where there are tokens; see the module."""

    def __init__(self, app: ASGIApp, tokens: Mapping[str, SecretStr]) -> None:
        """Stands before `app`; without tokens everyone is the one local user."""
        self._app = app
        self._tokens = tokens
        self._signed_in: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with its user's name, or answers it by the way to sign in."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        user = self._user(scope)
        if user is not None:
            headers = MutableHeaders(raw=list(Headers(scope=scope).raw))
            headers[USER_HEADER] = user
            await self._app({**scope, "headers": headers.raw}, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            response = await self._refusal(Request(scope, receive))
            await response(scope, receive, send)

    def _user(self, scope: Scope) -> str | None:
        if not self._tokens:
            return ""
        connection = HTTPConnection(scope)
        kind, _, token = connection.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return user_of(token.strip(), self._tokens)
        return self._signed_in.get(connection.cookies.get(_COOKIE, ""))

    async def _refusal(self, request: Request) -> Response:
        if request.url.path == SIGN_IN_PATH and request.method == "POST":
            return await self._sign_in(request)
        if request.method != "GET":
            return PlainTextResponse("sign in first", status_code=401)
        return _form("", status_code=200 if request.url.path == SIGN_IN_PATH else 401)

    async def _sign_in(self, request: Request) -> Response:
        if int(request.headers.get("content-length") or _MAX_BODY_BYTES + 1) > _MAX_BODY_BYTES:
            return _form("This is no token.", status_code=413)
        user = user_of(str((await request.form()).get("token", "")), self._tokens)
        if user is None:
            await asyncio.sleep(_REFUSAL_DELAY_S)
            return _form("This token is not known. Ask whoever runs Optwright here for one.", status_code=401)
        key = secrets.token_urlsafe(32)
        self._signed_in[key] = user
        if len(self._signed_in) > _MAX_SIGNED_IN:
            self._signed_in.popitem(last=False)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            _COOKIE,
            key,
            max_age=_COOKIE_LIFETIME_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response


def _form(message: str, *, status_code: int) -> Response:
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    page = _PAGE.format(path=SIGN_IN_PATH, message=message)
    return HTMLResponse(page, status_code=status_code, headers={"Content-Security-Policy": policy})
