"""For Python's `websockets`: the session with what the client said."""

from .conversation import Conversation
from .literals import python_bytes, python_string


def write(conversation: Conversation) -> str:
    headers = [(name, value) for name, value in conversation.headers if value.isascii()]
    remarks = list(conversation.remarks)
    if len(headers) < len(conversation.headers):
        remarks.append(f"Headers left out, since they are not ASCII: {len(conversation.headers) - len(headers)}.")
    pairs = "".join(
        f"        ({python_string(name.decode())}, {python_string(value.decode())}),\n" for name, value in headers
    )
    lines = [f"# {remark}" for remark in remarks]
    lines += ["from websockets.sync.client import connect", "", "with connect("]
    lines.append(f"    {python_string(conversation.url)},")
    if conversation.subprotocols:
        lines.append(f"    subprotocols=[{', '.join(map(python_string, conversation.subprotocols))}],")
    if pairs:
        lines.append(f"    additional_headers=[\n{pairs}    ],")
    lines += ["    user_agent_header=None,", "    compression=None,", ") as websocket:"]
    lines += [f"    websocket.send({_message(message)})" for message in conversation.messages]
    lines += ["    for message in websocket:", "        print(message)"]
    return "\n".join(lines) + "\n"


def _message(message: str | bytes) -> str:
    return python_string(message) if isinstance(message, str) else python_bytes(message, "    ")
