"""Reads where this machine's apt fetches from, to fetch Debian 13 from the same mirror."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_ONE_LINE = re.compile(
    r"deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s*(?P<components>.*)"
)
_MIRROR_FILE = re.compile(r"mirror\+file:(?://)?(?P<path>/.*)")
_SNAPSHOT = re.compile(r"/\d{8}T\d{6}Z$")
_OFF = ("no", "false", "0")


@dataclass(frozen=True, slots=True)
class Source:
    """One place that apt fetches binary packages from."""

    uri: str
    suite: str
    components: tuple[str, ...]

    @property
    def is_debian(self) -> bool:
        """Whether the address looks like a Debian archive, plain or a dated snapshot."""
        path = _SNAPSHOT.sub("", urlsplit(self.uri).path.rstrip("/"))
        return "main" in self.components and path.rpartition("/")[2].startswith("debian")

    @property
    def is_security(self) -> bool:
        """Whether this is the archive of security updates."""
        return self.suite.endswith(("-security", "/updates"))

    @property
    def is_snapshot(self) -> bool:
        """Whether the address names an instant, so that its index files may be out of date."""
        return _SNAPSHOT.search(self.uri.rstrip("/")) is not None


def read_sources(etc_apt: Path = Path("/etc/apt")) -> list[Source]:
    """All sources that apt would use, in the order of its files."""
    found: list[Source] = []
    for path in [etc_apt / "sources.list", *sorted((etc_apt / "sources.list.d").glob("*"))]:
        if path.suffix not in (".list", ".sources") or not path.is_file():
            continue
        text = path.read_text("utf-8", "replace")
        found += parse_stanzas(text) if path.suffix == ".sources" else parse_lines(text)
    return [expanded for source in found for expanded in _expand(source)]


def parse_lines(text: str) -> Iterator[Source]:
    """The one-line form: `deb [options] uri suite component…`."""
    for raw in text.splitlines():
        if match := _ONE_LINE.fullmatch(raw.partition("#")[0].strip()):
            yield Source(
                match["uri"].rstrip("/"), match["suite"], tuple(match["components"].split())
            )


def parse_stanzas(text: str) -> Iterator[Source]:
    """The deb822 form: stanzas of `Field: value` with continued lines."""
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = _fields(stanza.splitlines())
        if (
            "deb" not in fields.get("types", "").split()
            or fields.get("enabled", "yes").lower() in _OFF
        ):
            continue
        components = tuple(fields.get("components", "").split())
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(uri.rstrip("/"), suite, components)


def _fields(lines: Iterable[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.startswith("#"):
            continue
        if line[:1] in (" ", "\t"):
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
        elif ":" in line:
            key, _, value = line.partition(":")
            name = key.strip().lower()
            fields[name] = value.strip()
    return fields


def _expand(source: Source) -> Iterator[Source]:
    """A list of mirrors in a file becomes those mirrors; only http and https addresses stay."""
    uris = [source.uri]
    if match := _MIRROR_FILE.fullmatch(source.uri):
        listed = Path(match["path"])
        lines = listed.read_text("utf-8").splitlines() if listed.is_file() else []
        uris = [words[0] for line in lines if (words := line.partition("#")[0].split())]
    for uri in uris:
        if uri.startswith(("http://", "https://")):
            yield Source(uri.rstrip("/"), source.suite, source.components)


def mirrors(sources: Iterable[Source], *, security: bool = False) -> list[str]:
    """Addresses of Debian archives among the sources, each once, first named first."""
    fitting = (s.uri for s in sources if s.is_debian and s.is_security == security)
    return list(dict.fromkeys(fitting))


def acquire_settings(dump: str) -> str:
    """The lines of `apt-config dump` that say how to fetch: proxies, certificates, age checks."""
    names = (
        "proxy",
        "cainfo",
        "capath",
        "verify-",
        "sslcert",
        "sslkey",
        "check-valid-until",
        "check-date",
    )
    kept = []
    for line in dump.splitlines():
        key, _, value = line.partition(" ")
        lowered = key.lower()
        if (
            lowered.startswith("acquire::")
            and any(n in lowered for n in names)
            and value not in ('"";', "")
        ):
            kept.append(line)
    return "".join(f"{line}\n" for line in kept)
