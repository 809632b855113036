#!/usr/bin/env python3
"""HTTP/2 on both ports of the real binary, with clients that people use.

Goal    an event, and a call of the REST API, get over HTTP/2 what they get over HTTP/1.1, by ALPN, by prior
        knowledge and by Upgrade; a stop loses nothing that was answered.
Method  curl, h2load, Node, Go, Java and Python's httpx where they are; rows are compared with what was answered.
        What is not there is said: SKIPPED.
"""

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import test_tools  # noqa: E402

TABLE = "in.c-h2.events"


def curl(*arguments, data=None):
    """Returns status, version of HTTP and body."""
    command = ["curl", "-sS", "-w", "\n%{http_code} %{http_version}", *arguments]
    done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
    mr.check_equal(done.returncode, 0, f"{command}: {done.stderr[-500:]!r}")
    body, _, last = done.stdout.rpartition(b"\n")
    status, version = last.decode().split(" ")
    return int(status), version, body


NODE = """
const http2 = require('node:http2');
const fs = require('node:fs');
const [url, path, ca] = process.argv.slice(1);
const client = http2.connect(url, ca ? { ca: fs.readFileSync(ca) } : {});
client.on('error', (error) => { console.error(error); process.exit(1); });
let open = 20;
for (let i = 0; i < 20; ++i) {
    const call = client.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json' });
    call.on('response', (head) => console.log(head[':status']));
    call.on('close', () => { if (--open === 0) client.close(); });
    call.resume();
    call.end(JSON.stringify({ n: i }));
}
"""

HTTPX = """
import sys, httpx
url, ca = sys.argv[1], sys.argv[2]
with httpx.Client(http1=False, http2=True, verify=ca or False) as client:
    for i in range(20):
        answer = client.post(url, json={"n": i})
        print(answer.status_code, answer.http_version)
"""


# Without TLS Go asks for HTTP/2 only if it is told to (1.24 and newer).
GO = """
package main

import (
    "crypto/tls"
    "crypto/x509"
    "fmt"
    "net/http"
    "os"
    "strings"
    "sync"
)

func main() {
    url, ca := os.Args[1], os.Args[2]
    transport := &http.Transport{ForceAttemptHTTP2: true}
    if ca != "" {
        pem, _ := os.ReadFile(ca)
        pool := x509.NewCertPool()
        pool.AppendCertsFromPEM(pem)
        transport.TLSClientConfig = &tls.Config{RootCAs: pool}
    } else {
        transport.Protocols = new(http.Protocols)
        transport.Protocols.SetUnencryptedHTTP2(true)
    }
    client := &http.Client{Transport: transport}
    var all sync.WaitGroup
    for i := 0; i < 20; i++ {
        all.Add(1)
        go func(n int) {
            defer all.Done()
            answer, err := client.Post(url, "application/json", strings.NewReader(fmt.Sprintf("{\\"n\\":%d}", n)))
            if err != nil {
                fmt.Println(err)
                return
            }
            answer.Body.Close()
            fmt.Println(answer.StatusCode, answer.Proto)
        }(i)
    }
    all.Wait()
}
"""

# Without TLS it offers an upgrade with each request: a POST is answered as HTTP/1.1, a GET changes to HTTP/2.
JAVA = """
import java.io.FileInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Client {
    public static void main(String[] args) throws Exception {
        var builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2);
        if (args.length > 2) {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            try (var file = new FileInputStream(args[2])) {
                store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            builder.sslContext(context);
        }
        var client = builder.build();
        for (int i = 0; i < 20; i++) {
            var request = HttpRequest.newBuilder(URI.create(args[0])).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\\"n\\":" + i + "}")).build();
            var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.version());
        }
        var health = HttpRequest.newBuilder(URI.create(args[1])).build();
        var answer = client.send(health, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.version());
    }
}
"""


def go_program():
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


