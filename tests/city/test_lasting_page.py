"""A person scans a label: the phone comes to the entity on the map, or is told why not."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.city.town import Town
from tests.postgis.register import LEVEL_GAUGE, REACH

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
_PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium with software rendering."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def phone(town: Town, browser: Browser) -> Iterator[Page]:
    """A phone in the street, before it has scanned anything; a page's error fails the test."""
    town.start("serve")
    town.until(lambda: _listens(town.settings.http_url), "the web service listens")
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def scan(town: Town, phone: Page, code: object) -> None:
    """Go where a label leads."""
    phone.goto(f"{town.settings.http_url}/e/{code}")


def test_a_label_leads_to_the_entity_on_the_map(town: Town, phone: Page) -> None:
    scan(town, phone, "440311-8202-000001-8")
    assert phone.url == f"{town.settings.http_url}/?entity={REACH}"
    panel = phone.get_by_test_id("panel")
    for part in ("茅洲河1段", "440311-8202-000001-8", "河段 8202"):
        expect(panel).to_contain_text(part, timeout=_PATIENCE_MS)


def test_a_code_typed_into_the_address_of_the_map_is_checked(town: Town, phone: Page) -> None:
    scan(town, phone, LEVEL_GAUGE)
    phone.goto(f"{town.settings.http_url}/?entity=440311-8202-000001-7")
    expect(phone.get_by_text("编码有误").first).to_be_visible(timeout=_PATIENCE_MS)
    expect(phone.get_by_text("check character is 8")).to_be_visible()


def test_an_unknown_entity_is_said_in_words(town: Town, phone: Page) -> None:
    scan(town, phone, "4403118202000900")
    expect(phone.get_by_text("登记册中没有这个编码")).to_be_visible()
    phone.goto(f"{town.settings.http_url}/?entity=4403118202000900")
    panel = phone.get_by_test_id("panel")
    expect(panel).to_contain_text("登记册中没有编码 4403118202000900", timeout=_PATIENCE_MS)


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as asking:
        return asking.connect_ex((parts.hostname, parts.port)) == 0
