"""TLS for `echoscope serve`: a certificate from files, or one made for this run alone.

Whatever is wrong with a file is one line that names it, before anything listens. Making a certificate needs the
package cryptography; using one needs nothing.
"""

import ipaddress
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from .notes import note_requested_name

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

ALPN: Final = ("h2", "http/1.1")
"""What is offered where HTTP/2 is served; without it, the second alone."""

VALID: Final = timedelta(days=90)
"""Longer than a run, and short enough that a forgotten one is of no use."""

LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")


class TlsError(OSError):
    """A certificate or key that cannot be used, as `ssl.SSLError` is an `OSError` too. Its text is one line that names
    the file and says what to do."""


class Certificate(NamedTuple):
    """A certificate chain and its private key, as PEM files; they may be one file."""

    certfile: Path
    keyfile: Path


def server_context(certificate: Certificate, *, http2: bool) -> ssl.SSLContext:
    """What a server needs to answer over TLS. Raises `TlsError`."""
    if b"-----BEGIN CERTIFICATE-----" not in _content(certificate.certfile, "certificate"):
        raise TlsError(f"{certificate.certfile} holds no certificate in PEM form")
    _check_key(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate.certfile, certificate.keyfile)
    except ssl.SSLError as error:
        raise TlsError(_in_words(certificate, error)) from error
    context.sni_callback = note_requested_name
    context.set_alpn_protocols(list(ALPN if http2 else ALPN[1:]))
    return context


def _content(file: Path, what: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TlsError(f"the {what} {file} cannot be read: {error.strerror}") from error


def _check_key(certificate: Certificate) -> None:
    """Before OpenSSL sees it, which would ask for the password of an encrypted key on the terminal."""
    content = _content(certificate.keyfile, "key")
    if b"PRIVATE KEY-----" not in content:
        hint = "; --keyfile names the file that does" if certificate.keyfile == certificate.certfile else ""
        raise TlsError(f"{certificate.keyfile} holds no private key in PEM form{hint}")
    if b"ENCRYPTED" in content:
        raise TlsError(f"the key {certificate.keyfile} is encrypted: openssl pkey -in FILE -out PLAIN decrypts it")


def _in_words(certificate: Certificate, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the key {certificate.keyfile} does not belong to the certificate {certificate.certfile}"
    reason = (error.reason or "unreadable").replace("_", " ").lower()
    return f"the certificate {certificate.certfile} with the key {certificate.keyfile} cannot be used: {reason}"


@contextmanager
def self_signed(names: Iterable[str] = ()) -> Iterator[Certificate]:
    """A certificate for this machine, and for `names`, in a directory that is removed at the end.

    It vouches for itself: a client trusts it when told to (`curl --cacert`), or not to look (`curl -k`).
    Raises `TlsError` when the package cryptography is missing.
    """
    with TemporaryDirectory(prefix="echoscope-") as directory:
        certificate = Certificate(Path(directory, "localhost.pem"), Path(directory, "localhost.key"))
        chain, key = _make(dict.fromkeys((*LOCAL_NAMES, *names)))
        certificate.certfile.write_bytes(chain)
        certificate.keyfile.touch(0o600)
        certificate.keyfile.write_bytes(key)
        yield certificate


def _make(names: Iterable[str]) -> tuple[bytes, bytes]:
    """Certificate and key in PEM form."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID
    except ImportError as error:
        reason = "a certificate is made with the package cryptography: pip install 'echoscope[tls]'"
        raise TlsError(reason) from error
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Echoscope on localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # the clocks of two machines differ
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    return certificate.public_bytes(encoding), key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general_name(name: str) -> "GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name.encode("idna").decode())
    except ValueError as error:
        raise TlsError(f"a certificate cannot be made for {name[:80]!r}: it is no name of a host") from error
