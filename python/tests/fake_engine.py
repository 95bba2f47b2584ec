"""An engine that answers what it is told to: damaged frames, wrong tags, too little, too much.

Run as: python fake_engine.py VERSION ANSWERS, where ANSWERS is a Python list. It greets, answers CREATE as the engine
does, and each later request that wants an answer with the next entry: bytes as they are, None for silence, "exit" to end.
"""

from __future__ import annotations

import ast
import json
import os
import struct
import sys
import time

HEAD = struct.Struct("<IBdddB")


def frame(tag: int, body: bytes, length: int | None = None) -> bytes:
    """A reply frame, by default with the right length."""
    return HEAD.pack(26 + len(body) if length is None else length, tag, 0.0, float("inf"), 0.0, 1) + body


def read_exactly(count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = os.read(0, count - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def main() -> None:
    version, answers = sys.argv[1], ast.literal_eval(sys.argv[2])
    os.write(1, frame(2, json.dumps({"protocol": 3, "version": version, "node": "v24.0.0"}).encode()))
    while True:
        length, op, _ = struct.unpack("<IBI", read_exactly(9))
        read_exactly(length - 5)
        if op & 0x80:
            continue
        if op == 1:
            memory = [
                {"kind": kind, "count": 1, "capacityBytes": 1 << 20, "base": number << 20}
                for number, kind in enumerate(("host", "external", "l3", "l2", "scratchpad"))
            ]
            os.write(1, frame(2, json.dumps({"handle": 1, "config": {}, "memory": memory}).encode()))
            continue
        answer = answers.pop(0)
        if answer is None:
            time.sleep(60)
        elif answer == "exit":
            sys.exit(9)
        else:
            os.write(1, answer)


if __name__ == "__main__":
    main()
