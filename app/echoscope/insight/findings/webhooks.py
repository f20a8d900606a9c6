"""Webhooks: who sends them, how they are signed, which attempt it is, and how far the clocks are apart.

A signature is not checked here: nothing knows a secret. What is told comes from the names of headers, as the vendors
document them.
"""

# ruff: noqa: E501  a row is a row

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ..headers.moments import duration, http_date
from .facts import Facts, HttpMessage
from .finding import Remark, seen, spelled

TOLERANCE_S: Final = 300
"""What the vendors' libraries allow between a signature and its check."""

_YEARS_S: Final = (946_684_800, 4_102_444_800)
"""From the year 2000 to 2100: another number is no time in seconds."""


_GITLAB: Final = "https://docs.gitlab.com/user/project/integrations/webhooks/"


class Vendor(NamedTuple):
    """`signature`: the header that tells the vendor. `stamp`: the header with the time of signing, in seconds or
    milliseconds since 1970 or in RFC 3339, with the key of a pair in it where it holds pairs."""

    name: str
    signature: str
    scheme: str
    reference: str
    stamp: str = ""
    key: str = ""

    def sent(self, request: HttpMessage) -> bool:
        return request.has(self.signature) and (not self.stamp or request.has(self.stamp))


# fmt: off
VENDORS: Final = (
    Vendor("Stripe", "stripe-signature", "HMAC-SHA256 in hex of TIME.BODY, as t=TIME,v1=HEX", "https://docs.stripe.com/webhooks", "stripe-signature", "t"),
    Vendor("Slack", "x-slack-signature", "HMAC-SHA256 in hex of v0:TIME:BODY, as v0=HEX", "https://docs.slack.dev/authentication/verifying-requests-from-slack", "x-slack-request-timestamp"),
    Vendor("Shopify", "x-shopify-hmac-sha256", "HMAC-SHA256 in base64 of the body", "https://shopify.dev/docs/apps/build/webhooks/subscribe/https"),
    Vendor("SendGrid", "x-twilio-email-event-webhook-signature", "ECDSA over SHA-256 in base64 of TIME and body", "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features", "x-twilio-email-event-webhook-timestamp"),
    Vendor("Twilio", "x-twilio-signature", "HMAC-SHA1 in base64 of the URL and the sorted form fields", "https://www.twilio.com/docs/usage/security"),
    Vendor("GitLab", "x-gitlab-token", "the secret itself, to be compared", _GITLAB),
    Vendor("Zoom", "x-zm-signature", "HMAC-SHA256 in hex of v0:TIME:BODY, as v0=HEX", "https://developers.zoom.us/docs/api/webhooks/", "x-zm-request-timestamp"),
    Vendor("Discord", "x-signature-ed25519", "Ed25519 in hex of TIME and body, with the application's public key", "https://discord.com/developers/docs/interactions/overview", "x-signature-timestamp"),
    Vendor("Svix", "svix-signature", "HMAC-SHA256 in base64 of ID.TIME.BODY, as v1,BASE64", "https://docs.svix.com/receiving/verifying-payloads/how-manual", "svix-timestamp"),
    Vendor("a sender of Standard Webhooks", "webhook-signature", "HMAC-SHA256 or Ed25519 in base64 of ID.TIME.BODY, as v1,BASE64 or v1a,BASE64", "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md", "webhook-timestamp"),
    Vendor("Paddle", "paddle-signature", "HMAC-SHA256 in hex of TIME:BODY, as ts=TIME;h1=HEX", "https://developer.paddle.com/webhooks/signature-verification", "paddle-signature", "ts"),
    Vendor("Square", "x-square-hmacsha256-signature", "HMAC-SHA256 in base64 of the notification URL and the body", "https://developer.squareup.com/docs/webhooks/step3validate"),
    Vendor("PayPal", "paypal-transmission-sig", "RSA over SHA-256 in base64 of ID|TIME|WEBHOOK-ID|CRC32 of the body", "https://developer.paypal.com/api/rest/webhooks/rest/", "paypal-transmission-time"),
    Vendor("Twitch", "twitch-eventsub-message-signature", "HMAC-SHA256 in hex of ID, TIME and body, as sha256=HEX", "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/", "twitch-eventsub-message-timestamp"),
    Vendor("Linear", "linear-signature", "HMAC-SHA256 in hex of the body", "https://linear.app/developers/webhooks"),
    Vendor("HubSpot", "x-hubspot-signature-v3", "HMAC-SHA256 in base64 of method, URI, body and TIME", "https://developers.hubspot.com/docs/api/webhooks/validating-requests", "x-hubspot-request-timestamp"),
    Vendor("Typeform", "typeform-signature", "HMAC-SHA256 in base64 of the body, as sha256=BASE64", "https://www.typeform.com/developers/webhooks/secure-your-webhooks/"),
    Vendor("Calendly", "calendly-webhook-signature", "HMAC-SHA256 in hex of TIME.BODY, as t=TIME,v1=HEX", "https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures", "calendly-webhook-signature", "t"),
    Vendor("Zendesk", "x-zendesk-webhook-signature", "HMAC-SHA256 in base64 of TIME and body", "https://developer.zendesk.com/documentation/webhooks/verifying/", "x-zendesk-webhook-signature-timestamp"),
    Vendor("DocuSign", "x-docusign-signature-1", "HMAC-SHA256 in base64 of the body", "https://developers.docusign.com/platform/webhooks/connect/hmac/"),
    Vendor("Dropbox", "x-dropbox-signature", "HMAC-SHA256 in hex of the body", "https://www.dropbox.com/developers/reference/webhooks"),
    Vendor("LINE", "x-line-signature", "HMAC-SHA256 in base64 of the body", "https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/"),
    Vendor("Telegram", "x-telegram-bot-api-secret-token", "the secret itself, to be compared", "https://core.telegram.org/bots/api#setwebhook"),
    Vendor("Vercel", "x-vercel-signature", "HMAC-SHA1 in hex of the body", "https://vercel.com/docs/webhooks/webhooks-api"),
    Vendor("WooCommerce", "x-wc-webhook-signature", "HMAC-SHA256 in base64 of the body", "https://woocommerce.com/document/webhooks/"),
    Vendor("PagerDuty", "x-pagerduty-signature", "HMAC-SHA256 in hex of the body, as v1=HEX", "https://developer.pagerduty.com/docs/verifying-webhook-signatures"),
    Vendor("Sentry", "sentry-hook-signature", "HMAC-SHA256 in hex of the body", "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/", "sentry-hook-timestamp"),
)
# fmt: on
"""Senders that one header of their own tells."""

