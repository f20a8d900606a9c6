"""Signed requests with their secrets, as the vendors' own documents print them, and some that are signed here.

Where a vendor prints no example with its secret (Stripe, Shopify, Mailgun, Zoom) its scheme is followed with openssl's
idea of an HMAC: `hmac` of the standard library, told what to sign in so many words.
"""

import base64
import hmac
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlencode

from echoscope.insight.signatures import Delivery


class Vector(NamedTuple):
    scheme: str
    secret: str
    delivery: Delivery


def delivery(
    body: bytes,
    *headers: tuple[str, str],
    target: str = "/hook",
    method: str = "POST",
    scheme: str = "https",
    at_s: float = 1_700_000_000.0,
) -> Delivery:
    lines = [(name.encode(), value.encode()) for name, value in (("host", "hooks.example"), *headers)]
    if any(name == "host" for name, _ in headers):
        lines = lines[1:]
    return Delivery(method, scheme, target.encode(), lines, body, at_s)


def hexed(secret: bytes, message: bytes, algorithm: str = "sha256") -> str:
    return hmac.new(secret, message, algorithm).hexdigest()


def based(secret: bytes, message: bytes, algorithm: str = "sha256") -> str:
    return base64.b64encode(hmac.new(secret, message, algorithm).digest()).decode()


def _parts(*fields: tuple[str, bytes]) -> bytes:
    head = '--BB\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    return b"".join((head % name).encode() + content + b"\r\n" for name, content in fields) + b"--BB--\r\n"


SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
TWILIO_FORM = urlencode({
    "CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030",
    "To": "+18005551212",
}).encode()  # fmt: skip
FORM = ("content-type", "application/x-www-form-urlencoded")
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
S3_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
S3 = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="
JSON = b'{"id": 7, "name": "J\xc3\xbcrgen", "url": "https://a.example/b"}'
NOW = "1700000000"