class Cases:
    def __init__(self, arguments):
        self.arguments = arguments

    def server(self, name, *args):
        return mr.Server(self.arguments.binary, os.path.join(self.arguments.folder, name), args=args)

    @staticmethod
    def make_source(server):
        url = server.api.create_source("shop")
        server.api.create_sink("shop", "events", TABLE, [mr.path_column("n", "n")])
        return server.ready["ingest"] + url

    def events_and_calls_by_prior_knowledge_and_upgrade(self):
        with self.server("plain") as server:
            server.start()
            url = self.make_source(server)
            json_type = ("-H", "Content-Type: application/json")
            mr.check_equal(curl("--http2-prior-knowledge", *json_type, "-d", '{"n":1}', url)[:2], (200, "2"), "POST")
            mr.check_equal(curl("--http2", *json_type, "-d", '{"n":2}', url)[:2], (200, "1.1"), "POST with an offer")
            mr.check_equal(curl("--http2", server.ready["ingest"] + "/health-check")[:2], (200, "2"), "GET, upgraded")
            mr.check_equal(curl("--http2", "-I", server.ready["ingest"] + "/health-check")[1], "2", "HEAD, upgraded")
            status, version, body = curl("--http2-prior-knowledge", "-H", f"X-StorageApi-Token: {mr.TOKEN}",
                                         server.ready["api"] + "/v1/branches/default/sources/shop")
            mr.check_equal((status, version, json.loads(body)["sourceId"]), (200, "2", "shop"), "the API")
            large = b"[" + b",".join(b'{"n":%d}' % i for i in range(3, 20_003)) + b"]"
            status, version, body = curl("--http2-prior-knowledge", *json_type, "--data-binary", "@-", "-H",
                                         "Expect: 100-continue", url + "?records=array", data=large)
            mr.check_equal((status, version), (200, "2"), f"an array: {body[:300]!r}")
            status, _, _ = curl("--http2-prior-knowledge", "-X", "PATCH", "-H", f"X-StorageApi-Token: {mr.TOKEN}",
                                *json_type, "-T", "-", server.ready["api"] + "/v1/branches/default/sources/shop",
                                data=b'{"name":"By HTTP/2"}')  # without a length
            mr.check_equal(status, 202, "a body without a length")
            too_large = b"x" * (3 << 20)
            mr.check_equal(curl("--http2-prior-knowledge", "--data-binary", "@-", url, data=too_large)[:2], (413, "2"),
                           "a body that is too large")
            mr.check_equal(server.stop(), 0, "exit status")

    def alpn_over_tls(self):
        with self.server("tls", "--tls.self-signed") as server:
            server.start()
            trust = ("--cacert", os.path.join(server.data_dir, "self-signed.crt"))
            for url in (server.ready["ingest"] + "/health-check", server.ready["api"] + "/v1"):
                for wanted, offer in (("2", "--http2"), ("1.1", "--http1.1")):
                    status, version, _ = curl(*trust, offer, url)
                    mr.check_equal((status, version), (200, wanted), f"{url} {offer}")

    def node_and_httpx_plain_and_over_tls(self):
        for name, args in (("node", ()), ("node-tls", ("--tls.self-signed",))):
            with self.server(name, *args) as server:
                server.start()
                ca = self.trust_own(server, args)
                url = self.make_source(server)
                base = server.ready["ingest"]
                if shutil.which("node"):
                    done = subprocess.run(["node", "-e", NODE, base, url.removeprefix(base), ca], capture_output=True,
                                          text=True, timeout=60, check=False)
                    mr.check_equal(done.stdout.split(), ["200"] * 20, f"node: {done.stderr[-500:]}")
                else:
                    print("        SKIPPED: node is not installed")
                environment, reason = test_tools.with_httpx(self.arguments.binary)
                if environment:
                    done = subprocess.run([sys.executable, "-c", HTTPX, url, ca], capture_output=True, text=True,
                                          timeout=60, check=False, env=environment)
                    mr.check_equal(done.stdout.splitlines(), ["200 HTTP/2"] * 20, f"httpx: {done.stderr[-500:]}")
                else:
                    print("        SKIPPED: " + reason)

    def go_plain_and_over_tls(self):
        """One connection, twenty requests at a time."""
        if go_program() is None:
            print("        SKIPPED: Go is not installed")
            return
        source = os.path.join(self.arguments.folder, "client.go")
        client = os.path.join(self.arguments.folder, "go-client")
        with open(source, "w", encoding="ascii") as file:
            file.write(GO)
        environment = {**os.environ, "GOFLAGS": "", "GO111MODULE": "off", "GOTOOLCHAIN": "local",
                       "GOCACHE": os.path.join(os.path.dirname(self.arguments.binary), "test-tools", "go-cache")}
        built = subprocess.run([go_program(), "build", "-o", client, source], capture_output=True, text=True, timeout=300,
                               env=environment, check=False)
        if "Protocols" in built.stderr:
            print("        SKIPPED: this Go is older than 1.24")
            return
        mr.check_equal(built.returncode, 0, f"go build: {built.stderr[-500:]}")
        for name, args in (("go", ()), ("go-tls", ("--tls.self-signed",))):
            with self.server(name, *args) as server:
                server.start()
                ca = self.trust_own(server, args)
                url = self.make_source(server)
                done = subprocess.run([client, url, ca], capture_output=True, text=True, timeout=60, check=False)
                mr.check_equal(done.stdout.splitlines(), ["200 HTTP/2.0"] * 20, f"go: {done.stderr[-500:]}")
                self.wait_for_rows(server, 20)

    def java_plain_and_over_tls(self):
        if shutil.which("java") is None or shutil.which("javac") is None:
            print("        SKIPPED: a JDK is not installed")
            return
        source = os.path.join(self.arguments.folder, "Client.java")
        with open(source, "w", encoding="ascii") as file:
            file.write(JAVA)
        for name, args in (("java", ()), ("java-tls", ("--tls.self-signed",))):
            with self.server(name, *args) as server:
                server.start()
                ca = self.trust_own(server, args)
                url = self.make_source(server)
                command = ["java", source, url, server.ready["ingest"] + "/health-check", *([ca] if ca else [])]
                done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
                posted = "200 HTTP_2" if ca else "200 HTTP_1_1"
                mr.check_equal(done.stdout.splitlines(), [posted] * 20 + ["200 HTTP_2"], f"java: {done.stderr[-500:]}")
                self.wait_for_rows(server, 20)

    @staticmethod
    def trust_own(server, args):
        """The certificate of a service that has made it; empty without TLS."""
        ca = os.path.join(server.data_dir, "self-signed.crt") if args else ""
        mr.tls_context = ssl.create_default_context(cafile=ca) if ca else None
        return ca

    @staticmethod
    def wait_for_rows(server, count):
        mr.wait_until(lambda: server.api.statistics("shop", "events")["total"]["recordsCount"] == count, 20, "all rows",
                      poll_s=0.2)

    def a_stop_under_load_loses_nothing(self):
        if shutil.which("h2load") is None:
            print("        SKIPPED: h2load (nghttp2-client) is not installed")
            return
        with self.server("stop", "--ingest.stop-time", "10s") as server:
            server.start()
            url = self.make_source(server)
            body = os.path.join(self.arguments.folder, "event.json")
            with open(body, "w", encoding="ascii") as file:
                file.write('{"n":7}')
            load = subprocess.Popen(["h2load", "-n", "2000000", "-c", "4", "-m", "32", "-d", body, "-H",
                                     "content-type: application/json", url], stdout=subprocess.PIPE, text=True)
            stopper = threading.Timer(3, lambda: server.process.send_signal(signal.SIGTERM))
            stopper.start()
            mr.check_equal(server.process.wait(40), 0, "exit status")
            try:
                out, _ = load.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                load.kill()
                out, _ = load.communicate()
            answered = [int(line.split()[2]) for line in out.splitlines() if line.startswith("status codes:")]
            server.start()
            server.api.call("POST", server.api.sink_path("shop", "events") + "/flush")
            counted = server.api.statistics("shop", "events")["total"]["recordsCount"]
            print(f"        {answered} answered 2xx, {counted} rows")
            mr.check(answered and answered[0] > 0, f"nothing was answered: {out[-600:]}")
            mr.check(counted >= answered[0], f"{answered[0]} answers of 200, and {counted} rows")

    def single_events_over_many_streams_are_all_there(self):
        if shutil.which("h2load") is None:
            print("        SKIPPED: h2load (nghttp2-client) is not installed")
            return
        with self.server("streams") as server:
            server.start()
            url = self.make_source(server)
            body = os.path.join(self.arguments.folder, "one.json")
            with open(body, "w", encoding="ascii") as file:
                file.write('{"n":7}')
            began = time.monotonic()
            done = subprocess.run(["h2load", "-n", "5000", "-c", "4", "-m", "64", "-d", body, "-H",
                                   "content-type: application/json", url], capture_output=True, text=True, timeout=120,
                                  check=True)
            mr.check("5000 2xx, 0 3xx, 0 4xx, 0 5xx" in done.stdout, done.stdout[-800:])
            print(f"        5000 events in {time.monotonic() - began:.2f} s")
            mr.wait_until(lambda: server.api.statistics("shop", "events")["total"]["recordsCount"] == 5000, 20,
                          "all rows", poll_s=0.2)


def suite(arguments):
    version = subprocess.run(["curl", "-V"], capture_output=True, text=True, check=False).stdout
    if "HTTP2" not in version:
        mr.skip("curl does not speak HTTP/2")
    cases = Cases(arguments)
    return [cases.events_and_calls_by_prior_knowledge_and_upgrade, cases.alpn_over_tls,
            cases.node_and_httpx_plain_and_over_tls, cases.go_plain_and_over_tls, cases.java_plain_and_over_tls,
            cases.single_events_over_many_streams_are_all_there, cases.a_stop_under_load_loses_nothing]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "http2", suite))
