"""Who asks: crawlers, scanners, and browsers whose own words contradict each other."""

import re
from collections.abc import Iterator
from typing import Final

from .facts import Facts, decoded
from .finding import Remark, Where, seen

_CRAWLERS: Final = re.compile(
    r"(?i)\b(googlebot|bingbot|duckduckbot|yandexbot|baiduspider|applebot|amazonbot|gptbot|oai-searchbot|chatgpt-user|claudebot"
    r"|perplexitybot|ccbot|bytespider|ahrefsbot|semrushbot|mj12bot|dotbot|petalbot|facebookexternalhit|twitterbot|slackbot-linkexpanding"
    r"|linkedinbot|discordbot|telegrambot|whatsapp)"
)
_CHECKS: Final = re.compile(r"(?i)\b(kube-probe|elb-healthchecker|googlehc|uptimerobot|pingdom|better uptime bot)")
_SCANNERS: Final = re.compile(
    r"(?i)\b(sqlmap|nikto|nmap scripting engine|masscan|zgrab|nuclei|censysinspect|expanse, a palo alto|wpscan"
    r"|dirbuster|gobuster|feroxbuster|ffuf|acunetix|nessus|openvas|w3af|internetmeasurement|l9explore|l9tcpid|leakix|shodan)"
)
_PROBES: Final = re.compile(
    r"(?i)(?:^|/)(?:\.env(?:\.[\w.]+)?|\.git/(?:config|HEAD)|\.svn/entries|\.aws/credentials|\.ssh/id_rsa|\.DS_Store|\.htpasswd"
    r"|wp-login\.php|xmlrpc\.php|wp-config\.php(?:\.\w+)?|wp-admin/(?:setup-config|install)\.php|wlwmanifest\.xml"
    r"|phpmyadmin(?:/(?:index|scripts/setup)\.php)?/?|phpinfo\.php|eval-stdin\.php|vendor/phpunit/.*|cgi-bin/.*"
    r"|boaform/admin/.*|HNAP1/?|GponForm/.*|actuator/(?:env|heapdump|gateway/.*)|solr/admin/.*|manager/html|server-status"
    r"|_ignition/execute-solution|owa/auth/.*|autodiscover/autodiscover\.json|etc/passwd|web\.config|telescope/requests"
    r"|console/login/LoginForm\.jsp|remote/(?:login|fgt_lang)|geoserver/web/?|SDK/webLanguage)$"
)
_HIGH: Final = (
    *(
        "sec-ch-ua-full-version-list",
        "sec-ch-ua-full-version",
        "sec-ch-ua-arch",
        "sec-ch-ua-bitness",
        "sec-ch-ua-model",
    ),
    *("sec-ch-ua-platform-version", "sec-ch-ua-wow64", "sec-ch-ua-form-factors"),
)
_PLATFORMS: Final = {
    "Windows": "windows nt",
    "macOS": "mac os x",
    "Android": "android",
    "Chrome OS": "cros",
    "Chromium OS": "cros",
    "iOS": "like mac os x",
    "Linux": "linux",
}
"""What Sec-CH-UA-Platform says, and what the User-Agent of such a browser has in it."""


def crawler(facts: Facts) -> Iterator[Remark]:
    """A program that comes by itself, by its own name."""
    agent = facts.request.value("user-agent") or ""
    if match := _CHECKS.search(agent):
        yield Remark(
            f"A health check: {match[1]}",
            f"The User-Agent says {match[1]}: it comes at intervals to see whether this server answers.",
            "Answer it cheaply, and leave it out of logs: echoscope has /-/health, which is not recorded.",
            facts.request.header("user-agent"),
        )
    elif match := _CRAWLERS.search(agent):
        yield Remark(
            f"A robot: {match[1]}",
            f"The User-Agent says {match[1]}. Anybody can say so.",
            "/robots.txt tells robots what not to read; whether one is real, its operator's list of addresses tells.",
            facts.request.header("user-agent"),
        )


def scanner(facts: Facts) -> Iterator[Remark]:
    """A tool that looks for holes, by its own name."""
    match = _SCANNERS.search(facts.request.value("user-agent") or "")
    if match:
        yield Remark(
            f"A scanner: {match[1]}",
            f"The User-Agent says {match[1]}, a program that looks for open servers and holes in them.",
            "Expect it on every public address. Make sure that nothing answers which is not meant for the public.",
            facts.request.header("user-agent"),
        )


def probe(facts: Facts) -> Iterator[Remark]:
    """An address that scanners try on every server."""
    path = decoded(facts.raw_path).decode("utf-8", "replace")[-2048:]
    if match := _PROBES.search(path):
        yield Remark(
            "An address that scanners try everywhere",
            f"{seen(match[0])} is one of those that are asked for on every server in search of known holes and "
            "secrets.",
            "Serve no such file. Refuse them early: nginx location ~ /\\.(env|git) { return 444; }.",
            Where("request", "path"),
        )


def hints_contradict(facts: Facts) -> Iterator[Remark]:
    """Client hints that say otherwise than the User-Agent."""
    request = facts.request
    agent = (request.value("user-agent") or "").lower()
    platform = (request.value("sec-ch-ua-platform") or "").strip().strip('"')
    mobile = (request.value("sec-ch-ua-mobile") or "").strip()
    sign = _PLATFORMS.get(platform)
    if not agent or request.value("sec-ch-ua") is None:
        return
    contradictions = []
    if sign and sign not in agent and not (platform == "Android" and "x11" in agent):
        contradictions.append(f"Sec-CH-UA-Platform says {platform}")
    if mobile == "?1" and "mobi" not in agent and "android" not in agent:
        contradictions.append("Sec-CH-UA-Mobile says a mobile device")
    if contradictions:
        yield Remark(
            "The browser contradicts itself",
            f"{' and '.join(contradictions)}, the User-Agent is {seen(request.value('user-agent') or '', 100)}.",
            "An emulated device, a changed User-Agent or a script does so: do not decide by either.",
            request.header("sec-ch-ua-platform" if request.has("sec-ch-ua-platform") else "sec-ch-ua-mobile"),
        )


def detailed_hints(facts: Facts) -> Iterator[Remark]:
    """Hints that a browser gives only where it was asked for them."""
    names = [name for name in _HIGH if facts.request.has(name)]
    if names:
        yield Remark(
            "The browser tells more of itself than it does unasked",
            f"It sent {seen(', '.join(names), 160)}: an earlier answer of this origin asked for that with Accept-CH.",
            "Ask only for what is used, and name it in Vary.",
            facts.request.header(names[0]),
        )
