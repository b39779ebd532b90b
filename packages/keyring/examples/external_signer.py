#!/usr/bin/env python3
"""A signer process: docs/protocol/external-signer.md over a directory of PEM files.

    openssl genpkey -algorithm ed25519 -out keys/NAME.pem
    external_signer.py keys

Something to begin with for a token: replace `find_key` by a look-up on it.
"""

import pathlib
import re
import signal
import struct
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VERSION, PUBLIC_KEY, SIGN = 1, 1, 2
OK, UNKNOWN_KEY, LOCKED, UNAVAILABLE = range(4)
ED25519 = b"\x01"
QUESTION_LIMIT = 1 << 20


def find_key(directory, name):
    path = directory / f"{name}.pem"
    if not re.fullmatch(r"[a-z0-9-]{1,64}", name) or not path.exists():
        return None
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    return key if isinstance(key, Ed25519PrivateKey) else None


def answer(directory, kind, name, payload):
    key = find_key(directory, name)
    if key is None:
        return UNKNOWN_KEY, f"no Ed25519 key {name}".encode()
    if kind == PUBLIC_KEY:
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return OK, ED25519 + key.public_key().public_bytes(*raw)
    if kind == SIGN:
        return OK, key.sign(payload)
    return UNAVAILABLE, f"no question of kind {kind}".encode()


def serve(directory, questions, answers):
    while len(head := questions.read(4)) == 4:
        (length,) = struct.unpack(">I", head)
        if not 7 <= length <= QUESTION_LIMIT:
            sys.exit(f"expected a question of 7 to {QUESTION_LIMIT} bytes, found {length}")
        frame = questions.read(length)
        version, kind, number, name_length = struct.unpack(">BBIB", frame[:7])
        if version != VERSION:
            sys.exit(f"expected version {VERSION}, found {version}")
        name = frame[7 : 7 + name_length].decode("ascii", "replace")
        try:
            status, payload = answer(directory, kind, name, frame[7 + name_length :])
        except Exception as fault:  # a key that cannot be read must not end the others
            status, payload = UNAVAILABLE, str(fault).encode()[:200]
        answers.write(struct.pack(">IBBI", 6 + len(payload), VERSION, status, number) + payload)
        answers.flush()


if __name__ == "__main__":
    for asked_to_end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked_to_end, signal.SIG_IGN)
    serve(pathlib.Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
