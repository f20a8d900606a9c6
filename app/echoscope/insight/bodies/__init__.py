"""What a body is, found out when somebody looks: nothing is decoded at capture.

`view.view` undoes one content coding, finds the charset and the kind, and reads JSON, GraphQL, forms, multipart bodies,
XML and streams of events; `view.view_message` reads one message of a WebSocket. The bytes stay the truth: every reading
is bounded, says where it stopped and what it could not read, and never fails, whatever a client sent. It refuses to
interpret: no schema, no protobuf, no archive is opened.
"""
