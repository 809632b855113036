#!/usr/bin/env python3
"""Goal    the examples in openapi.yaml work, and the service answers what the file shows.
Method  read the file from the real binary and send every operation once, in the order of the file, with the
        examples of its parameters and its body; what deletes comes last, and a restored thing after it was
        deleted. Every answer must have a documented status, the documented type and a body that fits the
        schema; where the file shows an answer, it must be alike: equal but for times, secrets, hashes, ids of
        tasks and addresses.
"""

import argparse
import json
import os
import re
import shutil
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from millrace_client import (  # noqa: E402
    Api, Failure, Server, check, check_equal, request, run_cases, scratch_folder, wait_until)

METHODS = ("get", "post", "put", "patch", "delete")
VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "TIME"),
    (re.compile(r"TIME_[0-9A-Za-z]{5}\b"), "TIME_RANDOM"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "HOST"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "HASH"),
    (re.compile(r"^[0-9A-Za-z]{12}$"), "TOKEN_ID"),
    (re.compile(r"(\b|_)[0-9A-Za-z]{48}\b"), "SECRET"),
)
VOLATILE_NUMBERS = {"duration"}


class Document:
    def __init__(self, content):
        self.content = content

    def resolved(self, node):
        while "$ref" in node:
            found = self.content
            for part in node["$ref"][2:].split("/"):
                found = found[part]
            node = found
        return node

    def operations(self):
        """(method, path, operation, parameters), in the order in which they can be run."""
        found = []
        for path, item in self.content["paths"].items():
            for method in item:
                if method in METHODS:
                    own = item[method].get("parameters", [])
                    parameters = [self.resolved(one) for one in item.get("parameters", []) + own]
                    found.append((method, path, item[method], parameters))

        def place(entry):
            method, path, _, _ = entry
            base = path.removesuffix("/undelete")
            ends = method == "delete" and not path.endswith("/clear")
            if not ends and base == path:
                return (0, 0, 0)
            return (1, -base.count("/"), 0 if ends else 1)

        return sorted(found, key=place)

    def problems(self, schema, value, where="answer"):
        """What is wrong with a value; the part of JSON Schema that the file uses."""
        schema = self.resolved(schema)
        known = {"type", "nullable", "enum", "properties", "required", "additionalProperties", "items", "minItems",
                 "maxItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "oneOf", "anyOf",
                 "description", "default", "title", "example", "x-is-of-a-kind"}
        unknown = set(schema) - known
        if unknown:
            return [f"{where}: this test does not know {sorted(unknown)}"]
        if value is None:
            return [] if schema.get("nullable") else [f"{where}: null"]
        found = []
        for word, fits in (("oneOf", lambda count: count == 1), ("anyOf", lambda count: count > 0)):
            if word in schema:
                count = sum(not self.problems(one, value, where) for one in schema[word])
                if not fits(count):
                    found.append(f"{where}: fits {count} of {word}")
        types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
        wanted = schema.get("type")
        if wanted and (not isinstance(value, types[wanted]) or (isinstance(value, bool) and wanted != "boolean")):
            return [f"{where}: {value!r} is no {wanted}"]
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{where}: {value!r} is not one of {schema['enum']}")
        if isinstance(value, str):
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
                found.append(f"{where}: {value!r} is too short or too long")
            if "pattern" in schema and not re.search(schema["pattern"], value):
                found.append(f"{where}: {value!r} does not match {schema['pattern']}")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                found.append(f"{where}: {value} is too small or too large")
        if isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                found.append(f"{where}: {len(value)} items")
            for index, item in enumerate(value):
                found += self.problems(schema.get("items", {}), item, f"{where}[{index}]")
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            found += [f"{where}: {key} is missing" for key in schema.get("required", []) if key not in value]
            for key, item in value.items():
                if key in properties:
                    found += self.problems(properties[key], item, f"{where}.{key}")
                elif schema.get("additionalProperties") is False:
                    found.append(f"{where}: {key} is not documented")
        return found


def masked(value):
    if isinstance(value, str):
        for pattern, word in VOLATILE:
            value = pattern.sub(word, value)
    return value


def difference(example, got, where="answer"):
    """The first place where an answer is not like its example; a list may have more than the example shows."""
    if isinstance(example, dict) and isinstance(got, dict):
        if set(example) != set(got):
            return f"{where}: the fields {sorted(set(example) ^ set(got))} are in one of them only"
        for key, value in example.items():
            found = None if key in VOLATILE_NUMBERS else difference(value, got[key], f"{where}.{key}")
            if found:
                return found
        return None
    if isinstance(example, list) and isinstance(got, list):
        for index, value in enumerate(example):
            found = [difference(value, item, f"{where}[{index}]") for item in got]
            if None not in found:
                return found[0] if len(found) == 1 else f"{where}[{index}]: nothing is like {value}"
        return None
    return None if masked(example) == masked(got) else f"{where}: {got!r}, in the file {example!r}"