VECTORS = {
    "GitHub": Vector(
        "github",
        "It's a Secret to Everybody",
        delivery(
            b"Hello, World!",
            ("x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
        ),
    ),
    "Slack": Vector(
        "slack",
        "8f742231b10e8888abcd99yyyzzz85a5",
        delivery(
            SLACK_BODY,
            ("x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
            ("x-slack-request-timestamp", "1531420618"),
            at_s=1_531_420_620,
        ),
    ),
    "Svix": Vector(
        "standard-webhooks",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        delivery(
            b'{"test": 2432232314}',
            ("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("svix-timestamp", "1614265330"),
            ("svix-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            at_s=1_614_265_331,
        ),
    ),
    "Twilio": Vector(
        "twilio",
        "12345",
        delivery(
            TWILIO_FORM,
            ("host", "mycompany.com"),
            FORM,
            ("x-twilio-signature", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
            target="/myapp.php?foo=1&bar=2",
        ),
    ),
    "AWS, IAM": Vector(
        "aws",
        AWS_SECRET,
        delivery(
            b"",
            ("host", "iam.amazonaws.com"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                "SignedHeaders=content-type;host;x-amz-date, "
                "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            ),
            target="/?Action=ListUsers&Version=2010-05-08",
            method="GET",
            at_s=1_440_938_160,
        ),
    ),
    "AWS, S3": Vector(
        "aws",
        S3_SECRET,
        delivery(
            b"",
            ("host", "examplebucket.s3.amazonaws.com"),
            ("range", "bytes=0-9"),
            ("x-amz-content-sha256", EMPTY),
            ("x-amz-date", "20130524T000000Z"),
            (
                "authorization",
                f"{S3}host;range;x-amz-content-sha256;x-amz-date,"
                "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
            target="/test.txt",
            method="GET",
            at_s=1_369_353_600,
        ),
    ),
    "AWS, S3, put": Vector(
        "aws",
        S3_SECRET,
        delivery(
            b"Welcome to Amazon S3.",
            ("host", "examplebucket.s3.amazonaws.com"),
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            (
                "authorization",
                f"{S3}date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
                "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            ),
            target="/test%24file.text",
            method="PUT",
            at_s=1_369_353_600,
        ),
    ),
    "AWS, S3, in the query": Vector(
        "aws",
        S3_SECRET,
        delivery(
            b"",
            ("host", "examplebucket.s3.amazonaws.com"),
            target="/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
            "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            method="GET",
            at_s=1_369_353_600 + 86_000,
        ),
    ),
    "AWS, API Gateway, in the query": Vector(  # by botocore's SigV4QueryAuth
        "aws",
        AWS_SECRET,
        delivery(
            b"",
            ("host", "api.example"),
            target="/prod/orders?id=7&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261127%2F"
            "us-east-1%2Fexecute-api%2Faws4_request&X-Amz-Date=20261127T120000Z&X-Amz-Expires=60"
            "&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=77e370c609816f7a1fae7684e4feb642c89b49cd6418c2b7f1ce15095186e3e9",
            method="GET",
            at_s=1_795_780_830,
        ),
    ),
    "AWS, S3, a key of slashes and dots": Vector(  # by botocore's S3SigV4Auth
        "aws",
        AWS_SECRET,
        delivery(
            b"data",
            ("host", "bucket.example"),
            ("x-amz-date", "20261127T120000Z"),
            ("x-amz-content-sha256", sha256(b"data").hexdigest()),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261127/us-east-1/s3/aws4_request, "
                "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
                "Signature=29eee5d02f97fba3149f35729f1bd3ad10b75880c055a362a37bf842a7be6a2a",
            ),
            target="/a//b/../c",
            method="PUT",
            at_s=1_795_780_800,
        ),
    ),
    "Ed25519, RFC 8032, test 2": Vector(
        "discord",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        delivery(
            b"",
            ("x-signature-timestamp", "r"),
            (
                "x-signature-ed25519",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ),
    ),
    "Stripe": Vector(
        "stripe",
        "whsec_of-this-endpoint",
        delivery(
            JSON,
            (
                "stripe-signature",
                f"t={NOW},v1={hexed(b'another', JSON)},"
                f"v1={hexed(b'whsec_of-this-endpoint', b'1700000000.' + JSON)},v0=00",
            ),
        ),
    ),
    "Shopify": Vector("shopify", "hush", delivery(JSON, ("x-shopify-hmac-sha256", based(b"hush", JSON)))),
    "Zoom": Vector(
        "zoom",
        "hush",
        delivery(
            JSON,
            ("x-zm-request-timestamp", NOW),
            ("x-zm-signature", "v0=" + hexed(b"hush", b"v0:1700000000:" + JSON)),
        ),
    ),
    "Mailgun": Vector(
        "mailgun",
        "hush",
        delivery(
            b'{"signature": {"timestamp": "1700000000", "token": "tok", "signature": "%b"}, "event-data": {}}'
            % hexed(b"hush", b"1700000000tok").encode(),
            ("content-type", "application/json"),
        ),
    ),
    "Mailgun, a form": Vector(
        "mailgun",
        "hush",
        delivery(
            f"timestamp={NOW}&token=tok&signature={hexed(b'hush', b'1700000000tok')}".encode(),
            FORM,
        ),
    ),
    "Mailgun, a form of parts": Vector(
        "mailgun",
        "hush",
        delivery(
            _parts(
                ("timestamp", NOW.encode()),
                ("token", b"tok"),
                ("signature", hexed(b"hush", b"1700000000tok").encode()),
                ('attachment-1"; filename="a.bin', b"\xff\xfe"),
            ),
            ("content-type", "multipart/form-data; boundary=BB"),
        ),
    ),
    "GitHub, SHA-1 alone": Vector(
        "github", "hush", delivery(JSON, ("x-hub-signature", "sha1=" + hexed(b"hush", JSON, "sha1")))
    ),
    "Standard Webhooks, two secrets": Vector(
        "standard-webhooks",
        "whsec_" + base64.b64encode(b"a key of 24 bytes, or so").decode(),
        delivery(
            JSON,
            ("webhook-id", "m-1"),
            ("webhook-timestamp", NOW),
            (
                "webhook-signature",
                f"v1a,AAAA v1,{based(b'old', JSON)} v1,{based(b'a key of 24 bytes, or so', b'm-1.1700000000.' + JSON)}",
            ),
        ),
    ),
    "Twilio, SHA-256": Vector(
        "twilio",
        "hush",
        delivery(
            b"a=1",
            FORM,
            ("x-twilio-webhooks-signature-settings", "key=abc,algorithm=HMAC_SHA256"),
            ("x-twilio-signature", based(b"hush", b"https://hooks.example/hooka1")),
        ),
    ),
}
