"""Echoscope around somebody's own app: `app = Echoscope(app)`.

What passes between server and app is handed on as it is, and recorded; the inspector stands below a prefix. `app` is
the wrapper, `recording` what it notes beside the messages, `routes` and `logs` where that comes from, `production` when
it stays off.
"""
