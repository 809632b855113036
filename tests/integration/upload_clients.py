#!/usr/bin/env python3
"""Uploads by clients that people use: Go, Java, and Python's httpx, over HTTP/1.1 and HTTP/2.

Goal    a client that streams a body is answered while it sends, where it speaks HTTP/2; whenever it reads its answers the
        upload ends; what is answered is in the table.
Method  a program a language. That in Go sends the second half of its body only once the first line of the answer is
        there; those in Java and Python read answers behind their body. What is not installed is said: SKIPPED.
"""

import json
import os
import shutil
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import avro_file as avro  # noqa: E402
import millrace_client as mr  # noqa: E402
from h2_upload import H2Upload  # noqa: E402
import test_tools  # noqa: E402
from http2 import go_program  # noqa: E402

ROWS = [(number, f"name {number}", number % 90) for number in range(20000)]
FIELDS = [("id", "long"), ("name", "string"), ("age", "int")]
CSV = ("id,name,age\n" + "".join("%d,%s,%d\n" % row for row in ROWS)).encode()
BAD = CSV + b"x,y,z\n"
MEDIA = {"csv": "text/csv", "bad": "text/csv", "avro": "application/avro"}

# Arguments: url, token, media type, file, 1 or 2 for HTTP, a file of certificates or nothing. With HTTP/2 the second half
# of the body waits for the first line of the answer.
GO = """
package main

import (
    "bufio"
    "crypto/tls"
    "crypto/x509"
    "fmt"
    "io"
    "net/http"
    "os"
)

func main() {
    url, token, media, path, version, ca := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
    transport := &http.Transport{}
    if version == "2" {
        transport.ForceAttemptHTTP2 = true
        if ca == "" {
            transport.Protocols = new(http.Protocols)
            transport.Protocols.SetUnencryptedHTTP2(true)
        }
    }
    if ca != "" {
        pem, _ := os.ReadFile(ca)
        pool := x509.NewCertPool()
        pool.AppendCertsFromPEM(pem)
        transport.TLSClientConfig = &tls.Config{RootCAs: pool}
    }
    body, _ := os.ReadFile(path)
    reader, writer := io.Pipe()
    first := make(chan struct{})
    go func() {
        half := len(body) / 2
        for at := 0; at < len(body); at += 5000 {
            if version == "2" && at > half && at <= half+5000 {
                <-first
            }
            end := at + 5000
            if end > len(body) {
                end = len(body)
            }
            if _, err := writer.Write(body[at:end]); err != nil {
                return
            }
        }
        writer.Close()
    }()
    request, _ := http.NewRequest("POST", url, reader)
    request.Header.Set("Authorization", "Bearer "+token)
    request.Header.Set("Content-Type", media)
    answer, err := (&http.Client{Transport: transport}).Do(request)
    if err != nil {
        fmt.Println(err)
        return
    }
    fmt.Println(answer.StatusCode, answer.Proto)
    lines := bufio.NewScanner(answer.Body)
    is_first := true
    for lines.Scan() {
        if is_first {
            close(first)
            is_first = false
        }
        fmt.Println(lines.Text())
    }
    if lines.Err() != nil {
        fmt.Println(lines.Err())
    }
    fmt.Println("trailer " + answer.Trailer.Get("x-upload-status"))
}
"""

# It looks at no answer before its whole body is sent.
JAVA = """
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Upload {
    public static void main(String[] args) throws Exception {
        boolean two = args[4].equals("2");
        var builder = HttpClient.newBuilder().version(two ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
        if (!args[5].isEmpty()) {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            try (var file = new FileInputStream(args[5])) {
                store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            builder.sslContext(context);
        }
        var body = Path.of(args[3]);
        var request = HttpRequest.newBuilder(URI.create(args[0])).header("Authorization", "Bearer " + args[1])
            .header("Content-Type", args[2]).POST(HttpRequest.BodyPublishers.ofInputStream(() -> open(body))).build();
        var answer = builder.build().sendAsync(request, HttpResponse.BodyHandlers.ofLines()).get();
        System.out.println(answer.statusCode() + " " + answer.version());
        answer.body().forEach(System.out::println);
    }

    // Of an unknown length, so that it goes in chunks.
    static InputStream open(Path path) {
        try {
            return Files.newInputStream(path);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
"""

HTTPX = """
import sys, threading, httpx
url, token, media, path, version, ca = sys.argv[1:]
body = open(path, "rb").read()
half = len(body) // 2

def pieces():
    for at in range(0, len(body), 5000):
        yield body[at:at + 5000]

with httpx.Client(http1=version == "1", http2=version == "2", verify=ca or False, timeout=60) as client:
    with client.stream("POST", url, content=pieces(),
                       headers={"Authorization": "Bearer " + token, "Content-Type": media}) as answer:
        print(answer.status_code, answer.http_version)
        for line in answer.iter_lines():
            print(line)
"""


