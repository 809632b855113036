"""Constant administration: threads that create, change, disable, delete and bring back what the soak does not need to be as it was.

Each step reads what is there and does one thing. A step may fail while the service dies or a fault of its life explains
it; everything else that is not as promised is a finding.
"""

import http.client
import json
import random
import threading
import urllib.parse

import millrace_client as mr
import world

CHANGED_CONDITIONS = {mr.UPLOAD_COUNT: (50, 2000), mr.IMPORT_COUNT: (500, 10000)}


class Refused(Exception):
    """The service said no; whether it may is up to the life."""


class Administration:
    """Lives as long as the soak; run() as long as a life."""

    def __init__(self, seed, counts, find):
        self.random = random.Random(seed)
        self.counts = counts        # name of what was done -> how often
        self.find = find            # find(sentence): the service is not as promised
        self.failures = {}          # name -> how often it did not succeed
        self.paths = {}             # source -> path of its URL
        self.receipts = {}          # source -> the newest receipt of rows that are on disk
        self.tokens = []
        self.number = 0

    def run(self, server, may_refuse, over):
        """Two threads until the event `over`. `may_refuse`: a fault of this life explains answers of 5xx and failed tasks."""
        threads = [threading.Thread(target=self._steps, args=(mr.Api(server.ready["api"]), server, steps, may_refuse, over),
                                    daemon=True) for steps in (self.changes(), self.looks())]
        for thread in threads:
            thread.start()
        return threads

    def read_paths(self, api):
        """After a life that may have ended within a change of secrets."""
        for source in world.SINKS:
            answer = api.call("GET", api.source_path(source))
            if answer.status == 200:
                self.paths[source] = urllib.parse.urlsplit(answer.json()["http"]["url"]).path

    def bring_back(self, api):
        """Everything that was disabled or deleted serves again."""
        for source in world.CHURN:
            if api.call("GET", api.source_path(source)).status == 404:
                api.do("PUT", api.source_path(source) + "/undelete")
            if api.get(api.source_path(source)).get("disabled"):
                api.do("PUT", api.source_path(source) + "/enable")
            for sink in world.SINKS[source]:
                path = api.sink_path(source, sink)
                if api.call("GET", path).status == 404:
                    api.do("PUT", path + "/undelete")
                if api.get(path).get("disabled"):
                    api.do("PUT", path + "/enable")
        self.read_paths(api)

    def changes(self):
        return [self.patch_conditions, self.patch_conditions, self.patch_source, self.rotate_secret, self.rotate_secret,
                self.toggle_source, self.toggle_sink, self.toggle_sink, self.delete_or_bring_back_sink,
                self.delete_or_bring_back_source, self.ephemeral_source, self.retry_rejects, self.roll_back]

    def looks(self):
        return [self.look_at_receipt, self.look_at_receipt, self.look_at_ledger, self.look_at_ledger, self.make_token,
                self.drop_token, self.look_around, self.look_around, self.test_request]

    def _steps(self, api, server, steps, may_refuse, over):
        rng = random.Random(self.random.getrandbits(32))
        while not over.is_set():
            step = rng.choice(steps)
            name = step.__name__.replace("_", " ")
            try:
                step(api, server, rng)
                self.counts[name] += 1
            except (OSError, http.client.HTTPException, Refused, mr.Failure) as failure:
                self.failures[name] = self.failures.get(name, 0) + 1
                # A process that is being killed may be seen a moment longer than its sockets.
                if not may_refuse and not over.wait(0.2) and server.process.poll() is None:
                    self.find(f"{name}: {failure!r}")
            over.wait(rng.uniform(0.02, 0.3))

    # --- changes

    def _any_sink(self, rng):
        source = rng.choice(list(world.SINKS))
        return source, rng.choice(list(world.SINKS[source]))

    def _exists(self, api, path):
        answer = api.call("GET", path)
        if answer.status not in (200, 404):
            raise Refused(f"GET {path}: {answer!r}")
        return answer.json() if answer.status == 200 else None

    def _task(self, api, method, path, body=None, also=()):
        """`also` are other statuses that are right: somebody else was faster."""
        answer = api.call(method, path, body)
        if answer.status in also:
            return None
        if answer.status != 202:
            raise Refused(f"{method} {path}: {answer!r}")
        task = api.finished(answer.json()["taskId"])
        if task["status"] != "success":
            raise Refused(f"{method} {path}: {task}")
        return task

    def patch_conditions(self, api, _server, rng):
        source, sink = self._any_sink(rng)
        path = api.sink_path(source, sink)
        if self._exists(api, path) is None:
            return
        key, (least, most) = rng.choice(list(CHANGED_CONDITIONS.items()))
        body = {"settings": [{"key": key, "value": rng.randint(least, most)}]}
        self._task(api, "PATCH", path + "/settings", body)

    def patch_source(self, api, _server, rng):
        source = rng.choice(list(world.SINKS))
        if self._exists(api, api.source_path(source)) is not None:
            self._task(api, "PATCH", api.source_path(source), {"description": f"number {rng.random()}"})

    def rotate_secret(self, api, _server, rng):
        source = rng.choice(list(world.SINKS))
        if self._exists(api, api.source_path(source)) is None:
            return
        body = {"overlap": "1h"} if rng.random() < 0.7 else None
        answer = api.call("POST", api.source_path(source) + "/rotate-secret", body)
        if answer.status != 200:
            raise Refused(f"rotate-secret: {answer!r}")
        self.paths[source] = urllib.parse.urlsplit(answer.json()["http"]["url"]).path

    def toggle_source(self, api, _server, rng):
        path = api.source_path(rng.choice(world.CHURN))
        source = self._exists(api, path)
        if source is not None:
            self._task(api, "PUT", path + ("/enable" if source.get("disabled") else "/disable"))

    def toggle_sink(self, api, _server, rng):
        source = rng.choice(world.CHURN)
        path = api.sink_path(source, "extra")
        sink = self._exists(api, path)
        if sink is None or self._exists(api, api.source_path(source)).get("disabled"):
            return
        self._task(api, "PUT", path + ("/enable" if sink.get("disabled") else "/disable"))

    def delete_or_bring_back_sink(self, api, _server, rng):
        source = rng.choice(world.CHURN)
        if self._exists(api, api.source_path(source)) is None:
            return
        path = api.sink_path(source, "extra")
        if self._exists(api, path) is not None:
            self._task(api, "DELETE", path)
        else:
            self._task(api, "PUT", path + "/undelete")

    def delete_or_bring_back_source(self, api, _server, rng):
        source = rng.choice(world.CHURN)
        path = api.source_path(source)
        if self._exists(api, path) is not None:
            self._task(api, "DELETE", path)
        self._task(api, "PUT", path + "/undelete")
        self.read_paths(api)

    def ephemeral_source(self, api, server, rng):
        """Made, used, deleted with its table; what it took is in the table before."""
        self.number += 1
        source = f"day-fly-{self.number}"
        path = urllib.parse.urlsplit(self._create(api, source)["http"]["url"]).path
        # Full disks and failed volumes may refuse; what was answered 200 counts.
        taken = 0
        for _ in range(3):
            answer = mr.request(server.ready["ingest"], "POST", path, b'{"n":1}', {"Content-Type": "application/json"})
            taken += answer.status == 200
        task = self._task(api, "DELETE", api.source_path(source) + ("?cascade=true" if rng.random() < 0.7 else ""))
        self.counts["events of a day-fly"] += taken
        if task is not None and self._exists(api, api.source_path(source)) is not None:
            self.find(f"source {source} is there after it was deleted")

    def _create(self, api, source):
        self._task(api, "POST", f"{api.BRANCH}/sources", {"sourceId": source, "type": "http", "name": source})
        self._task(api, "POST", f"{api.source_path(source)}/sinks",
                   mr.sink_body("rows", f"in.c-day-fly.{source}", world.BODIES))
        return api.get(api.source_path(source))

    def retry_rejects(self, api, _server, rng):
        """Through a mapping that takes them, then the old one again."""
        path = api.sink_path(world.KEEPER, "kept")
        table = world.table_of(world.KEEPER, "kept")

        def map_as(columns):
            self._task(api, "PATCH", path, {"table": {"type": "keboola", "tableId": table, "mapping": {"columns": columns}}})

        map_as(world.FORGIVING)
        try:
            self._task(api, "POST", path + "/rejects/retry")
        finally:
            map_as(world.WHOLE)

    def roll_back(self, api, _server, rng):
        """Of a core sink: name, settings and columns of an earlier version, which are all good."""
        path = api.sink_path(rng.choice(world.CORE), "by-id")
        versions = api.get(path + "/versions?limit=100")["versions"]
        chosen = rng.choice([version for version in versions if version["number"] > 1] or versions)
        self._task(api, "PUT", f"{path}/versions/{chosen['number']}/rollback")

    # --- looks

    def look_at_receipt(self, api, _server, rng):
        source = rng.choice(list(world.SINKS))
        receipt = self.receipts.get(source)
        if receipt is None:
            return
        wait = rng.choice(["", "", "?wait=2s"])
        answer = api.call("GET", f"{api.BRANCH}/receipts/{receipt}{wait}")
        if answer.status != 200:
            raise Refused(f"receipt {receipt}: {answer!r}")
        states = {sink["sinkId"]: sink.get("state") for sink in answer.json()["sinks"]}
        if "lost" in states.values():
            self.find(f"receipt {receipt} of {source}, which was on disk, says {states}")

    def look_at_ledger(self, api, _server, rng):
        source, sink = self._any_sink(rng)
        path = api.sink_path(source, sink)
        if self._exists(api, path) is None:
            return
        answer = api.call("GET", path + "/ledger")
        if answer.status == 404:
            return
        if answer.status != 200:
            raise Refused(f"ledger of {source}/{sink}: {answer!r}")
        check_ledger(answer.json(), self.find)

    def make_token(self, api, _server, rng):
        body = {"description": "of the soak", "role": rng.choice(["admin", "readonly"])}
        answer = api.call("POST", "/v1/tokens", body)
        if answer.status != 201:
            raise Refused(f"a token: {answer!r}")
        made = answer.json()
        self.tokens.append(made["id"])
        told = mr.Api(api.url, made["token"]).call("GET", f"{api.BRANCH}/sources?limit=1")
        if told.status != 200:
            raise Refused(f"a new token: {told!r}")

    def drop_token(self, api, _server, _rng):
        if not self.tokens:
            return
        token = self.tokens.pop(0)
        answer = api.call("DELETE", f"/v1/tokens/{token}")
        if answer.status not in (204, 404):  # 404: the answer of an earlier life did not arrive
            raise Refused(f"deleting a token: {answer!r}")

    def look_around(self, api, _server, rng):
        source, sink = self._any_sink(rng)
        path = rng.choice([f"{api.BRANCH}/sources?limit=100", f"{api.BRANCH}/sources/deleted?limit=10", "/v1/tokens",
                           f"{api.BRANCH}/aggregation/sources?limit=5", api.sink_path(source, sink) + "/statistics/files",
                           api.sink_path(source, sink) + "/versions?limit=5", api.source_path(source) + "/settings",
                           api.sink_path(world.KEEPER, "kept") + "/rejects?limit=20", "/metrics", "/health-check", "/v1/volumes"])
        answer = api.call("GET", path)
        if answer.status not in (200, 404):
            raise Refused(f"GET {path}: {answer!r}")

    def test_request(self, api, _server, rng):
        source = rng.choice(list(world.SINKS))
        body = json.loads(world.event(1, 1).body)
        answer = api.call("POST", api.source_path(source) + "/test", body)
        if answer.status not in (200, 404):
            raise Refused(f"/test of {source}: {answer!r}")


def check_ledger(ledger, find):
    parts = sum(ledger[place] for place in ("local", "staging", "target", "setAside", "discarded", "keptRejects", "lost"))
    if ledger["accepted"] != parts:
        find(f"a ledger that is not the sum of its places: {ledger}")
    if ledger["lost"]:
        find(f"a ledger says that rows are lost: {ledger}")
