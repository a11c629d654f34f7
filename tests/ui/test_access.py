"""Who gets in, and under which name."""

import pytest
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from agent.errors import ConfigError
from agent.settings import Settings
from ui import access
from ui.access import USER_HEADER, Gate, check_binding

TOKENS = {"ann": SecretStr("a" * 20), "bob": SecretStr("b" * 20)}


async def _who(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"user={request.headers[USER_HEADER]}")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(socket.headers[USER_HEADER])
    await socket.close()


def client(tokens: dict[str, SecretStr]) -> TestClient:
    inside = Starlette(routes=[Route("/", _who, methods=["GET", "PUT"]), WebSocketRoute("/stream", _socket)])
    return TestClient(Gate(inside, tokens), follow_redirects=False)


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_REFUSAL_DELAY_S", 0.0)


def test_on_the_own_machine_everyone_is_the_local_user() -> None:
    assert client({}).get("/", headers={USER_HEADER: "ann"}).text == "user="


def test_without_a_token_there_is_the_way_to_sign_in_and_nothing_else() -> None:
    guest = client(TOKENS)
    assert guest.get("/").status_code == 401 and "Your token" in guest.get("/").text
    assert guest.put("/", content="x").status_code == 401
    with pytest.raises(WebSocketDisconnect), guest.websocket_connect("/stream"):
        pass


def test_who_signs_in_is_known_to_pages_and_sockets() -> None:
    guest = client(TOKENS)
    answer = guest.post(access.SIGN_IN_PATH, data={"token": "b" * 20})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "bbbb" not in cookie
    assert guest.get("/", headers={USER_HEADER: "ann"}).text == "user=bob"
    with guest.websocket_connect("/stream") as socket:
        assert socket.receive_text() == "bob"


@pytest.mark.parametrize("token", ["", "c" * 20, "ann", "é"])
def test_a_wrong_token_opens_nothing(token: str) -> None:
    guest = client(TOKENS)
    assert guest.post(access.SIGN_IN_PATH, data={"token": token}).status_code == 401
    assert guest.get("/").status_code == 401


def test_a_huge_sign_in_is_not_read() -> None:
    assert client(TOKENS).post(access.SIGN_IN_PATH, data={"token": "x" * 10_000}).status_code == 413


def test_programs_send_the_token_as_bearer() -> None:
    guest = client(TOKENS)
    assert guest.get("/", headers={"Authorization": f"Bearer {'a' * 20}"}).text == "user=ann"
    assert guest.get("/", headers={"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_loopback_needs_no_token(host: str) -> None:
    check_binding(host, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_others_could_reach_it_so_a_token_is_demanded(host: str) -> None:
    with pytest.raises(ConfigError, match="OPTWRIGHT_UI_TOKENS"):
        check_binding(host, {})
    check_binding(host, TOKENS)


def test_tokens_come_from_the_environment_and_are_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTWRIGHT_UI_TOKENS", '{"ann": "0123456789abcdef"}')
    settings = Settings()
    assert settings.ui_tokens["ann"].get_secret_value() == "0123456789abcdef"
    assert "0123456789abcdef" not in repr(settings)


@pytest.mark.parametrize("tokens", [{"ann": "short"}, {"../x": "0123456789abcdef"}, {"": "0123456789abcdef"}])
def test_weak_tokens_and_names_that_leave_the_folder_are_refused(tokens: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(ui_tokens=tokens)
