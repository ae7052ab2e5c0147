"""A person sees it: a level that a device publishes becomes an alert on the page."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.city.town import Town
from tests.postgis.register import LEVEL_GAUGE, REACH

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
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
def page(town: Town, browser: Browser) -> Iterator[Page]:
    """The map of a running town; it fails on any request to another host."""
    town.start_ingest()
    town.start("serve", "--anonymous", "operator")
    town.until(lambda: "healthy" in _status(town), "the town is healthy")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.set_default_timeout(_PATIENCE_MS)
    opened = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("requestfailed", lambda request: wrong.extend(_failure(request)))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    opened.goto(town.settings.http_url)
    expect(opened.get_by_test_id("connection")).to_contain_text("实时", timeout=_PATIENCE_MS)
    opened.wait_for_function("() => window.citytwin?.().mapLoaded", timeout=_PATIENCE_MS)
    yield opened
    context.close()
    ours = town.settings.http_url.removeprefix("http://")
    hosts = {url.split("/")[2] for url in asked if not url.startswith(("blob:", "data:"))}
    assert hosts == {ours}
    assert wrong == []


def test_a_published_level_is_an_alert_that_a_person_can_read(
    town: Town, page: Page, record_property: Callable[[str, object], None]
) -> None:
    with town.publisher() as publisher:
        started = time.monotonic()
        payload = {"ts": int(time.time() * 1000), "level": 3.4}
        publisher.send(f"citytwin/v1/{LEVEL_GAUGE}/telemetry", json.dumps(payload))
        row = page.locator(f'[data-testid="alert-row"][data-entity="{REACH}"]')
        row.wait_for(timeout=_PATIENCE_MS)
        seconds = time.monotonic() - started
    record_property("publish_to_page_s", round(seconds, 3))

    expect(row).to_have_attribute("data-level", "yellow")
    expect(row).to_have_attribute("data-domain", "flood")
    for part in ("茅洲河1段", "3.4", "3", "黄"):
        expect(row).to_contain_text(part)
    assert seconds < 10


def test_a_person_acknowledges_and_closes_on_the_page(town: Town, page: Page) -> None:
    with town.publisher() as publisher:
        payload = {"ts": int(time.time() * 1000), "level": 3.4}
        publisher.send(f"citytwin/v1/{LEVEL_GAUGE}/telemetry", json.dumps(payload))
    page.locator(f'[data-testid="alert-row"][data-entity="{REACH}"]').click()
    expect(page.get_by_test_id("panel")).to_contain_text("440311-8202-000001")
    page.get_by_test_id("action-acknowledged").click()
    town.until(lambda: town.ask("SELECT state FROM alert") == "acknowledged", "acknowledged")
    page.get_by_test_id("verdict").select_option("confirmed")
    page.get_by_test_id("verdict-reason").fill("已排水")
    page.get_by_test_id("action-closed").click()
    town.until(lambda: town.ask("SELECT state FROM alert") == "closed", "closed")


def test_the_page_speaks_english_too(town: Town, page: Page) -> None:
    assert town.settings.http_url in page.url
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("connection")).to_contain_text("ive")


def _status(town: Town) -> str:
    process = town.start("status")
    process.wait(30)
    return town.log_of("status").rsplit("\n", 2)[-2] if town.log_of("status") else ""


def _failure(request: Request) -> list[str]:
    # The map takes tiles back that have left the picture before they came.
    if request.failure == "net::ERR_ABORTED" and "/tiles/" in request.url:
        return []
    return [f"{request.url}: {request.failure}"]