class Walk:
    def __init__(self, server):
        self.api = Api(server.ready["api"])
        self.backup = server.data_dir + ".backup"
        answer = request(self.api.url, "GET", "/v1/documentation/openapi.json")
        check_equal(answer.status, 200, "openapi.json")
        self.document = Document(answer.json())
        self.known = {}  # parameters that only answers tell

    def every_shown_answer_fits_its_schema(self):
        shown = 0
        for method, path, operation, _ in self.document.operations():
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            for part in bodies + list(operation["responses"].values()):
                for content in self.document.resolved(part).get("content", {}).values():
                    if "example" in content:
                        shown += 1
                        check_equal(self.document.problems(content["schema"], content["example"], "example"), [],
                                    f"{method} {path}")
        check(shown > 20, f"only {shown} examples")

    def every_operation_answers_as_documented(self):
        operations = self.document.operations()
        for method, path, operation, parameters in operations:
            try:
                self.run(method.upper(), path, operation, parameters)
            except Failure as failure:
                raise Failure(f"{method.upper()} {path}: {failure}") from None
        check(len(operations) > 20, f"only {len(operations)} operations")

    def every_operation_refuses_a_call_without_a_token(self):
        for method, path, operation, parameters in self.document.operations():
            if operation.get("security") == []:
                continue
            # After ten wrong tokens the address is told to wait.
            for headers, wanted in (({}, (400,)), ({"X-StorageApi-Token": "wrong"}, (401, 429))):
                answer = request(self.api.url, method.upper(), self.target(path, parameters), None, headers)
                check(answer.status in wanted, f"{method} {path} with {headers}: {answer!r}")
                self.check_body(operation, answer)

    def target(self, path, parameters):
        query = []
        for parameter in parameters:
            name = parameter["name"]
            example = self.known.get(name, parameter.get("example"))
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", urllib.parse.quote(str(example), safe="/:"))
            elif parameter["in"] == "query" and example is not None:
                query.append((name, example))
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def run(self, method, path, operation, parameters):
        headers = {} if operation.get("security") == [] else {"X-StorageApi-Token": self.api.token}
        body = None
        if "requestBody" in operation:
            (kind, content), = operation["requestBody"]["content"].items()
            headers["Content-Type"] = kind
            example = content["example"]
            if operation["operationId"] == "makeBackup":  # in a folder that is there
                example = {**example, "path": self.backup}
            body = json.dumps(example)
        answer = request(self.api.url, method, self.target(path, parameters), body, headers)
        # A build without the page; and no request of these makes a load, or a file.
        absent = answer.status == 404 and (path.startswith("/v1/documentation/") or path.endswith("/loads/{loadId}")
                                           or "/loads/{loadId}/file" in path or "/files/{fileId}/" in path)
        check(answer.status < 400 or absent, f"{answer!r}")
        self.check_body(operation, answer)
        if operation["operationId"] == "createToken":
            self.known["tokenId"] = answer.json()["id"]
        if answer.status == 202:
            self.finish(answer.json()["taskId"], operation["operationId"])

    def check_body(self, operation, answer):
        check(str(answer.status) in operation["responses"], f"the status {answer.status} is not documented: {answer!r}")
        response = self.document.resolved(operation["responses"][str(answer.status)])
        if "content" not in response:
            check_equal(answer.body, b"", "the body")
            return
        kind = answer.headers["Content-Type"]
        check(kind in response["content"], f"the type {kind} is not documented")
        content = response["content"][kind]
        if kind == "application/yaml":
            return  # nothing here reads YAML; unit_openapi does
        value = answer.json() if kind == "application/json" else answer.body.decode()
        problems = self.document.problems(content["schema"], value)
        check_equal(problems, [], f"{answer!r}")
        if "example" in content and answer.status < 300:
            found = difference(content["example"], value)
            check(found is None, f"not like the example: {found}")

    def finish(self, task_id, operation_id):
        self.known.setdefault("taskId", task_id)  # the example shows the first one

        def ended():
            task = self.api.get(f"/v1/tasks/{task_id}")
            return task if task["isFinished"] else None

        task = wait_until(ended, 60, task_id)
        check_equal(task["status"], "success", f"the task of {operation_id}: {task}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    folder = scratch_folder(parser.parse_args().binary, "openapi-examples")
    try:
        data, spare, gone = (os.path.join(folder, name) for name in ("data", "spare", "gone"))
        volume = ["--volume", f"spare={spare}"]
        with Server(parser.parse_args().binary, data, args=[*volume, "--volume", f"gone={gone}"]) as server:
            server.start()
            server.stop()
        with Server(parser.parse_args().binary, data, args=volume) as server:
            server.start()
            # Ledgers count again; the walk sees what a second run says.
            check_equal(Api(server.ready["api"]).call("POST", "/v1/volumes/gone/lost").status, 200, "lost")
            walk = Walk(server)
            return run_cases([walk.every_shown_answer_fits_its_schema, walk.every_operation_answers_as_documented,
                              walk.every_operation_refuses_a_call_without_a_token])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
