"""A client of the endpoints in Apache Pinot's form, and the guide's documents."""

import base64
import json
import os

import millrace_client as mr

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "pinot")


def guide(name):
    """A file of Pinot's guide for stream ingestion, word for word."""
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return file.read()


def records():
    return guide("transcript.json").splitlines()


def guide_table(address, topic="transcript-topic"):
    """The guide's table with another address of the broker."""
    text = guide("transcript-table-realtime.json")
    return text.replace("localhost:9876", address).replace("transcript-topic", topic)


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Pinot:
    """What pinot-admin and a browser do."""

    def __init__(self, server, headers=None):
        self.server = server
        self.headers = headers if headers is not None else {"Authorization": f"Bearer {mr.TOKEN}"}

    def call(self, method, path, body=None, headers=None):
        sent = {**self.headers, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        return mr.request(self.server.ready["api"], method, path, body, sent, timeout_s=60)

    def do(self, method, path, body=None):
        answer = self.call(method, path, body)
        mr.check_equal(answer.status, 200, f"{method} {path}: {answer!r}")
        return answer.json()

    def refused(self, method, path, body, status, text):
        answer = self.call(method, path, body)
        mr.check_equal(answer.status, status, f"{method} {path}: {answer!r}")
        said = answer.json()
        mr.check_equal(said["code"], status, "code")
        mr.check(text in said["error"], f"{text!r} in {said['error']!r}")

    def query(self, sql, **more):
        return self.do("POST", "/query/sql", {"sql": sql, **more})

    def rows(self, sql):
        answer = self.query(sql)
        mr.check_equal(answer["exceptions"], [], sql)
        return answer["resultTable"]["rows"]

    def failure(self, sql):
        """The code of the exception."""
        answer = self.query(sql)
        mr.check(answer["exceptions"], f"{sql}: {answer}")
        return answer["exceptions"][0]["errorCode"]

    def wait_count(self, table, count, timeout_s=60):
        def there():
            answer = self.query(f"select count(*) from {table}")
            return not answer["exceptions"] and answer["resultTable"]["rows"][0][0] >= count

        mr.wait_until(there, timeout_s, f"{count} rows in {table}: {self.query(f'select count(*) from {table}')}, "
                      f"{self.call('GET', f'/tables/{table}/consumingSegmentsInfo')!r}", poll_s=0.02)
        mr.check_equal(self.rows(f"select count(*) from {table}"), [[count]], f"rows of {table}")
