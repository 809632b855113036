#!/usr/bin/env python3
"""The plainest client of batches: sends the same body again and again over one connection, each time with a key of its own.

wrk beside it: a script of wrk that makes each request anew copies its body three times, which no client has to do, and one
that does not sends no keys. This one hands head and body to the kernel as they are.
"""

import argparse
import json
import socket
import sys
import time
import urllib.parse


def answer(connection, buffer):
    """Reads one answer; its status, and what was read behind it."""
    while b"\r\n\r\n" not in buffer:
        read = connection.recv(65536)
        if not read:
            sys.exit("the connection ended")
        buffer += read
    head, _, rest = buffer.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(rest) < length:
        rest += connection.recv(65536)
    return int(head.split(b" ")[1]), rest[length:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("body", help="a file")
    parser.add_argument("requests", type=int)
    parser.add_argument("--key", help="what the keys begin with; without it there are none")
    options = parser.parse_args()
    url = urllib.parse.urlsplit(options.url)
    with open(options.body, "rb") as file:
        body = file.read()
    path = url.path + (f"?{url.query}" if url.query else "")
    head = (f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/x-ndjson\r\n"
            f"Content-Length: {len(body)}\r\n")
    connection = socket.create_connection((url.hostname, url.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer, started = b"", time.monotonic()
    for number in range(options.requests):
        key = f"Idempotency-Key: {options.key}-{number}\r\n" if options.key else ""
        sent = connection.sendmsg([(head + key + "\r\n").encode(), body])
        whole = len(head) + len(key) + 2 + len(body)
        if sent < whole:
            connection.sendall(body[len(body) - (whole - sent):])
        status, buffer = answer(connection, buffer)
        if status != 200:
            sys.exit(f"status {status}")
    print(json.dumps({"requests": options.requests, "seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
