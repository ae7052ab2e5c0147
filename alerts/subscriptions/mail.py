"""Sends a notice as a mail: text in one or both languages, one thread for each incident."""

import re
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from alerts.subscriptions.config import MailConfig
from alerts.subscriptions.outcome import Delivered, Letter, Outcome, Refused, TryLater
from alerts.subscriptions.subscription import Subscription

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_LONGEST_SUBJECT = 150
_PERMANENT = 500
_TAGS = {"zh": "zh-CN", "en": "en"}


class MailAddressError(ValueError):
    """A text that is no mail address. Give one like name@example.org."""


def parse_addresses(text: str) -> list[str]:
    """Read mail addresses that commas separate (RFC 5321, 4.1.2, without quoted names).

    Raises:
        MailAddressError: one of them is none.
    """
    found = [part.strip() for part in text.split(",")]
    for one in found:
        local = one.partition("@")[0]
        if not _ADDRESS.fullmatch(one) or local.startswith(".") or ".." in one:
            raise MailAddressError(f"mail address {one[:200]!r}: expected one like a@example.org")
    return found


def compose(
    config: MailConfig, subscription: Subscription, letter: Letter, now: datetime
) -> EmailMessage:
    """Return the mail of a notice.

    The Message-ID is of the notice, so that a repetition is known; all mails about one incident
    refer to one id that stands for it (RFC 5322, 3.6.4), which makes them one thread.
    """
    domain = config.sender.partition("@")[2]
    local, _, host = config.sender.partition("@")
    mail = EmailMessage()
    mail["From"] = Address("CityTwin", local, host)
    mail["To"] = ", ".join(parse_addresses(subscription.target))
    mail["Subject"] = _one_line(_subject(letter.body, subscription.language))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{letter.number}@{domain}>"
    if letter.subjects:
        roots = [f"<{subject.replace(':', '-')}@{domain}>" for subject in letter.subjects[:20]]
        mail["In-Reply-To"] = roots[0]
        mail["References"] = " ".join(roots)
    mail["Auto-Submitted"] = "auto-generated"
    _add_texts(mail, letter.body, subscription.language)
    return mail


def _add_texts(mail: EmailMessage, body: Mapping[str, Any], language: str) -> None:
    """Add the text of each language as a part that says which one it is (RFC 3282)."""
    if language != "both":
        mail.set_content(body[f"text_{language}"], cte="base64")
        mail["Content-Language"] = _TAGS[language]
        return
    for one, tag in _TAGS.items():
        mail.add_attachment(body[f"text_{one}"], cte="base64", disposition="inline")
        part = list(mail.iter_parts())[-1]
        part["Content-Language"] = tag


def _subject(body: Mapping[str, Any], language: str) -> str:
    titles = {"zh": [body["title_zh"]], "en": [body["title_en"]]}
    return " / ".join(titles.get(language, [body["title_zh"], body["title_en"]]))


def _one_line(text: str) -> str:
    """Return text that cannot begin another header."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain[:_LONGEST_SUBJECT]


class MailCarrier:
    """Sends notices of the kind ``email``."""

    def __init__(self, config: MailConfig | None) -> None:
        self._config = config

    def send(self, subscription: Subscription, letter: Letter, now: datetime) -> Outcome:
        """Hand a mail to the server and wait until it has it."""
        if self._config is None:
            return TryLater("no mail server: expected notices.mail in citytwin.toml")
        mail = compose(self._config, subscription, letter, now)
        try:
            with _connected(self._config) as server:
                lost = server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            return _refusal(error.recipients)
        except smtplib.SMTPResponseException as error:
            return _judged(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            return TryLater(f"mail server: {error!r}")
        # Some have it: to send it again would double it for them.
        return Delivered() if not lost else Refused(f"not for {', '.join(sorted(lost))}")


def _connected(config: MailConfig) -> smtplib.SMTP:
    if config.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            config.host, config.port, timeout=config.timeout_s, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(config.host, config.port, timeout=config.timeout_s)
    try:
        if config.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if config.username is not None and config.password_file is not None:
            password = config.password_file.read_text(encoding="utf-8").strip()
            server.login(config.username, password)
    except BaseException:
        server.close()
        raise
    return server


def _refusal(recipients: Mapping[str, tuple[int, bytes]]) -> Outcome:
    code, said = min(recipients.values())
    return _judged(code, said)


def _judged(code: int, said: bytes | str) -> Outcome:
    """Return what a reply means: 5xx is for good, anything else may pass (RFC 5321, 4.2.1)."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    sentence = f"mail server answered {code} {text[:200]!r}"
    return Refused(sentence) if code >= _PERMANENT else TryLater(sentence)
