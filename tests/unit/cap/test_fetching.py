"""Feeds are fetched within bounds, and never from our own network unless it is allowed."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network

import pytest

from alerts.cap.fetching import FetchError, fetch
from alerts.cap.message import LONGEST
from tests.unit.subscriptions.receiver import Quiet

LOOPBACK = (ip_network("127.0.0.0/8"),)


class Pages(BaseHTTPRequestHandler):
    """Answers by the path."""

    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            target = self.path.removeprefix("/moved") or "/moved"
            self.send_header("Location", target if target != "/inside" else "http://10.0.0.8/")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()
        if self.path == "/endless":
            for _ in range(LONGEST // 65_536 + 2):
                self.wfile.write(b"x" * 65_536)
        else:
            self.wfile.write(b"<alert/>")

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    with Quiet(("127.0.0.1", 0), Pages) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_document_is_fetched_through_a_redirect(pages: str) -> None:
    assert fetch(f"{pages}/a", LOOPBACK) == b"<alert/>"
    assert fetch(f"{pages}/moved/a", LOOPBACK) == b"<alert/>"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/gone", "answered 404"),
        ("/endless", "expected at most"),
        ("/moved", "redirects"),
        ("/moved/inside", "public address"),
    ],
)
def test_what_is_not_to_be_had_is_a_sentence(pages: str, path: str, sentence: str) -> None:
    with pytest.raises(FetchError, match=sentence):
        fetch(pages + path, LOOPBACK)


def test_our_own_network_is_not_asked_unless_allowed(pages: str) -> None:
    with pytest.raises(FetchError, match="allowed_networks"):
        fetch(pages, ())
    for address in ("file:///etc/passwd", "ftp://x/", "", "http://"):
        with pytest.raises(FetchError, match="expected"):
            fetch(address, LOOPBACK)
