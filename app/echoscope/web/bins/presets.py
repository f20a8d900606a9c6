"""Answers that are ready to take: the handshakes by which senders of webhooks make sure of an address, and faults.

What each sender asks for, and what it wants back, is told at `reference`.
"""

from typing import Final

from ...exchange.answers import Answer, Answers, AnyPreset, Rule

_JSON: Final = [("content-type", "application/json")]
_OK: Final = [Answer()]


class Preset(AnyPreset[Answers], frozen=True):
    __doc__ = AnyPreset.__doc__


def _answers(rule: Rule, *otherwise: Answer) -> Answers:
    return Answers([rule], list(otherwise) or _OK)


def _json(body: str) -> list[Answer]:
    return [Answer(headers=_JSON, body=body)]


def _text(body: str) -> list[Answer]:
    return [Answer(body=body)]


# fmt: off
PRESETS: Final = (
    Preset(
        "slack", "Slack, Events API", "The body has type url_verification and a challenge; the challenge comes back.",
        "https://docs.slack.dev/reference/events/url_verification",
        _answers(Rule(json={"type": "url_verification"}, answers=_text("{{ json.challenge }}"))),
    ),
    Preset(
        "meta", "Meta: Facebook, Instagram, WhatsApp; also WebSub and YouTube",
        "A GET with hub.mode and hub.challenge; the challenge comes back as text.",
        "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
        _answers(Rule(method="GET", query={"hub.challenge": "*"}, answers=_text("{{ query.hub.challenge }}"))),
    ),
    Preset(
        "dropbox", "Dropbox", "A GET with challenge; it comes back as text.",
        "https://www.dropbox.com/developers/reference/webhooks",
        _answers(Rule(method="GET", query={"challenge": "*"}, answers=_text("{{ query.challenge }}"))),
    ),
    Preset(
        "microsoft-graph", "Microsoft Graph, SharePoint",
        "A POST with validationToken in the query; it comes back decoded, as text. Notifications get 202.",
        "https://learn.microsoft.com/graph/change-notifications-delivery-webhooks",
        _answers(
            Rule(query={"validationToken": "*"}, answers=_text("{{ query.validationToken }}")), Answer(status=202),
        ),
    ),
    Preset(
        "azure-event-grid", "Azure Event Grid", "An event with a validation code; the code comes back in JSON.",
        "https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema",
        _answers(Rule(
            json={"[0].eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"},
            answers=_json('{"validationResponse": "{{ json[0].data.validationCode }}"}'),
        )),
    ),
    Preset(
        "cloudevents", "CloudEvents, abuse protection",
        "OPTIONS with WebHook-Request-Origin; the origin and the rate come back in headers.",
        "https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md",
        _answers(Rule(method="OPTIONS", headers={"webhook-request-origin": "*"}, answers=[Answer(headers=[
            ("webhook-allowed-origin", "{{ headers.webhook-request-origin }}"), ("webhook-allowed-rate", "*"),
            ("allow", "POST"),
        ])])),
    ),
    Preset(
        "zoom", "Zoom", "The event endpoint.url_validation has a plainToken; it comes back with its HMAC.",
        "https://developers.zoom.us/docs/api/webhooks/",
        _answers(Rule(json={"event": "endpoint.url_validation"}, answers=_json(
            '{"plainToken": "{{ json.payload.plainToken }}", '
            '"encryptedToken": "{{ json.payload.plainToken | hmac_sha256 }}"}'
        ))),
        needs_secret=True,
    ),
    Preset(
        "okta", "Okta, event hooks", "A GET with X-Okta-Verification-Challenge; it comes back as verification.",
        "https://developer.okta.com/docs/concepts/event-hooks/",
        _answers(Rule(
            method="GET", headers={"x-okta-verification-challenge": "*"},
            answers=_json('{"verification": "{{ headers.x-okta-verification-challenge }}"}'),
        )),
    ),
    Preset(
        "x", "X (Twitter), account activity", "A GET with crc_token; its HMAC comes back.",
        "https://docs.x.com/x-api/webhooks/introduction",
        _answers(Rule(
            method="GET", query={"crc_token": "*"},
            answers=_json('{"response_token": "sha256={{ query.crc_token | hmac_sha256_base64 }}"}'),
        )),
        needs_secret=True,
    ),
    Preset(
        "discord", "Discord, interactions",
        "A PING (type 1) comes back; what is not signed gets 401, which Discord tries.",
        "https://docs.discord.com/developers/interactions/overview",
        Answers(
            [
                Rule(signature="invalid", answers=[Answer(status=401)]),
                Rule(json={"type": "1"}, answers=_json('{"type": 1}')),
            ],
            [Answer(headers=_JSON, body='{"type": 5}')],
        ),
        needs_secret=True,
    ),
    Preset(
        "xero", "Xero, intent to receive", "What is signed gets 200, what is not 401; both are tried.",
        "https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/",
        _answers(Rule(signature="invalid", answers=[Answer(status=401)])),
        needs_secret=True,
    ),
    Preset(
        "twitch", "Twitch, EventSub", "A message of the type webhook_callback_verification; its challenge comes back.",
        "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
        _answers(Rule(
            headers={"twitch-eventsub-message-type": "webhook_callback_verification"},
            answers=_text("{{ json.challenge }}"),
        )),
    ),
    Preset(
        "strava", "Strava", "A GET with hub.challenge; it comes back in JSON.",
        "https://developers.strava.com/docs/webhooks/",
        _answers(Rule(
            method="GET", query={"hub.challenge": "*"}, answers=_json('{"hub.challenge": "{{ query.hub.challenge }}"}'),
        )),
    ),
    Preset(
        "challenge-json", "monday.com, Lark, Feishu", "The body has a challenge; the same JSON comes back.",
        "https://developer.monday.com/apps/docs/webhooks",
        _answers(Rule(json={"challenge": "*"}, answers=_json('{"challenge": "{{ json.challenge }}"}'))),
    ),
    Preset(
        "asana", "Asana", "The first POST has X-Hook-Secret; the header comes back.",
        "https://developers.asana.com/docs/webhooks-guide",
        _answers(Rule(
            headers={"x-hook-secret": "*"},
            answers=[Answer(headers=[("x-hook-secret", "{{ headers.x-hook-secret }}")])],
        )),
    ),
    Preset(
        "fail-twice", "Fail twice with 503, then 200", "Does the sender try again, and how soon?", "",
        Answers(answers=[Answer(status=503, headers=[("retry-after", "1")], times=2), Answer()]),
    ),
    Preset(
        "slow", "Answer after five seconds", "Does the sender wait, or take it for a failure?", "",
        Answers(answers=[Answer(delay=5)]),
    ),
    Preset(
        "gone", "410 Gone", "Does the sender stop?", "", Answers(answers=[Answer(status=410)]),
    ),
    Preset(
        "break-off", "Break the connection off once, then 200", "Does the sender try again after a reset?", "",
        Answers(answers=[Answer(fault="reset"), Answer()]),
    ),
)
# fmt: on