class Clients:
    def __init__(self, arguments):
        self.arguments = arguments
        self.files = {}
        for name, body in (("csv", CSV), ("bad", BAD), ("avro", avro.file_of(FIELDS, ROWS, "deflate", block_rows=500))):
            self.files[name] = os.path.join(arguments.folder, name)
            with open(self.files[name], "wb") as file:
                file.write(body)
        self.made = 0

    def services(self, name):
        """Plain, then with TLS: the service and its file of certificates."""
        for kind, args in (("plain", ()), ("tls", ("--tls.self-signed",))):
            with mr.Server(self.arguments.binary, os.path.join(self.arguments.folder, f"{name}-{kind}"),
                           args=list(args)) as server:
                server.start()
                ca = os.path.join(server.data_dir, "self-signed.crt") if args else ""
                mr.tls_context = ssl.create_default_context(cafile=ca) if ca else None
                try:
                    yield kind, server, ca
                finally:
                    mr.tls_context = None

    def table(self, server, kind):
        self.made += 1
        name = f"t{self.made}"
        answer = server.api.call("POST", mr.Api.BRANCH + "/tables", {
            "tableId": f"in.c-mart.{name}", "kind": kind,
            "columns": [{"name": "id", "dataType": "INTEGER", "primaryKey": True, "nullable": False},
                        {"name": "name"}, {"name": "age", "dataType": "INTEGER"}]})
        mr.check_equal(answer.status, 201, f"a table: {answer}")
        return name

    def run(self, command, server, ca, name, version, kind="logical", waits=False, environment=None):
        """One upload; the first line that its client printed, and the trailer. `waits`: for a line while it sends."""
        table = self.table(server, kind)
        url = server.ready["ingest"] + f"/api/v1/datamarts/mart/entities/{table}/upload"
        done = subprocess.run([*command, url, mr.TOKEN, MEDIA[name], self.files[name], version, ca], capture_output=True,
                              text=True, timeout=180, check=False, env=environment)
        head, *lines = done.stdout.splitlines() or [""]
        about = f"{command[0]}, {name}, HTTP/{version}, {kind}: {done.stdout[-500:]} {done.stderr[-500:]}"
        trailer = lines.pop() if lines and lines[-1].startswith("trailer ") else ""
        mr.check(lines, about)
        last = json.loads(lines[-1])
        mr.check_equal(last["final"], True, about)
        if name == "bad":
            mr.check_equal((last["state"], last["error"]), ("cancelled", "stream.upload.invalidValue"), about)
            mr.check_equal(server.rows(f"in.c-mart.{table}") if kind == "logical" else [], [], f"rows, {about}")
        else:
            mr.check_equal((head.split(" ")[0], last["state"], last["rowsTotal"]), ("200", "done", len(ROWS)), about)
            mr.check_equal(server.rows(f"in.c-mart.{table}", "*", "ORDER BY id"), ROWS, f"rows, {about}")
        if version == "1":
            mr.check_equal(len(lines), 1, f"one line, {about}")
        elif waits:
            mr.check(len(lines) > 1 and "final" not in json.loads(lines[0]), f"lines while it runs, {about}")
        return head, trailer

    def go(self):
        if go_program() is None:
            print("        SKIPPED: Go is not installed")
            return
        source = os.path.join(self.arguments.folder, "upload.go")
        program = os.path.join(self.arguments.folder, "go-upload")
        with open(source, "w", encoding="ascii") as file:
            file.write(GO)
        environment = {**os.environ, "GOFLAGS": "", "GO111MODULE": "off", "GOTOOLCHAIN": "local",
                       "GOCACHE": os.path.join(os.path.dirname(self.arguments.binary), "test-tools", "go-cache")}
        built = subprocess.run([go_program(), "build", "-o", program, source], capture_output=True, text=True, timeout=300,
                               env=environment, check=False)
        if "Protocols" in built.stderr:
            print("        SKIPPED: this Go is older than 1.24")
            return
        mr.check_equal(built.returncode, 0, f"go build: {built.stderr[-500:]}")
        for _, server, ca in self.services("go"):
            for version in ("1", "2"):
                for name in ("csv", "avro"):
                    for kind in ("logical", "standalone"):
                        head, trailer = self.run([program], server, ca, name, version, kind, waits=True)
                        mr.check_equal(head, "200 HTTP/1.1" if version == "1" else "200 HTTP/2.0", "the version")
                        mr.check_equal(trailer, "trailer ", "no failure")
                head, trailer = self.run([program], server, ca, "bad", version, waits=True)
                wanted = ("422 HTTP/1.1", "trailer ") if version == "1" else ("200 HTTP/2.0", "trailer 422")
                mr.check_equal((head, trailer), wanted, "a failure")

    def java(self):
        if shutil.which("java") is None or shutil.which("javac") is None:
            print("        SKIPPED: a JDK is not installed")
            return
        source = os.path.join(self.arguments.folder, "Upload.java")
        with open(source, "w", encoding="ascii") as file:
            file.write(JAVA)
        built = subprocess.run(["javac", "-d", self.arguments.folder, source], capture_output=True, text=True, timeout=120,
                               check=False)
        mr.check_equal(built.returncode, 0, f"javac: {built.stderr[-500:]}")
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", self.arguments.folder, "Upload"]
        for kind, server, ca in self.services("java"):
            # Without TLS it sends a POST over HTTP/1.1, whatever it was asked for.
            version = "2" if kind == "tls" else "1"
            for name in ("csv", "avro", "bad"):
                head, _ = self.run(command, server, ca, name, version)
                mr.check_equal(head.split(" ")[1], "HTTP_2" if version == "2" else "HTTP_1_1", "the version")

    def httpx(self):
        environment, reason = test_tools.with_httpx(self.arguments.binary)
        if environment is None:
            print("        SKIPPED: " + reason)
            return
        for _, server, ca in self.services("httpx"):
            for version in ("1", "2"):
                for name in ("csv", "avro"):
                    head, _ = self.run([sys.executable, "-c", HTTPX], server, ca, name, version, environment=environment)
                    mr.check_equal(head.split(" ")[1], "HTTP/1.1" if version == "1" else "HTTP/2", "the version")

    def clients_that_read_late_or_never(self):
        """By sockets: one that reads its answers at the end, one that never reads, one that will open no further stream, one
        that resets, one that goes."""
        headers = {"authorization": f"Bearer {mr.TOKEN}", "content-type": "text/csv"}
        for kind, server, _ in self.services("sockets"):
            if kind == "tls":
                return
            def operation(query_id):
                found = server.api.get(mr.Api.BRANCH + f"/loads?label=upload:{query_id}")["loads"]
                return found[0]["operationState"] if found else None
            for table_kind in ("logical", "standalone"):
                for reads in (True, False):
                    table = self.table(server, table_kind)
                    with H2Upload(server.ingest_address(), f"/upload?table=in.c-mart.{table}&queryId={table}", headers,
                                  reads=reads) as upload:
                        upload.send(CSV)
                        upload.end()
                        mr.wait_until(lambda: operation(table) == "done", 60, "the end of the upload")
                        if reads:
                            lines = []
                            while (line := upload.lines.get(timeout=30)) is not None:
                                lines.append(json.loads(line))
                            mr.check_equal((lines[-1]["state"], lines[-1]["rowsTotal"]), ("done", len(ROWS)), "the last line")
                    mr.wait_until(lambda: len(server.rows(f"in.c-mart.{table}", "1")) == len(ROWS), 30, "rows")
                table = self.table(server, table_kind)
                with H2Upload(server.ingest_address(), f"/upload?table=in.c-mart.{table}&queryId={table}", headers) as upload:
                    upload.send(CSV[:len(CSV) // 2])
                    mr.check(upload.lines.get(timeout=30) is not None, "a line while it runs")
                    upload.goaway()
                    upload.send(CSV[len(CSV) // 2:])
                    upload.end()
                    mr.wait_until(lambda: operation(table) == "done", 60, "the end behind a GOAWAY")
                mr.wait_until(lambda: len(server.rows(f"in.c-mart.{table}", "1")) == len(ROWS), 30, "rows behind a GOAWAY")
                for how in ("reset", "close"):
                    table = self.table(server, table_kind)
                    with H2Upload(server.ingest_address(), f"/upload?table=in.c-mart.{table}&queryId={table}", headers) as upload:
                        upload.send(CSV[:len(CSV) // 2])
                        mr.check(upload.lines.get(timeout=30) is not None, "a line while it runs")
                        getattr(upload, how)()
                        mr.wait_until(lambda: operation(table) == "cancelled", 60, f"the end behind a {how}")
                    if table_kind == "logical":
                        mr.check_equal(server.rows(f"in.c-mart.{table}"), [], "rows of what was discarded")


def suite(arguments):
    clients = Clients(arguments)
    return [clients.go, clients.java, clients.httpx, clients.clients_that_read_late_or_never]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "upload-clients", suite))
