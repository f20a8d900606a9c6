"""A context that takes any certificate, and loads none to check it by."""

import ssl

from echoscope.base.trust import unchecked


def test_it_takes_any_certificate_and_loads_none() -> None:
    context = unchecked()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509"] == 0
