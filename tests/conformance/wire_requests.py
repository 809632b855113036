"""The requests in the bytes of a case, where they are well-formed, and curl to send them by HTTP/2.

What HTTP/2 has no form for is left out: how a message of HTTP/1.1 ends, chunks, empty lines, versions, connections that
are asked to close.
"""

import dataclasses
import os
import re
import subprocess

LINE = re.compile(rb"(GET|POST|PUT) (/[!-~]*) HTTP/1\.1")
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*)")
OF_HTTP1 = {b"connection", b"upgrade", b"http2-settings", b"transfer-encoding", b"host", b"expect"}


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: list  # of (name, value)
    body: bytes


def of_case(case):
    """The requests of a case; none where one is not well-formed, or means something else by HTTP/2."""
    requests, rest = [], case.sent
    while rest:
        request, rest = first(rest)
        if request is None:
            return []
        requests.append(request)
    return requests if len(requests) == len(case.answers) else []


def first(data):
    head, end, rest = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    line = LINE.fullmatch(lines[0])
    if not end or line is None:
        return None, b""
    headers = []
    length = 0
    for text in lines[1:]:
        header = HEADER.fullmatch(text)
        if header is None or (header[1].lower() in OF_HTTP1 and header[1].lower() != b"host"):
            return None, b""
        if header[1].lower() == b"content-length":
            if not header[2].isdigit():
                return None, b""
            length = int(header[2])
        elif header[1].lower() != b"host":
            headers.append((header[1].decode(), header[2].decode()))
    if length > len(rest) or sum(text.lower().startswith((b"content-length", b"host")) for text in lines) > 2:
        return None, b""
    body = rest[:length]
    return Request(line[1].decode(), line[2].decode(), headers, body), rest[length:]


def has_curl():
    try:
        return "HTTP2" in subprocess.run(["curl", "-V"], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return False


def ask(address, requests, folder):
    """Returns the statuses, of requests on one connection.

    Over TLS: curl 7.88 cannot use a connection again whose HTTP/2 is by prior knowledge.
    """
    options = ["-sSk", "--http2"]
    command = ["curl", *options]
    written = []
    for number, request in enumerate(requests):
        if number > 0:
            command += ["--next", *options]
        command += ["--path-as-is", "--globoff", "-o", os.devnull, "-w", "%{http_code} %{http_version} %{num_connects}\\n",
                    "-X", request.method, "-H", "Content-Type:", "-H", "Expect:"]
        for name, value in request.headers:
            command += ["-H", f"{name}: {value}" if value else f"{name};"]
        if request.method != "GET" or request.body:
            path = os.path.join(folder, f"wire-request-{os.getpid()}-{number}")
            with open(path, "wb") as file:
                file.write(request.body)
            written.append(path)
            command += ["--data-binary", f"@{path}"]
        command.append(f"https://{address[0]}:{address[1]}{request.target}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    finally:
        for path in written:
            os.unlink(path)
    statuses = []
    for line in done.stdout.splitlines():
        status, version, _ = line.split(" ")
        if version != "2":
            raise AssertionError(f"HTTP/{version} for {requests[len(statuses)]}: {done.stderr}")
        statuses.append(int(status))
    return statuses
