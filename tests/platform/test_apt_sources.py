"""Which mirror a machine's apt uses, whatever form its files have."""

from pathlib import Path

import pytest
from private_services.apt_sources import (
    Source,
    acquire_settings,
    mirrors,
    parse_lines,
    parse_stanzas,
    read_sources,
)

DEB822 = """\
Types: deb
# a remark between the fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


def test_deb822_stanzas() -> None:
    assert list(parse_stanzas(DEB822)) == [
        Source("http://mirror.example/debian", "bookworm", ("main",)),
        Source("http://mirror.example/debian", "bookworm-updates", ("main",)),
        Source("http://mirror.example/debian-security", "bookworm-security", ("main",)),
    ]


def test_fields_go_on_in_indented_lines() -> None:
    text = """\
Types: deb
URIs:
 http://a.example/debian
 http://b.example/debian
Suites: sid
Components: main
"""
    assert [source.uri for source in parse_stanzas(text)] == [
        "http://a.example/debian",
        "http://b.example/debian",
    ]


@pytest.mark.parametrize("off", ["no", "No", "false"])
def test_a_disabled_stanza_does_not_count(off: str) -> None:
    text = (
        f"Types: deb\nURIs: http://a.example/debian\nSuites: sid\nComponents: main\nEnabled: {off}"
    )
    assert not list(parse_stanzas(text))


def test_source_packages_do_not_count() -> None:
    text = "Types: deb-src\nURIs: http://a.example/debian\nSuites: sid\nComponents: main"
    assert not list(parse_stanzas(text))
    assert not list(parse_lines("deb-src http://a.example/debian sid main"))


@pytest.mark.parametrize(
    "line",
    [
        "deb http://a.example/debian/ bookworm main contrib",
        "deb [arch=amd64 signed-by=/etc/k.gpg] http://a.example/debian bookworm main contrib # why",
        "  deb\thttp://a.example/debian  bookworm   main contrib",
    ],
)
def test_one_line_form(line: str) -> None:
    assert list(parse_lines(line)) == [
        Source("http://a.example/debian", "bookworm", ("main", "contrib"))
    ]


def test_a_commented_line_does_not_count() -> None:
    assert not list(parse_lines("# deb http://a.example/debian bookworm main"))


def test_a_dated_snapshot_is_a_debian_archive() -> None:
    source = Source("http://s.example/archive/debian/20250520T000000Z", "bookworm", ("main",))
    assert source.is_debian
    assert source.is_snapshot
    assert not Source("http://s.example/debian", "bookworm", ("main",)).is_snapshot


@pytest.mark.parametrize(
    "source",
    [
        Source("https://engine.example/linux/debian", "bookworm", ("stable",)),
        Source("http://archive.example/ubuntu", "noble", ("main", "universe")),
        Source("https://node.example/node_20.x", "nodistro", ("main",)),
    ],
)
def test_other_peoples_archives_are_no_mirror(source: Source) -> None:
    assert mirrors([source]) == []


def test_security_updates_are_kept_apart() -> None:
    sources = list(parse_stanzas(DEB822))
    assert mirrors(sources) == ["http://mirror.example/debian"]
    assert mirrors(sources, security=True) == ["http://mirror.example/debian-security"]


def test_both_forms_and_a_mirror_list_are_read_from_files(tmp_path: Path) -> None:
    listed = tmp_path / "mirrors.txt"
    listed.write_text(
        "# ours\nhttps://near.example/debian/ priority:1\nhttps://far.example/debian\n"
    )
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (tmp_path / "sources.list").write_text(
        "deb http://old.example/debian bookworm main\ndeb cdrom:[x]/ b main\n"
    )
    (folder / "debian.sources").write_text(
        f"Types: deb\nURIs: mirror+file:{listed}\nSuites: bookworm\nComponents: main\n"
    )
    (folder / "off.list.disabled").write_text("deb http://never.example/debian bookworm main\n")
    assert mirrors(read_sources(tmp_path)) == [
        "http://old.example/debian",
        "https://near.example/debian",
        "https://far.example/debian",
    ]


def test_only_settings_about_fetching_are_taken_over() -> None:
    dump = """\
APT::Architecture "amd64";
Acquire "";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::CaInfo "/etc/ssl/own.pem";
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::Packages::Description "x";
DPkg::Post-Invoke:: "rm -rf /var/cache/apt";
"""
    assert acquire_settings(dump).splitlines() == [
        'Acquire::http::Proxy "http://proxy.example:3128";',
        'Acquire::https::CaInfo "/etc/ssl/own.pem";',
        'Acquire::Check-Valid-Until "false";',
    ]
