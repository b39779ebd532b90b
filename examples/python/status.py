#!/usr/bin/env python3
"""How the products on this machine stand, as its Countersign agent says: status.py [SOCKET]"""
import json
import socket
import sys

DEFAULT_SOCKET = "/run/countersign/agent.sock"
LICENSED = 1
EXIT_NO_AGENT, EXIT_NOT_ACTIVATED = 4, 6


class Agent:
    """One connection: a line of JSON out, a line of JSON back."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._last_id = 0
        self.request("hello", versions=[1])

    def request(self, method, **params):
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": params}
        self._socket.sendall(json.dumps(message).encode("utf-8") + b"\n")
        line = self._lines.readline()
        if line == "":
            raise ConnectionError("the agent ended the connection")
        answer = json.loads(line)
        if "error" in answer:
            error = answer["error"]
            raise RuntimeError(f"{error['reason']}: {error['message']}; {error['remedy']}")
        return answer["result"]


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_SOCKET
    try:
        products = Agent(path).request("status")["products"]
    except OSError as error:
        print(f"no agent answers at {path}: {error}", file=sys.stderr)
        return EXIT_NO_AGENT
    for product in products:
        report = product["report"]
        print(f"{product['name']}: {report['statusText']} {report.get('reason', '')}".rstrip())
    return 0 if all(product["report"]["status"] == LICENSED for product in products) else EXIT_NOT_ACTIVATED


if __name__ == "__main__":
    sys.exit(main())