_GITHUB: Final = "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"
_GITEA: Final = "https://docs.gitea.com/usage/webhooks"
_META: Final = "https://developers.facebook.com/docs/graph-api/webhooks/getting-started"
_BITBUCKET: Final = "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/"
_MAILGUN: Final = "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks"
_SNS: Final = "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"
_RAW: Final = "Check it over the bytes as they came, before any parser, and compare in constant time."
_HUB: Final = "HMAC-SHA256 in hex of the body, as sha256=HEX"

_ATTEMPTS: Final = (
    ("x-slack-retry-num", 1, "x-slack-retry-reason"),
    ("square-retry-number", 1, "square-retry-reason"),
    ("twitch-eventsub-message-retry", 1, ""),
    ("x-cloudtasks-taskretrycount", 1, "x-cloudtasks-taskretryreason"),
    ("x-appengine-taskretrycount", 1, "x-appengine-taskretryreason"),
    ("x-attempt-number", 0, ""),
    ("aeg-delivery-count", 1, ""),
)
"""Headers that count, what to add for the number of the attempt, and the header that says why."""


def sender(facts: Facts) -> Iterator[Remark]:
    """A known sender, how it signs, and where that is documented."""
    request = facts.request
    for vendor in VENDORS:
        if vendor.sent(request):
            yield _signed(vendor.name, vendor.signature, vendor.scheme, vendor.reference, request)
            return
    if request.has("x-gitea-event"):
        if request.has("x-hub-signature-256"):
            yield _signed("Gitea or Forgejo", "x-hub-signature-256", _HUB, _GITEA, request)
    elif request.has("x-github-event"):
        event = seen(request.value("x-github-event") or "")
        if request.has("x-hub-signature-256"):
            yield _signed(f"GitHub ({event})", "x-hub-signature-256", _HUB, _GITHUB, request)
    elif request.has("x-event-key") and request.has("x-hook-uuid"):
        if request.has("x-hub-signature"):
            yield _signed("Bitbucket", "x-hub-signature", _HUB, _BITBUCKET, request)
    elif request.has("x-hub-signature-256") and _is_of_meta(request):
        yield _signed("Meta", "x-hub-signature-256", _HUB, _META, request)
    elif request.has("x-amz-sns-message-type"):
        yield Remark(
            "A message of Amazon SNS",
            f"Its type is {seen(request.value('x-amz-sns-message-type') or '')}; the signature stands in the body, "
            "RSA with the certificate at SigningCertURL.",
            "Confirm a subscription by a GET of SubscribeURL; check that SigningCertURL is an address of "
            "amazonaws.com.",
            request.header("x-amz-sns-message-type"),
            reference=_SNS,
        )
    elif _is_of_mailgun(request):
        yield Remark(
            "A webhook of Mailgun",
            "Its signature stands in the body, under signature: HMAC-SHA256 in hex of timestamp and token.",
            "Check it with the webhook signing key, and refuse a token that was used before.",
            request.body(),
            reference=_MAILGUN,
        )


