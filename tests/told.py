"""What is told of exchanges, as plain data: objects and lists in the place of structs, pairs as pairs."""

from collections.abc import Callable
from typing import Any, ParamSpec

import msgspec

from echoscope.exchange import document as documents
from echoscope.exchange.model import Exchange
from echoscope.exchange.sides import Side
from echoscope.insight.bodies import event_streams, forms, graphql, images, json_tree, kinds
from echoscope.insight.bodies import view as bodies
from echoscope.insight.conformance import documents as _breach_documents
from echoscope.insight.connections import read_connection as _read_connection
from echoscope.insight.findings import findings as _findings
from echoscope.insight.headers import read_headers as _read_headers
from echoscope.insight.hops import read_hops as _read_hops

P = ParamSpec("P")

plain = msgspec.to_builtins


def _told(function: Callable[P, Any]) -> Callable[P, Any]:
    """The same function, with a result that is plain data."""

    def call(*args: P.args, **kwargs: P.kwargs) -> Any:
        return plain(function(*args, **kwargs))

    return call


def document(seq: int, exchange: Exchange) -> dict[str, Any]:
    """With the bodies in it."""
    told: dict[str, Any] = plain(documents.document(seq, exchange, bodies=True))
    return told


def view(side: Side, *, undo_coding: bool = True) -> dict[str, Any]:
    """With the hex dump."""
    told: dict[str, Any] = plain(bodies.view(side, undo_coding=undo_coding, with_hex=True))
    return told


breach_documents = _told(_breach_documents)
findings = _told(_findings)
read_connection = _told(_read_connection)
read_document = _told(graphql.read_document)
read_events = _told(event_streams.read_events)
read_form = _told(forms.read_form)
read_headers = _told(_read_headers)
read_hops = _told(_read_hops)
read_image = _told(images.read_image)
read_json = _told(json_tree.read_json)
read_lines = _told(json_tree.read_lines)
read_multipart = _told(kinds.read_multipart)
read_records = _told(json_tree.read_records)
view_message = _told(bodies.view_message)
