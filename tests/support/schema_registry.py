"""A registry of schemas as Confluent's answers, and messages of Avro with the id of their schema in front."""

import base64
import http.server
import json
import threading


class SchemaRegistry:
    """Lives as long as its `with` block; may be away, and may want a user."""

    def __init__(self, user_info=None):
        self.schemas = {}
        self.user_info = user_info
        self.is_away = False
        self.asked = []
        self.not_found = []  # those of them that were answered so
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                registry.asked.append(self.path)
                self._send(*registry._answer(self.path, self.headers.get("Authorization")))

            def _send(self, status, answer):
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def register(self, number, schema, **more):
        self.schemas[number] = {"schema": json.dumps(schema), **more}

    def _answer(self, path, authorization):
        if self.is_away:
            return 503, {"error_code": 50302, "message": "away"}
        if self.user_info is not None:
            wanted = "Basic " + base64.b64encode(self.user_info.encode()).decode()
            if authorization != wanted:
                return 401, {"error_code": 401, "message": "Unauthorized"}
        if path.startswith("/schemas/ids/"):
            found = self.schemas.get(int(path.rsplit("/", 1)[1]))
            if found is not None:
                return 200, found
        self.not_found.append(path)
        return 404, {"error_code": 40403, "message": "Schema not found"}


def framed(number, datum):
    """A message as Confluent's serialisers write it."""
    return b"\0" + number.to_bytes(4, "big") + datum
