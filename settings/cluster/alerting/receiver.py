"""Where alerts are delivered, by what is spoken there."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from settings.cluster.alerting.secret_key import SecretKey
from settings.validation.issues import MISSING, Issue
from settings.validation.section import Flag, Section
from settings.values.text import DnsLabel, MetricsEndpoint, matching, named_text

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
MailAddress = Annotated[
    str,
    matching(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_HOST}", "an e-mail address such as team@example.org"),
    named_text("e-mail address"),
]
_MailServer = Annotated[
    str, matching(rf"{_HOST}:[1-9][0-9]{{0,4}}", "host and port, such as smtp.example.org:587"), named_text("host:port")
]
_Word = Annotated[str, matching(r"[!-~]{1,200}", "text without spaces", str.strip), named_text("text")]


class _Receiver(Section):
    name: DnsLabel
    """Name that routes refer to."""


class WebhookReceiver(_Receiver):
    """A server that takes Alertmanager's own JSON: an adapter, such as DingTalk's, or the receiver of a heartbeat."""

    type: Literal["webhook"]
    """What is spoken."""
    url: MetricsEndpoint | None = None
    """Address that needs no secret."""
    url_secret: SecretKey | None = None
    """Address that is a secret itself, as it carries a token."""

    def issues(self) -> Iterator[Issue]:
        """Check that there is one address."""
        if self.url is None and self.url_secret is None:
            yield Issue(path=("url",), found=MISSING, expected="url or urlSecret")
        if self.url is not None and self.url_secret is not None:
            yield Issue(path=("url",), found="url and urlSecret", expected="one of them")


class EmailReceiver(_Receiver):
    """Mailboxes."""

    type: Literal["email"]
    """What is spoken."""
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1)]
    """Addresses of the mailboxes."""
    from_: MailAddress
    """Address of the sender."""
    server: _MailServer
    """Host and port of the server that takes the mail."""
    username: _Word | None = None
    """Name to log in with; without it, nobody logs in."""
    password_secret: SecretKey | None = None
    """Password to log in with."""
    require_tls: Flag = True
    """Whether to send nothing to a server without STARTTLS."""

    def issues(self) -> Iterator[Issue]:
        """Check that name and password come together."""
        for key, is_set, other in (
            ("passwordSecret", self.password_secret is not None, self.username),
            ("username", self.username is not None, self.password_secret),
        ):
            if not is_set and other is not None:
                yield Issue(path=(key,), found=MISSING, expected="username and passwordSecret, or neither")


class SlackReceiver(_Receiver):
    """An incoming webhook of Slack, or of what takes the same, such as Mattermost."""

    type: Literal["slack"]
    """What is spoken."""
    url_secret: SecretKey
    """Address of the incoming webhook."""
    channel: _Word | None = None
    """Channel, if it is not that of the webhook."""


class PagerDutyReceiver(_Receiver):
    """PagerDuty's Events API v2, or what takes the same."""

    type: Literal["pagerduty"]
    """What is spoken."""
    routing_key_secret: SecretKey
    """Integration key."""
    url: MetricsEndpoint | None = None
    """Address of the API, if it is not PagerDuty's own."""


class WeComReceiver(_Receiver):
    """Messages of an application of WeCom (企业微信); a group's robot takes another format and needs an adapter."""

    type: Literal["wecom"]
    """What is spoken."""
    corporation: _Word
    """ID of the corporation."""
    agent: _Word
    """AgentId of the application."""
    api_secret: SecretKey
    """Secret of the application."""
    to_users: Annotated[tuple[_Word, ...], Field(min_length=1)] = ("@all",)
    """Members that are told."""
    url: MetricsEndpoint | None = None
    """Address of the API, if it is not WeCom's own."""


Receiver = Annotated[
    WebhookReceiver | EmailReceiver | SlackReceiver | PagerDutyReceiver | WeComReceiver, Field(discriminator="type")
]
"""A receiver and its keys, told apart by `type`."""
