#!/usr/bin/env python3
"""Behind HAProxy and nginx, with the configurations of docs/operations.md, events arrive and checks are right.

Goal    the examples work as they are printed, and a balancer takes no service out that is well, and no other in.
Method  the code blocks of the document with the ports of the test, the real programs and the real binary. Skipped where
        one of the programs is missing.
"""

import csv
import http.client
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import millrace_client as mr  # noqa: E402

TABLE = "in.c-proxies.events"
SERVICE, PROXY = "127.0.0.1:7000", "127.0.0.1:8080"  # as the document has them
DEFAULT_CHECK = """
backend default_check
    option httpchk
    server one {service} check inter 100ms fall 1 rise 1

listen statistics
    bind 127.0.0.1:{port}
    stats enable
    stats uri /
"""


def example(language):
    with open(os.path.join(ROOT, "docs", "operations.md"), encoding="utf-8") as file:
        found = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    mr.check_equal(len(found), 1, f"examples of {language}")
    return found[0]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Proxy:
    """A proxy process with the example of the document, and what is added to it."""

    def __init__(self, folder, name, text, service, command):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = os.path.join(folder, f"{name}.log")
        path = os.path.join(folder, f"{name}.conf")
        mr.check(SERVICE in text and PROXY in text, f"the example of {name} has other addresses")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(SERVICE, service).replace(PROXY, f"127.0.0.1:{self.port}"))
        self.log = open(self.log_path, "wb")
        self.process = subprocess.Popen([part.format(path=path) for part in command], stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL)

    def __enter__(self):
        def listens():
            if self.process.poll() is not None:
                with open(self.log_path, encoding="utf-8", errors="replace") as log:
                    raise mr.Failure(f"the proxy ended: {log.read()[-1000:]}")
            with socket.socket() as attempt:
                return attempt.connect_ex(("127.0.0.1", self.port)) == 0

        try:
            mr.wait_until(listens, 20, "the port of the proxy")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Cases:
    def __init__(self, arguments):
        self.arguments = arguments
        self.server = None

    def start(self):
        self.server = mr.Server(self.arguments.binary, os.path.join(self.arguments.folder, "data"),
                                args=["--ingest.trusted-proxies", "127.0.0.1", "--ingest.leave-time", "1m"]).start()
        self.path = self.server.api.create_source("proxies")
        self.server.api.create_sink("proxies", "events", TABLE, [mr.path_column("n", "n"), {"type": "ip", "name": "ip"}])
        self.service = "{}:{}".format(*self.server.ingest_address())

    def post_through(self, proxy):
        for n in range(20):
            answer = mr.request(proxy.url, "POST", self.path, f'{{"n":{n}}}', {"Content-Type": "application/json"})
            mr.check_equal(answer.status, 200, f"event {n}: {answer.body[:200]}")
        mr.check_equal(mr.request(proxy.url, "GET", "/ready").status, 200, "ready")

    def haproxy_sends_events_and_its_checks_tell_the_truth(self):
        statistics = free_port()
        text = example("haproxy") + DEFAULT_CHECK.format(service=SERVICE, port=statistics)

        def status_of(backend):
            answer = mr.request(f"http://127.0.0.1:{statistics}", "GET", "/;csv")
            rows = csv.DictReader(io.StringIO(answer.body.decode().lstrip("# ")))
            return next(row["check_status"] for row in rows
                        if row["pxname"] == backend and row["svname"] == "one")

        with Proxy(self.arguments.folder, "haproxy", text, self.service, ["haproxy", "-db", "-f", "{path}"]) as proxy:
            self.post_through(proxy)
            for backend in ("millrace", "default_check"):
                mr.wait_until(lambda: status_of(backend) in ("L7OK", "L7STS", "L7RSP"), 20, f"a check of {backend}")
                mr.check_equal(status_of(backend), "L7OK", f"the check of {backend}")
            self.server.process.send_signal(signal.SIGTERM)  # it leaves for a minute
            mr.wait_until(lambda: status_of("millrace") == "L7STS", 20, "the check of a service that ends")
            mr.check_equal(status_of("default_check"), "L7OK", "that somebody is there")

    def haproxy_in_tcp_mode_names_the_client_by_the_proxy_protocol(self):
        """The client has another address than the proxy: 127.0.0.2."""
        server = mr.Server(self.arguments.binary, os.path.join(self.arguments.folder, "tcp"),
                           args=["--ingest.trusted-proxies", "127.0.0.1", "--ingest.proxy-protocol"])
        with server.start():
            path = server.api.create_source("tcp")
            server.api.create_sink("tcp", "events", "in.c-proxies.tcp", [{"type": "ip", "name": "ip"}],
                                   {mr.IMPORT_COUNT: 1})
            service = "{}:{}".format(*server.ingest_address())
            text = example("cfg")
            mr.check("send-proxy-v2" in text, "the example of the document has changed")
            for version in ("send-proxy-v2", "send-proxy"):
                with Proxy(self.arguments.folder, version, text.replace("send-proxy-v2", version), service,
                           ["haproxy", "-db", "-f", "{path}"]) as proxy:
                    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=15,
                                                            source_address=("127.0.0.2", 0))
                    connection.request("POST", path, body=b"x")
                    answer = connection.getresponse()
                    mr.check_equal(answer.status, 200, f"{version}: {answer.read()}")
                    connection.close()
            server.api.wait_drained("tcp", "events")
            mr.check_equal(server.rows("in.c-proxies.tcp", "ip"), [("127.0.0.2",)] * 2, "addresses")
            metrics = mr.request(server.ready["api"], "GET", "/metrics").body.decode()
            mr.check("millrace_proxy_heads_refused_total 0" in metrics, "a check of the proxy was refused")

    def nginx_sends_events(self):
        folder = self.arguments.folder
        temporary = "".join(f"{name}_temp_path {folder}/{name};\n"
                            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text = (f"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\nevents {{}}\n"
                f"http {{\naccess_log off;\n{temporary}{example('nginx')}\n}}\n")
        command = ["nginx", "-p", folder, "-e", f"{folder}/nginx.log", "-c", "{path}"]
        with Proxy(folder, "nginx", text, self.service, command) as proxy:
            self.post_through(proxy)


def suite(arguments):
    for program in ("haproxy", "nginx"):
        if shutil.which(program) is None:
            mr.skip(f"there is no {program} (Debian packages haproxy, nginx-light)")
    cases = Cases(arguments)
    cases.start()
    with cases.server:
        return mr.run_cases([cases.haproxy_in_tcp_mode_names_the_client_by_the_proxy_protocol, cases.nginx_sends_events,
                             cases.haproxy_sends_events_and_its_checks_tell_the_truth])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "proxies", suite))
