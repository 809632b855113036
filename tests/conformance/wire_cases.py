"""Requests that are wrong, odd or hostile, and what the documents promise for each.

A case is what a client sends on one connection, the statuses it must get in this order, whether the connection
goes on afterwards, and the bodies that must be in the table. Sources: RFC 9110, RFC 9112, docs/ingest.md.

The port of the REST API has the same connection layer: there a request that is whole gets `served` for a status.
"""

import dataclasses
import gzip
import zlib

MB = 1 << 20


@dataclasses.dataclass
class Case:
    name: str
    sent: bytes
    answers: list  # statuses
    goes_on: bool | None = False  # False: the service closes; None: it may, if it answers before the body is there
    stored: tuple = ()


def smuggling(path):
    """A proxy in front may see another number of requests in the same bytes: refused and closed."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\n".encode()
    body = b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    lengths = {
        "two equal Content-Length": b"Content-Length: 5\r\nContent-Length: 5",
        "two different Content-Length": b"Content-Length: 5\r\nContent-Length: 6",
        "a list of Content-Length": b"Content-Length: 5, 5",
        "a signed Content-Length": b"Content-Length: +5",
        "a negative Content-Length": b"Content-Length: -5",
        "a hexadecimal Content-Length": b"Content-Length: 0x5",
        "an empty Content-Length": b"Content-Length: ",
        "a Content-Length with a fraction": b"Content-Length: 5.0",
        "a Content-Length past 64 bits": b"Content-Length: 18446744073709551617",
        "Content-Length and Transfer-Encoding": b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding and Content-Length": b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        "gzip, chunked": b"Transfer-Encoding: gzip, chunked",
        "chunked, chunked": b"Transfer-Encoding: chunked, chunked",
        "chunked, identity": b"Transfer-Encoding: chunked, identity",
        "identity": b"Transfer-Encoding: identity",
        "two Transfer-Encoding": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "an empty Transfer-Encoding": b"Transfer-Encoding: ",
        "a quoted Transfer-Encoding": b'Transfer-Encoding: "chunked"',
        "a Transfer-Encoding with a parameter": b"Transfer-Encoding: chunked;q=1",
        "xchunked": b"Transfer-Encoding: xchunked",
        "a vertical tab before chunked": b"Transfer-Encoding: \x0bchunked",
        "a space before the colon": b"Transfer-Encoding : chunked",
        "a folded Transfer-Encoding": b"Transfer-Encoding:\r\n chunked",
        "a folded line": b"X: y\r\n z\r\nContent-Length: 5",
        "a folded first line": b" X: y\r\nContent-Length: 5",
        "two Host": b"Host: y\r\nContent-Length: 5",
        "no colon": b"nonsense\r\nContent-Length: 5",
        "an empty name": b": x\r\nContent-Length: 5",
        "a space in a name": b"X Y: z\r\nContent-Length: 5",
        "a NUL in a value": b"X: a\0b\r\nContent-Length: 5",
        "a NUL in a name": b"X\0: b\r\nContent-Length: 5",
        "a bare carriage return": b"X: a\rb\r\nContent-Length: 5",
        "a bare line feed": b"X: a\nContent-Length: 5",
        "a carriage return before the colon": b"Content-Length\r: 5",
    }
    for name, lines in lengths.items():
        yield Case(name, head + lines + body, [400])
    yield Case("line feeds alone", f"POST {path} HTTP/1.1\nHost: x\nContent-Length: 1\n\nx".encode(), [400])
    yield Case("Transfer-Encoding in HTTP/1.0",
               f"POST {path} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".encode(), [400])


def request_lines(path):
    rest = b"\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    lines = {
        "HTTP/0.9": f"POST {path}", "HTTP/2.0": f"POST {path} HTTP/2.0", "HTTP/1.2x": f"POST {path} HTTP/1.1x",
        "no version number": f"POST {path} HTTP/", "lower-case protocol": f"POST {path} http/1.1",
        "a leading space": f" POST {path} HTTP/1.1", "a tab": f"POST\t{path} HTTP/1.1",
        "no target": "POST HTTP/1.1", "a space in the target": f"POST {path} x HTTP/1.1",
        "a control character in the target": f"POST {path}\x01 HTTP/1.1", "an odd method": f"P@ST {path} HTTP/1.1",
        "the preface of HTTP/2": "PRI * HTTP/2.0",
    }
    for name, line in lines.items():
        yield Case(name, line.encode() + rest, [400])
    yield Case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(1, 200)) + b"\r\n\r\n", [400])
    yield Case("a lower-case method is another one", f"post {path} HTTP/1.1".encode() + rest, [405], goes_on=True)


def chunks(path, served):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    bad = {
        "no number": b"g\r\n", "a negative size": b"-1\r\nx\r\n", "a prefix": b"0x3\r\n\r\n", "letters behind it": b"3x\r\nabc\r\n0\r\n\r\n",
        "no size": b"\r\nabc\r\n",
        "a leading space": b" 3\r\nabc\r\n", "a sign": b"+3\r\nabc\r\n", "17 digits": b"10000000000000003\r\nabc\r\n",
        "a line feed alone": b"3\nabc\r\n0\r\n\r\n", "longer than its size": b"3\r\nabcd\r\n0\r\n\r\n",
        "a line feed in an extension": b"3;a\nb\r\nabc\r\n0\r\n\r\n",
        "a line feed in a quoted extension": b'3;a="\n"\r\nabc\r\n0\r\n\r\n',
        "a carriage return in a quoted extension": b'3;a="\r"\r\nabc\r\n0\r\n\r\n',
        "a NUL in a quoted extension": b'3;a="\0"\r\nabc\r\n0\r\n\r\n',
        "a line feed in an extension of the last one": b'3\r\nabc\r\n0;a="\n"\r\n\r\n',
        "no line end behind it": b"3\r\nabc0\r\n\r\n", "a bad second one": b"3\r\nabc\r\nzz\r\n",
    }
    for name, text in bad.items():
        yield Case(f"chunk: {name}", head + text, [400])
    for name in ("Content-Length: 99", "Transfer-Encoding: chunked"):
        yield Case(f"chunk: {name} as a trailer", head + b"3\r\nabc\r\n0\r\n" + name.encode() + b"\r\n\r\n", [400])
    yield Case("chunk: 16 digits of F", head + b"ffffffffffffffff\r\nabc", [413])
    yield Case("chunk: larger than a body may be", head + b"100001\r\nabc", [413])
    yield Case("chunk: an endless extension", head + b"3;" + b"x" * 20_000, [413])
    yield Case("chunk: endless trailers", head + b"0\r\n" + b"X: y\r\n" * 4000, [413])
    yield Case("chunk: upper-case digits, zeros, extensions and trailers",
               head + b'000A;name=value;other="q\\"uoted"\r\nchunk-case\r\n0\r\nX: y\r\n\r\n',
               [served], goes_on=True, stored=("chunk-case",))


def heads(path, served, headers_max):
    def post(headers, body=b""):
        return (f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode() + headers + b"\r\n" + body)

    yield Case("a head over its limit", post(b"X: " + b"y" * 20_000 + b"\r\n"), [413])
    yield Case("a target over the limit", f"POST {path}?{'q' * 20_000} HTTP/1.1\r\n\r\n".encode(), [413])
    yield Case("a head that does not end", b"POST / HTTP/1.1\r\n" + b"X: y\r\n" * 4000, [413])
    many = 3000 <= headers_max
    yield Case("many headers", post(b"a:\r\n" * 3000, b"many-headers"), [served] if many else [413], many,
               ("many-headers",) if many else ())
    yield Case("bytes over 127", post(b"X: \xff\xfe\xc3\xa9\r\n", b"latin"), [served], True, ("latin",))
    yield Case("no Host", f"POST {path} HTTP/1.1\r\nContent-Length: 6\r\n\r\nnohost".encode(), [served], True, ("nohost",))
    yield Case("empty lines first", b"\r\n\r\n\r\n" + post(b"", b"empty-lines"), [served], True, ("empty-lines",))
    yield Case("an unknown expectation", post(b"Expect: miracles\r\n", b"miracles"), [served], True, ("miracles",))
    yield Case("an upgrade to HTTP/2", post(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                            b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n", b"h2c"),
               [served], True, ("h2c",))
    yield Case("a form with a charset", post(b"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n",
                                             b"form=1&charset=2"), [served], True, ("form=1&charset=2",))
    yield Case("HTTP/1.0", f"POST {path} HTTP/1.0\r\nContent-Length: 6\r\n\r\none.ow".encode(), [served], False, ("one.ow",))
    yield Case("Connection: close", post(b"Connection: close\r\n", b"closing"), [served], False, ("closing",))


def bodies(path):
    def post(body, coding, length=None):
        return (f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Encoding: {coding}\r\n"
                f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode() + body

    bomb = gzip.compress(bytes(64 * MB))
    yield Case("a gzip bomb", post(bomb, "gzip"), [413], True)
    yield Case("a deflate bomb", post(zlib.compress(bytes(64 * MB)), "deflate"), [413], True)
    yield Case("many gzip members", post(gzip.compress(bytes(MB)) * 64, "gzip"), [413], True)
    yield Case("gzip cut off", post(gzip.compress(b"cut off")[:-3], "gzip"), [400], True)
    yield Case("no gzip at all", post(b"plain", "gzip"), [400], True)
    yield Case("no zstd at all", post(b"plain", "zstd"), [400], True)
    yield Case("two codings", post(gzip.compress(gzip.compress(b"twice")), "gzip, gzip"), [415], None)
    yield Case("a coding nobody knows", post(b"x", "br"), [415], None)
    yield Case("gzip", post(gzip.compress(b"zipped"), "gzip"), [200], True, ("zipped",))


def sizes(path, served):
    plain = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: ".encode()
    yield Case("a body over its limit", plain + b"1048577\r\n\r\n" + b"x" * (MB + 1), [413])
    yield Case("a gigabyte announced", plain + b"1073741824\r\n\r\n", [413])
    yield Case("a body longer than announced", plain + b"4\r\n\r\nlongXXXX\r\n\r\n", [served, 400], False, ("long",))


def pipelines(path, served):
    def post(body):
        return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    health = b"GET /health-check HTTP/1.1\r\nHost: x\r\n\r\n"
    numbers = [f"pipe-{number}" for number in range(50)]
    yield Case("50 at once", b"".join(post(number) for number in numbers), [served] * 50, True, tuple(numbers))
    yield Case("mistakes between", post("before") + b"GET /none HTTP/1.1\r\n\r\n" + health + b"PUT " + path.encode()
               + b" HTTP/1.1\r\n\r\n" + post("after"), [served, 404, 200, 405, served], True, ("before", "after"))
    yield Case("nothing is read behind a refused request",
               post("first") + f"POST {path} HTTP/1.1\r\nContent-Length: x\r\n\r\n".encode() + post("never"),
               [served, 400], False, ("first",))
    yield Case("nothing is read behind Connection: close",
               f"POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast".encode() + post("never"),
               [served], False, ("last",))


def all_cases(path):
    """Of the data plane."""
    yield from bodies(path)
    yield from of_any_port(path, 200, headers_max=4000)


def of_any_port(path, served, headers_max):
    yield from smuggling(path)
    yield from request_lines(path)
    yield from chunks(path, served)
    yield from heads(path, served, headers_max)
    yield from sizes(path, served)
    yield from pipelines(path, served)
