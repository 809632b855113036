#!/usr/bin/env python3
"""TLS on both ports of the real binary: each claim of docs/security.md.

Goal    who sends over TLS gets what he would get without it; what is wrong with a certificate is said before it
        is used; new certificates are taken without a connection lost.
Method  Python's ssl and the program openssl as clients; certificates of an authority of the test.
"""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import certificates  # noqa: E402
import millrace_client as mr  # noqa: E402

TABLE = "in.c-tls.events"


def context_for(authority, client=None, minimum=None, maximum=None, protocols=None):
    context = ssl.create_default_context(cafile=authority)
    if minimum:
        context.minimum_version = minimum
    if maximum:
        context.maximum_version = maximum
    if client:
        context.load_cert_chain(*client)
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


def connect(address, context, session=None):
    raw = socket.create_connection(address, timeout=15)
    return context.wrap_socket(raw, server_hostname="localhost", session=session)


def ask(connection, path="/health-check"):
    """A whole answer over a TLS socket that is kept; its first line."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection.recv(4096).split(b"\r\n")[0]


def serial_at(address, authority):
    with connect(address, context_for(authority)) as connection:
        return connection.getpeercert()["serialNumber"]


class Cases:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = arguments.folder
        self.authority = certificates.Authority(self.folder)
        self.stranger = certificates.Authority(self.folder, "stranger")

    def path(self, name):
        return os.path.join(self.folder, name)

    def server(self, name, *args):
        return mr.Server(self.arguments.binary, self.path(name), args=args)

    def with_certificate(self, name, certificate, key, *args):
        return self.server(name, "--ingest.tls-cert", certificate, "--ingest.tls-key", key, "--api.tls-cert",
                           certificate, "--api.tls-key", key, *args)

    def trust(self, authority):
        mr.tls_context = context_for(authority)

    def self_signed_serves_both_ports_and_stays(self):
        with self.server("self-signed", "--tls.self-signed") as server:
            server.start()
            own = os.path.join(server.data_dir, "self-signed.crt")
            mr.check_equal(os.stat(os.path.join(server.data_dir, "self-signed.key")).st_mode & 0o777, 0o600, "mode")
            self.trust(own)
            mr.check(server.ready["api"].startswith("https://"), server.ready)
            mr.check(server.ready["ingest"].startswith("https://"), server.ready)
            url = server.api.create_source("shop")
            server.api.create_sink("shop", "events", TABLE, [mr.path_column("n", "n")])
            answer = mr.request(server.ready["ingest"], "POST", url, b'{"n":1}', {"Content-Type": "application/json"})
            mr.check_equal(answer.status, 200, answer)
            before = serial_at(server.ingest_address(), own)
            mr.check_equal(server.stop(), 0, "exit status")
            server.start()
            mr.check_equal(serial_at(server.ingest_address(), own), before, "the certificate after a restart")

    def versions_protocols_and_what_is_never(self):
        certificate, key = self.authority.issue("plain")
        with self.with_certificate("versions", certificate, key) as server:
            server.start()
            trusted = self.authority.certificate
            for address in (server.ingest_address(), server.api_address()):
                for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
                    context = context_for(trusted, minimum=version, maximum=version, protocols=["h2", "http/1.1"])
                    with connect(address, context) as connection:
                        mr.check_equal(connection.version(), name, "version")
                        mr.check_equal(connection.selected_alpn_protocol(), "h2", "ALPN")
                with connect(address, context_for(trusted, protocols=["http/1.1"])) as connection:
                    mr.check_equal(connection.selected_alpn_protocol(), "http/1.1", "ALPN")
                with connect(address, context_for(trusted)) as connection:
                    mr.check_equal(connection.selected_alpn_protocol(), None, "ALPN")
                    mr.check(ask(connection).startswith(b"HTTP/1.1 "), "no answer")
                try:
                    connect(address, context_for(trusted, protocols=["spdy/1"])).close()
                    raise mr.Failure("spoke an unknown protocol")
                except ssl.SSLError:
                    pass
            old = self.openssl(server, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
            mr.check("Cipher is (NONE)" in old, f"TLS 1.1 was spoken: {old[-400:]}")
            renegotiated = self.openssl(server, "-tls1_2", text="R\n")
            mr.check("no renegotiation" in renegotiated, f"renegotiated: {renegotiated[-400:]}")
            early = self.openssl(server, "-tls1_3", "-ign_eof", text="GET / HTTP/1.0\r\n\r\n", seconds=5)
            mr.check("Max Early Data: 0" in early, f"0-RTT: {early[-400:]}")

    def openssl(self, server, *arguments, text="", seconds=1):
        host, port = server.ingest_address()
        process = subprocess.Popen(["openssl", "s_client", "-connect", f"{host}:{port}", *arguments],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        process.stdin.write(text)
        process.stdin.flush()
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
        return out

    def sessions_are_resumed(self):
        certificate, key = self.authority.issue("resumed")
        with self.with_certificate("resumed", certificate, key) as server:
            server.start()
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context = context_for(self.authority.certificate, minimum=version, maximum=version)
                with connect(server.ingest_address(), context) as first:
                    ask(first)  # a ticket of TLS 1.3 comes with the answer
                    session = first.session
                with connect(server.ingest_address(), context, session) as second:
                    mr.check(second.session_reused, f"{version} was not resumed")
                    mr.check(ask(second).startswith(b"HTTP/1.1 "), "no answer")

    def the_wrong_language_gets_a_sentence(self):
        certificate, key = self.authority.issue("languages")
        with self.with_certificate("languages", certificate, key) as server:
            server.start()
            for host, port in (server.ingest_address(), server.api_address()):
                connection = http.client.HTTPConnection(host, port, timeout=15)
                connection.request("POST", "/stream/1/a/b", body=b"x" * 100_000)
                answer = connection.getresponse()
                mr.check_equal(answer.status, 400, "status")
                mr.check(b"https://" in answer.read(), "does not say https://")
                connection.close()
        with self.server("plain-port") as server:
            server.start()
            for address in (server.ingest_address(), server.api_address()):
                with socket.create_connection(address, timeout=15) as raw:
                    raw.sendall(b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + b"\x00" * 20)
                    answer = b""
                    while True:
                        more = raw.recv(4096)
                        if not more:
                            break
                        answer += more
                mr.check(answer.startswith(b"HTTP/1.1 400 ") and b"speaks TLS" in answer, answer)

    def bad_certificates_are_named_at_the_start(self):
        good, key = self.authority.issue("good")
        other, other_key = self.authority.issue("other")
        expired, expired_key = self.authority.issue("expired", days=-1)
        for name, content in (("empty.pem", b""), ("noise.pem", os.urandom(500)),
                              ("torn.pem", open(good, "rb").read()[:200])):
            with open(self.path(name), "wb") as file:
                file.write(content)
        open_key = self.path("open.key")
        shutil.copy(key, open_key)
        os.chmod(open_key, 0o644)
        locked = self.path("locked.key")
        subprocess.run(["openssl", "ec", "-in", key, "-aes256", "-passout", "pass:secret", "-out", locked],
                       check=True, capture_output=True)
        os.chmod(locked, 0o600)
        os.mkdir(self.path("a-folder"))
        for certificate, own_key, wanted in (
                (expired, expired_key, "is expired"),
                (good, other_key, "is not the key"),
                (self.path("nothing.pem"), key, "cannot read"),
                (good, self.path("nothing.pem"), "cannot read"),
                (self.path("empty.pem"), key, "has no certificate"),
                (self.path("noise.pem"), key, "has no certificate"),
                (self.path("torn.pem"), key, "certificate"),
                (good, open_key, "chmod o-rwx"),
                (good, locked, "encrypted"),
                (good, good, "chmod o-rwx" if os.stat(good).st_mode & 7 else "no private key")):
            with self.server("bad", "--ingest.tls-cert", certificate, "--ingest.tls-key", own_key) as server:
                server.launch()
                mr.check_equal(server.process.wait(20), 1, f"exit status of {certificate} {own_key}")
                log = server.log_tail()
                mr.check(wanted in log and "ingest" in log, f"{wanted!r} is not in {log}")
            os.unlink(server.log_path)

    def certificates_are_replaced_without_losing_a_connection(self):
        certificate, key = self.authority.issue("live")
        with self.with_certificate("live", certificate, key) as server:
            server.start()
            trusted = self.authority.certificate
            first = serial_at(server.ingest_address(), trusted)
            kept = connect(server.ingest_address(), context_for(trusted))
            over = threading.Event()
            failures = []

            def load():
                context = context_for(trusted)
                while not over.is_set():
                    try:
                        with connect(server.ingest_address(), context) as connection:
                            for _ in range(3):
                                if not ask(connection).startswith(b"HTTP/1.1 "):
                                    failures.append("no answer")
                    except OSError as problem:
                        failures.append(repr(problem))

            threads = [threading.Thread(target=load) for _ in range(2)]
            for thread in threads:
                thread.start()
            serials = {first}
            try:
                for round_ in range(3):  # by the look at the files, and on SIGHUP
                    new, new_key = self.authority.issue(f"live-{round_}")
                    os.replace(new_key, key)
                    os.replace(new, certificate)
                    if round_ == 1:
                        server.process.send_signal(signal.SIGHUP)
                    mr.wait_until(lambda: serial_at(server.ingest_address(), trusted) not in serials, 10,
                                  "a new certificate", poll_s=0.1)
                    mr.wait_until(lambda: serial_at(server.api_address(), trusted) not in serials, 10,
                                  "a new certificate of the API", poll_s=0.1)
                    serials.add(serial_at(server.ingest_address(), trusted))
                mr.check(ask(kept).startswith(b"HTTP/1.1 "), "the kept connection was lost")
            finally:
                over.set()
                for thread in threads:
                    thread.join()
            mr.check_equal(failures, [], "failures under load")

            with open(certificate, "w", encoding="ascii") as file:
                file.write("not a certificate\n")
            server.process.send_signal(signal.SIGHUP)
            mr.wait_until(lambda: "tls_not_reloaded" in server.log_tail(20), 10, "the log line", poll_s=0.1)
            mr.check(serial_at(server.ingest_address(), trusted) in serials, "the old certificate is gone")
            mr.check(ask(kept).startswith(b"HTTP/1.1 "), "the kept connection was lost")
            kept.close()

            new, new_key = self.authority.issue("live-open")
            os.chmod(new_key, 0o644)
            os.replace(new_key, key)
            os.replace(new, certificate)
            mr.wait_until(lambda: "chmod o-rwx" in server.log_tail(20), 10, "the log line that names the mode", poll_s=0.1)
            os.chmod(key, 0o600)
            mr.wait_until(lambda: serial_at(server.ingest_address(), trusted) not in serials, 10,
                          "the certificate whose key was mended by its mode", poll_s=0.1)
            mr.check_equal(server.stop(), 0, "exit status")

    def clients_show_certificates(self):
        certificate, key = self.authority.issue("asking")
        known = self.authority.issue("known", "sender-1", use="clientAuth")
        foreign = self.stranger.issue("foreign", "sender-2", use="clientAuth")
        expired = self.authority.issue("expired-client", "sender-3", days=-1, use="clientAuth")
        with self.with_certificate("clients", certificate, key, "--ingest.tls-client-ca",
                                   self.authority.certificate) as server:
            server.start()
            trusted = self.authority.certificate
            with connect(server.ingest_address(), context_for(trusted, known)) as connection:
                mr.check(ask(connection).startswith(b"HTTP/1.1 "), "no answer")
            for client in (None, foreign, expired):
                try:
                    with connect(server.ingest_address(), context_for(trusted, client)) as connection:
                        answer = ask(connection)  # with TLS 1.3 the client hears of it now
                        mr.check_equal(answer, b"", f"answered {client}")
                except OSError:
                    pass
            with connect(server.api_address(), context_for(trusted)) as connection:
                mr.check(ask(connection, "/v1").startswith(b"HTTP/1.1 "), "the API asks too")

    def a_source_may_need_a_certificate_and_have_it_in_a_column(self):
        certificate, key = self.authority.issue("optional")
        known = self.authority.issue("known-subject", "/O=Über, Ltd/CN=sender-1", use="clientAuth")
        foreign = self.stranger.issue("foreign-subject", "sender-2", use="clientAuth")
        column = {"type": "clientCertificate", "name": "client", "defaultValue": "nobody"}
        with self.server("optional", "--ingest.tls-cert", certificate, "--ingest.tls-key", key, "--ingest.tls-client-ca",
                         self.authority.certificate, "--ingest.tls-client-auth", "optional") as server:
            server.start()
            api = server.api
            urls = {}
            for name in ("open", "closed"):
                urls[name] = api.create_source(name)
                api.create_sink(name, "events", f"in.c-tls.{name}", [mr.path_column("n", "n"), column],
                                {mr.IMPORT_COUNT: 1})
            api.patch_source("closed", {"source.http.clientCertificate": "required"})

            def post(source, n, client=None, protocol="http/1.1"):
                command = ["curl", "-sS", "--cacert", self.authority.certificate, "-o", "/dev/stdout", "-w",
                           "\n%{http_code} %{http_version}", "--http2" if protocol == "h2" else "--http1.1",
                           "-H", "Content-Type: application/json", "-d", f'{{"n":{n}}}']
                if client:
                    command += ["--cert", client[0], "--key", client[1]]
                done = subprocess.run([*command, server.ready["ingest"].replace("127.0.0.1", "localhost") + urls[source]],
                                      capture_output=True, text=True, timeout=30, check=False)
                if done.returncode != 0:
                    return "no connection"
                body, _, last = done.stdout.rpartition("\n")
                mr.check(last.endswith("2" if protocol == "h2" else "1.1"), f"{protocol}: {last}")
                return last.split()[0] if last.startswith("200") else f"{last.split()[0]} {body}"

            mr.check_equal(post("open", 1), "200", "without a certificate")
            mr.check_equal(post("open", 2, known), "200", "with one")
            mr.check_equal(post("open", 3, foreign), "no connection", "with one of a stranger")
            for protocol in ("http/1.1", "h2"):
                refused = post("closed", 4, None, protocol)
                mr.check(refused.startswith("403 ") and "stream.in.clientCertificateRequired" in refused, refused)
            mr.check_equal(post("closed", 5, known), "200", "with one")
            mr.check_equal(post("closed", 6, known, "h2"), "200", "with one, by HTTP/2")
            for name in ("open", "closed"):
                api.wait_drained(name, "events")
            subject = "CN=sender-1,O=Über\\, Ltd"  # as RFC 2253 has it
            mr.check_equal(sorted(server.rows("in.c-tls.open", "n, client")), [("1", "nobody"), ("2", subject)], "open")
            mr.check_equal(sorted(server.rows("in.c-tls.closed", "n, client")), [("5", subject), ("6", subject)], "closed")
            # A resumed session has the certificate too.
            context = context_for(self.authority.certificate, known)
            session = None
            for _ in range(2):
                with connect(server.ingest_address(), context, session) as connection:
                    body = b'{"n":7}'
                    connection.sendall(f"POST {urls['closed']} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
                                       f"\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                    mr.check(connection.recv(4096).startswith(b"HTTP/1.1 200"), "no answer")
                    session = connection.session
            mr.check_equal(server.stop(), 0, "exit status")

    def each_name_has_its_certificate(self):
        folder = self.path("certificates")
        os.makedirs(os.path.join(folder, "b.example"))
        first, first_key = self.authority.issue("sni-a", "a.example", hosts="DNS:a.example,DNS:*.a.example")
        second, second_key = self.authority.issue("sni-b", "b.example", hosts="DNS:b.example")
        shutil.copy(first, os.path.join(folder, "a.example.crt"))
        shutil.copy(first_key, os.path.join(folder, "a.example.key"))
        shutil.copy(second, os.path.join(folder, "b.example", "fullchain.pem"))
        shutil.copy(second_key, os.path.join(folder, "b.example", "privkey.pem"))

        def shown(server, name):
            context = context_for(self.authority.certificate)
            context.check_hostname = False
            raw = socket.create_connection(server.ingest_address(), timeout=15)
            with context.wrap_socket(raw, server_hostname=name) as connection:
                mr.check(ask(connection).startswith(b"HTTP/1.1 200"), f"no answer to {name}")
                return dict(part[0] for part in connection.getpeercert()["subject"])["commonName"]

        with self.server("sni", "--ingest.tls-cert", folder) as server:
            server.start()
            for name, wanted in (("a.example", "a.example"), ("x.a.example", "a.example"), ("b.example", "b.example"),
                                 ("B.EXAMPLE", "b.example"), ("c.example", "a.example"), (None, "a.example")):
                mr.check_equal(shown(server, name), wanted, f"for {name}")
            third, third_key = self.authority.issue("sni-c", "c.example", hosts="DNS:c.example")
            shutil.copy(third_key, os.path.join(folder, "c.example.key"))
            shutil.copy(third, os.path.join(folder, "c.example.crt"))
            mr.wait_until(lambda: shown(server, "c.example") == "c.example", 10, "a certificate that was added", poll_s=0.1)
            mr.check_equal(shown(server, "b.example"), "b.example", "the others")
            os.unlink(os.path.join(folder, "a.example.key"))
            mr.wait_until(lambda: "tls_not_reloaded" in server.log_tail(20), 10, "the log line", poll_s=0.1)
            mr.check_equal(shown(server, "a.example"), "a.example", "what was there before")
            mr.check_equal(server.stop(), 0, "exit status")
            server.launch()
            mr.check_equal(server.process.wait(20), 1, "exit status without a key")
            mr.check("a.example.key" in server.log_tail(), "does not name the key")

    def heads_of_proxies_come_before_the_handshake(self):
        certificate, key = self.authority.issue("proxied")
        with self.with_certificate("proxied", certificate, key, "--ingest.proxy-protocol", "--ingest.trusted-proxies",
                                   "127.0.0.1") as server:
            server.start()
            self.trust(self.authority.certificate)
            url = server.api.create_source("proxied")
            server.api.create_sink("proxied", "events", "in.c-tls.proxied", [{"type": "ip", "name": "ip"}],
                                   {mr.IMPORT_COUNT: 1})
            one = b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n"
            two = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x08\xc6\x33\x64\x01\xdc\x04\x01\xbb"
            context = context_for(self.authority.certificate)
            for head in (one, two):
                raw = socket.create_connection(server.ingest_address(), timeout=15)
                raw.sendall(head)
                with context.wrap_socket(raw, server_hostname="localhost") as connection:
                    connection.sendall(f"POST {url} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx".encode())
                    mr.check(connection.recv(4096).startswith(b"HTTP/1.1 200"), "no answer")
            curl = ["curl", "-sS", "--cacert", self.authority.certificate, "--haproxy-protocol", "--http2", "-d", "x",
                    "-o", "/dev/null", "-w", "%{http_code} %{http_version}",
                    server.ready["ingest"].replace("127.0.0.1", "localhost") + url]
            done = subprocess.run(curl, capture_output=True, text=True, timeout=30, check=False)
            mr.check_equal(done.stdout, "200 2", f"curl by HTTP/2: {done.stderr}")
            try:
                connect(server.ingest_address(), context).close()
                raise mr.Failure("a connection without a head was served")
            except OSError:
                pass
            mr.wait_until(lambda: "proxy_head_refused" in server.log_tail(20), 10, "the log line", poll_s=0.1)
            server.api.wait_drained("proxied", "events")
            mr.check_equal(sorted(server.rows("in.c-tls.proxied", "ip")),
                           [("127.0.0.1",), ("192.0.2.7",), ("192.0.2.8",)], "addresses")
            metrics = mr.request(server.ready["api"], "GET", "/metrics").body.decode()
            mr.check("millrace_proxy_heads_refused_total 1" in metrics, "the metric")
            mr.check_equal(server.stop(), 0, "exit status")

    def answers_that_are_read_slowly_are_whole(self):
        """The socket takes parts of records then, and what was encrypted has to follow as it is."""
        certificate, key = self.authority.issue("slow")
        with self.with_certificate("slow", certificate, key) as server:
            server.start()
            count = 20_000
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                raw = socket.socket()
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                raw.settimeout(30)
                raw.connect(server.ingest_address())
                context = context_for(self.authority.certificate, minimum=version, maximum=version)
                connection = context.wrap_socket(raw, server_hostname="localhost")
                one = b"GET /health-check HTTP/1.1\r\nHost: localhost\r\n\r\n"
                connection.sendall(one)
                length = len(connection.recv(1 << 16))
                sender = threading.Thread(target=connection.sendall, args=(one * count,))
                sender.start()
                time.sleep(0.5)  # so that the answers fill what is between
                received = bytearray()
                while len(received) < count * length:
                    more = connection.recv(1 << 16)
                    mr.check(more, f"the connection ended after {len(received)} of {count * length} bytes")
                    received += more
                sender.join()
                mr.check(all(received.startswith(b"HTTP/1.1 200 OK\r\n", at)
                             for at in range(0, len(received), length)), "an answer is not where it should be")
                connection.close()

    def handshakes_that_stop_hold_up_nobody(self):
        certificate, key = self.authority.issue("stalled")
        with self.with_certificate("stalled", certificate, key, "--limits.header-time", "1s") as server:
            server.start()
            context = context_for(self.authority.certificate)
            outgoing = ssl.MemoryBIO()
            half = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
            try:
                half.do_handshake()
            except ssl.SSLWantReadError:
                pass
            hello = outgoing.read()
            stalled = []
            for size in (0, 1, 5, 50, len(hello)):
                raw = socket.create_connection(server.ingest_address(), timeout=15)
                raw.sendall(hello[:size])
                stalled.append(raw)
            gone = socket.create_connection(server.ingest_address(), timeout=15)
            gone.sendall(hello[:30])
            gone.close()
            with connect(server.ingest_address(), context) as connection:
                mr.check(ask(connection).startswith(b"HTTP/1.1 "), "no answer beside them")
            for raw in stalled:
                began = time.monotonic()
                while raw.recv(4096):
                    pass
                mr.check(time.monotonic() - began < 10, "a handshake that stops is kept")
                raw.close()
            mr.check_equal(server.stop(), 0, "exit status")


def suite(arguments):
    if shutil.which("openssl") is None:
        mr.skip("openssl is not installed")
    cases = Cases(arguments)
    return [cases.self_signed_serves_both_ports_and_stays, cases.versions_protocols_and_what_is_never,
            cases.sessions_are_resumed, cases.the_wrong_language_gets_a_sentence,
            cases.bad_certificates_are_named_at_the_start,
            cases.certificates_are_replaced_without_losing_a_connection, cases.clients_show_certificates,
            cases.a_source_may_need_a_certificate_and_have_it_in_a_column, cases.each_name_has_its_certificate,
            cases.heads_of_proxies_come_before_the_handshake,
            cases.answers_that_are_read_slowly_are_whole,
            cases.handshakes_that_stop_hold_up_nobody]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "tls", suite))