def _signed(name: str, header: str, scheme: str, reference: str, request: HttpMessage) -> Remark:
    return Remark(
        f"A webhook of {name}",
        f"It is signed in {header}: {scheme}.",
        _RAW,
        request.header(header),
        reference=reference,
    )


def _is_of_meta(request: HttpMessage) -> bool:
    agent = (request.value("user-agent") or "").lower()
    return agent.startswith(("facebookexternalua", "facebookplatform", "webhooks/1.0"))


def _is_of_mailgun(request: HttpMessage) -> bool:
    names = (b'"signature"', b'"token"', b'"timestamp"', b'"event-data"')
    return request.kind_said == "json" and all(name in request.plain for name in names)


def unsigned(facts: Facts) -> Iterator[Remark]:
    """A sender that signs where a secret is set, and did not."""
    request = facts.request
    for name, told_by, header, reference in (
        ("GitHub", ("x-github-event", "x-github-delivery"), "x-hub-signature-256", _GITHUB),
        ("GitLab", ("x-gitlab-event",), "x-gitlab-token", _GITLAB),
        ("Bitbucket", ("x-event-key", "x-hook-uuid"), "x-hub-signature", _BITBUCKET),
    ):
        if any(map(request.has, (header, "webhook-signature", "x-gitea-event"))):
            continue
        if all(map(request.has, told_by)):
            yield Remark(
                f"A webhook of {name} without its signature",
                f"{told_by[0]} is {seen(request.value(told_by[0]) or '')}, and there is no {header}: no secret is "
                "set for this webhook, so anybody could have sent it.",
                f"Set a secret in the settings of the webhook at {name}; then check {header}.",
                request.header(told_by[0]),
                "warning",
                reference,
            )


def attempt(facts: Facts) -> Iterator[Remark]:
    """A delivery that was tried before, where a header counts."""
    request = facts.request
    for name, plus, reason in _ATTEMPTS:
        text = (request.value(name) or "").strip()
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII):
            continue
        number = int(text) + plus
        why = f" The reason given: {seen(request.value(reason) or '')}." if reason and request.has(reason) else ""
        if number > 1:
            yield Remark(
                f"This is attempt {number} of a delivery",
                f"{name} is {text}, so earlier ones were not answered with 2xx in time.{why}",
                "Answer at once and work afterwards; use the id of the delivery so that nothing is done twice.",
                request.header(name),
            )
        return


def clock_skew(facts: Facts) -> Iterator[Remark]:
    """Times of a signature or a Date that are far from this server's."""
    request = facts.request
    for vendor in VENDORS:
        if vendor.stamp and vendor.sent(request):
            at = _stamp(request.value(vendor.stamp) or "", vendor.key)
            if at is not None and abs(at - facts.at_s) > TOLERANCE_S:
                yield Remark(
                    "The signature is not of this time",
                    f"{vendor.stamp} says {_apart(at, facts.at_s)} this request. Libraries of {vendor.name} refuse "
                    "what is more than some minutes apart.",
                    "A delivery that was sent again by hand has its old time: have it sent anew by its sender. "
                    "Otherwise set the clock (timedatectl).",
                    request.header(vendor.stamp),
                    "warning",
                    vendor.reference,
                )
            return
    for name in ("date", "x-amz-date"):
        value = request.value(name)
        if value is None:
            continue
        at = http_date(value) if name == "date" else _of_aws(value)
        if at is not None and abs(at - facts.at_s) > TOLERANCE_S:
            yield Remark(
                "The client's clock is not this server's",
                f"{spelled(name)} says {_apart(at, facts.at_s)} this request.",
                "Set both clocks by NTP (timedatectl): signatures and tokens depend on them.",
                request.header(name),
            )
            return


def _apart(at: float, now: float) -> str:
    return f"{duration(at - now)} {'after' if at > now else 'before'}"


def _stamp(value: str, key: str) -> float | None:
    if key:
        pairs = (part.partition("=") for part in re.split("[,;]", value))
        value = next((text for name, _, text in pairs if name.strip() == key), "")
    value = value.strip()
    if re.fullmatch(r"\d{9,13}", value, re.ASCII):
        seconds = int(value) / (1000 if len(value) > 11 else 1)
        return seconds if _YEARS_S[0] < seconds < _YEARS_S[1] else None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _of_aws(value: str) -> float | None:
    try:
        return datetime.strptime(value.strip(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
