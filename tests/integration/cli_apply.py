#!/usr/bin/env python3
"""apply and export: what a service has, as a file.

Goal    a file makes a service so; nothing is planned for what is so already; nobody overwrites what another has changed.
Method  the real binary as client and as service, at a terminal where it asks; two services, where a file of the one makes the
        other one the same.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
from cli_shell import Shell, Terminal, says  # noqa: E402

INTERVAL = "storage.level.target.import.trigger.interval"
SHOP = f"""\
tables:
  - id: in.c-shop.stock
    kind: standalone
    csvParser: {{separator: ";"}}
    columns: [sku:key, count:INTEGER, at:TIMESTAMP:required]
sources:
  - id: shop
    name: "Web shop: 1"
    description: |
      Of the
      shop
    settings:
      source.http.badRecords: skip
      {INTERVAL}: 90s
    sinks:
      - id: orders
        table: in.c-shop.orders
        columns:
          - id=order.id:INTEGER:key
          - note=order.note:required
          - {{name: agent, type: header, header: User-Agent, defaultValue: "-"}}
          - {{name: sum, type: template, template: {{language: jsonnet, content: "local a = Body('a');\\na"}}}}
        settings:
          storage.level.local.encoding.sync.wait: false
      - id: off
        enabled: false
        table: in.c-shop.off
        columns: [body=@body]
  - id: hooks
    http: {{preset: github, signature: {{secrets: [s3cr3t]}}}}
    sinks:
      - {{id: events, table: in.c-hooks.events, preset: github}}
  - id: closed
    enabled: false
    sinks:
      - {{id: rows, table: in.c-closed.rows, columns: [body=@body]}}
  - id: telemetry
    type: otlp
    sinks:
      - id: logs
        table: in.c-telemetry.logs
        allowedSignals: [logs]
        preset: otel-logs
"""
LAMPS = "sources:\n  - id: lamps\n    sinks:\n      - {id: a, table: in.c-lamps.a, columns: [x=x, y=y]}\n"


def cases(shell, other):
    def file_of(text, name="file.yaml"):
        with open(os.path.join(shell.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        return name

    def plan(text, *more):
        return shell.json("apply", "-f", file_of(text), *more)

    def a_file_makes_what_is_not_there():
        says(shell.refused_with_output(1, "apply", "-f", file_of(SHOP)), "--yes")
        mr.check_equal(shell.json("source", "list"), [], "nothing is made without being asked for")
        dry = shell.ok("apply", "-f", "file.yaml", "--dry-run")
        says(dry, "+ source shop", "+ column id=order.id:INTEGER:key", "Plan: 10 to create, 0 to change")
        mr.check("s3cr3t" not in dry, "a secret is shown")
        mr.check_equal(shell.json("source", "list"), [], "nothing is made by --dry-run")
        says(shell.ok("apply", "-f", "file.yaml", "--yes"), "10 changes are made.")
        mr.check_equal([one["sourceId"] for one in shell.json("source", "list")], ["closed", "hooks", "shop", "telemetry"], "sources")
        mr.check_equal(shell.json("source", "get", "shop")["description"], "Of the\nshop\n", "the description")
        mr.check_equal(shell.ok("settings", "get", "shop", "--key", INTERVAL), "1m30s\n", "a setting")
        mr.check("disabled" in shell.json("sink", "get", "shop", "off"), "a sink that is off")
        mr.check("disabled" in shell.json("source", "get", "closed"), "a source that is off")

    def secrets_of_a_kafka_source_are_not_shown_before_it_is_there():
        secrets = ("sasl.password", "sasl.oauthbearer.client.secret", "ssl.key.pem", "ssl.key.password",
                   "schema.registry.basic.auth.user.info")
        lines = "".join(f"        {name}: H1DDEN\n" for name in secrets)
        text = ("sources:\n  - id: topic\n    type: kafka\n    kafka:\n      brokers: 127.0.0.1:9\n      topic: t\n"
                "      format: json\n      properties:\n        client.id: shown\n" + lines)
        for more in ((), ("--json",)):
            told = shell.ok("apply", "-f", file_of(text), "--dry-run", *more)
            mr.check("H1DDEN" not in told and "shown" in told, told)
            mr.check_equal(told.count("(secret)"), len(secrets), told)

    def a_kafka_source_is_paused_until_its_sinks_are_there():
        sink = "      - {{id: {0}, table: in.c-events.{0}, columns: [body=@body]}}\n"
        text = ("sources:\n  - id: events\n    type: kafka\n    kafka: {brokers: \"127.0.0.1:9\", topic: t}\n    sinks:\n"
                + sink.format("a") + sink.format("b"))
        shown = shell.ok("apply", "-f", file_of(text), "--yes")
        says(shown, "+ source events", "+ kafka.paused: true", "~ source events\n    ~ kafka.paused: true -> false", "4 changes are made.")
        mr.check(shell.json("source", "get", "events")["kafka"]["paused"] is False, "it is paused")
        wrong = text + sink.format("c") + sink.format("d").replace("columns", "target: nowhere, columns")
        said = shell.refused_with_output(1, "apply", "-f", file_of(wrong), "--yes")
        says(said, "sink events/d: ", "the source events is paused until then")
        mr.check(shell.json("source", "get", "events")["kafka"]["paused"] is True, "it is not paused")
        shell.ok("apply", "-f", file_of(text.replace("    type: kafka\n", "")), "--yes")
        mr.check(shell.json("source", "get", "events")["kafka"]["paused"] is False, "it is paused for good")
        shell.ok("source", "delete", "events")

    def a_source_is_enabled_behind_its_sinks():
        text = "sources:\n  - id: closed\n    enabled: true\n    sinks:\n      - {id: more, table: in.c-closed.more, columns: [b=@body], enabled: false}\n"
        shell.ok("apply", "-f", file_of(text), "--yes")
        sinks = {one["sinkId"]: "disabled" in one for one in shell.json("sink", "list", "closed")}
        mr.check_equal(sinks, {"more": True, "rows": False}, "what is disabled")
        mr.check_equal(plan(text)["changes"], [], "what is left")

    def the_same_file_plans_nothing():
        mr.check_equal(plan(SHOP)["changes"], [], "changes")
        mr.check_equal(shell.ok("apply", "-f", "file.yaml"), "Plan: nothing to change, 10 as they are.\n", "in words")

    def what_is_exported_plans_nothing_and_makes_another_service_the_same():
        text = shell.ok("export")
        mr.check("s3cr3t" not in text and "/stream/" not in text, f"a secret is exported: {text}")
        mr.check_equal(plan(text)["changes"], [], text)
        one = shell.ok("export", "--source", "closed")
        mr.check("closed" in one and "shop" not in one, one)
        mr.check_equal(sorted(shell.json("export")), ["sources", "tables"], "as JSON")

        # The other one needs the secret, which is in no file.
        hint = "    http:\n      preset: github\n"
        mr.check(hint in text, text)
        complete = text.replace(hint, hint + "      signature: {secrets: [other]}\n")
        says(other.refused_with_output(1, "apply", "-f", "-", "--yes", given=text), "source hooks", "secret", "apply the file again")
        other.ok("apply", "-f", "-", "--yes", given=complete)
        mr.check_equal(other.ok("export"), text, "what the other one exports")
        mr.check_equal(json.loads(other.ok("apply", "-f", "-", "--json", given=complete))["changes"], [], "once more")

    def only_what_differs_is_changed():
        changed = SHOP.replace("Web shop: 1", "Shop").replace("90s", "2m").replace("note=order.note:required", "note=order.text")
        shown = shell.ok("apply", "-f", file_of(changed), "--yes")
        says(shown, "~ source shop\n    ~ name: Web shop: 1 -> Shop\n", f"    ~ {INTERVAL}: 1m30s -> 2m\n",
             "~ sink shop/orders\n    ~ column note=order.note:required -> note=order.text\n", "2 changes are made.")
        mr.check_equal(shell.json("source", "versions", "shop")[-1]["description"], "Applied file.yaml.", "its version")
        mr.check_equal(plan(changed)["changes"], [], "what is left")
        taken_back = changed.replace(f"{INTERVAL}: 2m", f"{INTERVAL}: null").replace("enabled: false\n        table: in.c-shop.off",
                                                                                     "enabled: true\n        table: in.c-shop.off")
        says(shell.ok("apply", "-f", file_of(taken_back), "--yes"), f"    - {INTERVAL}: 2m0s\n", "    ~ enabled: false -> true\n")
        mr.check_equal(plan(taken_back)["changes"], [], "what is left")

    def at_a_terminal_it_asks():
        name = file_of(LAMPS)
        terminal = Terminal(shell, 60, "apply", "-f", name)
        terminal.read_until(b"Apply? [y/N] ")
        terminal.type("n\n")
        says(terminal.end(), "\x1b[32m+ source lamps\x1b[0m", "Nothing is applied.")
        says(shell.refused(1, "source", "get", "lamps"), "lamps")
        terminal = Terminal(shell, 60, "apply", "-f", name)
        terminal.read_until(b"Apply? [y/N] ")
        terminal.type("y\n")
        says(terminal.end(), "2 changes are made.")

    def what_somebody_else_changed_meanwhile_is_told():
        name = file_of(LAMPS.replace("y=y", "y=other"))
        terminal = Terminal(shell, 200, "apply", "-f", name)
        terminal.read_until(b"Apply? [y/N] ")
        shell.ok("sink", "update", "lamps", "a", "--name", "Somebody else")
        terminal.type("y\n")
        says(terminal.end(1), "sink lamps/a", "version 2", "0 of 1 changes are made")
        sink = shell.json("sink", "get", "lamps", "a")
        mr.check_equal((sink["name"], sink["table"]["mapping"]["columns"][1]["path"]), ("Somebody else", "y"), "the sink")
        shell.ok("apply", "-f", name, "--yes")
        sink = shell.json("sink", "get", "lamps", "a")
        mr.check_equal((sink["name"], sink["table"]["mapping"]["columns"][1]["path"]), ("Somebody else", "other"), "the sink")

    def a_mistake_is_told_with_its_line_and_nothing_is_done():
        before = shell.ok("export")
        for text, part in [
                ("sources:\n  - id: new\n    nmae: x\n", "file.yaml, line 3: unknown key \"nmae\""),
                ("sources:\n  - id: new\n  - id: shop\n    settings: {mapping.onEror: keep}\n", "line 4: there is no setting"),
                ("sources:\n  - id: new\n  - id: shop\n    type: otlp\n", "line 3: the source shop is there, of type http"),
                ("sources:\n  - id: new\ntables:\n  - {id: in.c-shop.stock, columns: [a]}\n", "line 4: the table in.c-shop.stock"),
                ("sources:\n  - id: new\n    settings: {source.http.badRecords: wrong}\n", "line 3: Invalid"),
                ("sources:\n  - id: new\n    sinks:\n      - {id: k, table: bad, columns: [a=a]}\n", "line 4: Invalid"),
                ("sources: [\n", "file.yaml, line "),
                ("sources:\n  - id: new\n  - id: newer\n    sinks:\n"
                 "      - {id: k, table: in.c-new.k, columns: [{name: x, type: pth, path: a}]}\n", "line 5: sink k, column x: \"pth\""),
                ("sources:\n  - id: new\n  - id: shop\n    sinks:\n      - {id: k, columns: [a=a]}\n",
                 "line 5: the sink shop/k is not there yet, so it needs \"table\""),
                ("", "file.yaml, line 1: the file is empty"), ("---\n...\n", "line 1: the file is empty"),
                ("sources:\n  - id: new\n    name: \"cut\n  - id: newer\n", "line 3: the quotes of a text have no end"),
                (SHOP[:-20], "file.yaml, line "), ("---\n" + SHOP, "does not end with ..."),
        ]:
            said = shell.refused(1, "apply", "-f", file_of(text), "--yes")
            says(said, part)
        says(shell.refused(1, "apply", "-f", "no-such-file"), "no-such-file")
        says(shell.refused(1, "apply", "-f", "."), "directory")
        mr.check_equal(shell.ok("export"), before, "the service")

    def what_the_service_refuses_is_told_with_what_is_done():
        text = "sources:\n  - id: first\n  - id: second\n    name: " + "x" * 50 + "\n"
        said = shell.refused_with_output(1, "apply", "-f", file_of(text), "--yes")
        says(said, "source second: ", "1 of 2 changes is made")
        shell.ok("apply", "-f", file_of(text.replace("x" * 50, "x")), "--yes")

    def what_is_made_in_part_is_told_and_goes_on():
        text = "sources:\n  - id: part\n    type: otlp\n    settings: {source.otlp.nope: 1}\n"
        ended = shell.run("apply", "-f", file_of(text), "--yes", "--json")
        mr.check_equal(ended.code, 1, f"{ended!r}")
        says(ended.err, "source part: it is made, but its settings are not: ", "0 of 1 changes are made, and one in part")
        told = json.loads(ended.out)
        mr.check_equal((told["applied"], told["appliedInPart"]), (0, "source part"), "in JSON")
        mr.check_equal(plan(text[:text.index("    settings")])["changes"], [], "what is left")

    def an_id_is_that_of_the_service():
        text = "sources:\n  - id: New_One\n    sinks:\n      - {id: K_1, table: in.c-new.t, columns: [id=id]}\n"
        ended = shell.run("apply", "-f", file_of(text), "--yes")
        mr.check_equal(ended.code, 0, f"{ended!r}")
        says(ended.out, "+ sink new-one/k-1", "2 changes are made.")
        says(ended.err, 'the source "New_One" has the id new-one', 'the sink "K_1" has the id k-1')
        ended = shell.run("apply", "-f", "file.yaml", "--yes")
        mr.check_equal((ended.code, ended.out), (0, "Plan: nothing to change, 2 as they are.\n"), "once more")

    def of_a_sink_that_is_there_the_table_may_be_left_out():
        text = "sources:\n  - id: shop\n    sinks:\n      - {id: orders, description: All}\n"
        before = shell.json("sink", "get", "shop", "orders")
        shell.ok("apply", "-f", file_of(text), "--yes")
        after = shell.json("sink", "get", "shop", "orders")
        mr.check_equal((after["description"], after["table"]), ("All", before["table"]), "the sink")

    def a_table_that_sinks_have_made_wider_is_made_elsewhere_too():
        shell.ok("table", "create", "in.c-wide.t", "--column", "k:INTEGER:key", "--column", "b")
        shell.ok("source", "create", "wide")
        shell.ok("sink", "create", "wide", "a", "--table", "in.c-wide.t", "--column", "k=k:INTEGER:key", "--column", "b=b")
        shell.ok("sink", "create", "wide", "b", "--table", "in.c-wide.u", "--column", "x=x")
        shell.ok("sink", "create", "wide", "c", "--table", "in.c-wide.u", "--column", "x=x")
        shell.ok("sink", "update", "wide", "a", "--column", "k=k:INTEGER:key", "--column", "b=b", "--column", "c=c")
        shell.ok("sink", "update", "wide", "c", "--column", "y=y")
        text = shell.ok("export")
        mr.check_equal(plan(text)["changes"], [], text)
        other.ok("apply", "-f", "-", "--yes", given=text)
        for service in (shell, other):
            mr.check_equal([one["name"] for one in service.json("table", "get", "in.c-wide.t")["columns"]], ["k", "b"], "the table")
        mr.check_equal(other.ok("export", "--source", "wide"), shell.ok("export", "--source", "wide"), "what the other one exports")
        mr.check_equal(json.loads(other.ok("apply", "-f", "-", "--json", given=text))["changes"], [], "once more")

    def sinks_of_one_table_have_all_their_columns_from_their_first_event_on():
        source = "sources:\n  - id: live\n    sinks:\n      - {id: all, table: in.c-live.all, columns: [b=@body]}\n"
        shell.ok("apply", "-f", file_of(source), "--yes")
        table = "in.c-live.t"
        narrow = f"      - {{id: narrow, table: {table}, columns: [n=n], enabled: false}}\n"
        wide = f"      - {{id: wide, table: {table}, columns: [n=n, 'id=id:INTEGER']}}\n"
        shell.ok("apply", "-f", file_of(source + narrow), "--yes")
        said = shell.refused(1, "sink", "create", "live", "wide", "--table", table, "--column", "n=n", "--column", "id=id:INTEGER")
        says(said, "found")
        shell.ok("apply", "-f", file_of(source + narrow + wide), "--yes")
        made = shell.json("sink", "get", "live", "wide")
        mr.check_equal((made["version"]["number"], len(made["table"]["mapping"]["columns"])), (1, 2), "made by one change")
        shell.ok("sink", "create", "live", "wider", "--table", table, "--column", "n=n", "--column", "more=m", "--add-columns")
        changed = wide.replace("}", ", settings: {mapping.onError: keep}, enabled: false}").replace("id=id", "id=other")
        shell.ok("apply", "-f", file_of(source + changed), "--yes")
        now = shell.json("sink", "get", "live", "wide")
        mr.check_equal((now["version"]["number"], "disabled" in now), (3, True), "disabled, and changed by one change")
        mr.check_equal(plan(source + changed)["changes"], [], "once more")

    def a_sink_stays_disabled_in_a_disabled_source():
        text = ("sources:\n  - id: off\n    enabled: false\n    sinks:\n"
                "      - {id: with-it, table: in.c-off.a, columns: [b=@body]}\n"
                "      - {id: itself, table: in.c-off.b, columns: [b=@body], enabled: false}\n")
        shell.ok("apply", "-f", file_of(text.replace("    enabled: false\n", "").replace(", enabled: false", "")), "--yes")
        shell.ok("apply", "-f", file_of(text), "--yes")
        exported = shell.ok("export", "--source", "off")
        other.ok("apply", "-f", "-", "--yes", given=exported)
        for service in (shell, other):
            service.ok("source", "enable", "off")
            mr.check_equal([("disabled" in sink) for sink in service.json("sink", "list", "off")], [True, False],
                           "itself and with-it")

    def without_a_reader_it_applies_all_the_same():
        text = "sources:\n  - id: unread\n"
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as nobody:
            command = shell.start("apply", "-f", file_of(text), "--yes", stdout=nobody)
        mr.check_equal((command.communicate()[1], command.returncode), ("", 0), "standard error and exit code")
        mr.check_equal(plan(text)["changes"], [], "what is left")

    def a_table_of_a_sink_is_made_only_as_it_is():
        said = shell.refused(1, "table", "create", "in.c-wide.u", "--column", "x")
        says(said, "in.c-wide.u", "already exists with other columns", "x, y")
        mr.check("in.c-wide.u" not in shell.ok("table", "list"), "it is recorded")
        says(shell.refused(1, "table", "create", "in.c-wide.u", "--column", "x:INTEGER", "--column", "y"), "already exists")
        shell.ok("table", "create", "in.c-wide.u", "--column", "x", "--column", "y")
        mr.check_equal(plan(shell.ok("export"))["changes"], [], "what is exported")

    def what_is_empty_is_exported_as_that():
        empty = shell.ok("export", "--source", "shop").split("sources:")[0] + "sources: []\n...\n"
        mr.check_equal(plan(empty)["changes"], [], empty)

    def secrets_are_sent_where_that_is_asked():
        text = "sources:\n  - id: hooks\n    http: {preset: github, signature: {secrets: [a, b]}}\n"
        mr.check_equal(plan(text)["changes"], [], "unasked")
        says(shell.ok("apply", "-f", file_of(text), "--yes", "--secrets"), "http.signature.secrets: (secret)")
        mr.check_equal(shell.json("source", "get", "hooks")["http"]["signature"]["secretsCount"], 2, "secrets")

    return [secrets_of_a_kafka_source_are_not_shown_before_it_is_there, a_file_makes_what_is_not_there,
            the_same_file_plans_nothing,
            what_is_exported_plans_nothing_and_makes_another_service_the_same, only_what_differs_is_changed,
            at_a_terminal_it_asks, what_somebody_else_changed_meanwhile_is_told,
            a_mistake_is_told_with_its_line_and_nothing_is_done, what_the_service_refuses_is_told_with_what_is_done,
            what_is_made_in_part_is_told_and_goes_on, an_id_is_that_of_the_service, of_a_sink_that_is_there_the_table_may_be_left_out,
            a_table_that_sinks_have_made_wider_is_made_elsewhere_too, a_table_of_a_sink_is_made_only_as_it_is,
            what_is_empty_is_exported_as_that, a_kafka_source_is_paused_until_its_sinks_are_there,
            a_source_is_enabled_behind_its_sinks, sinks_of_one_table_have_all_their_columns_from_their_first_event_on,
            a_sink_stays_disabled_in_a_disabled_source, without_a_reader_it_applies_all_the_same, secrets_are_sent_where_that_is_asked]


def suite(arguments):
    first = os.path.join(arguments.folder, "first")
    second = os.path.join(arguments.folder, "second")
    for folder in (first, second):
        os.makedirs(folder)
    environment = {"MILLRACE_ADMIN_TOKEN": ""}
    with mr.Server(arguments.binary, os.path.join(first, "data"), env=environment) as server, \
            mr.Server(arguments.binary, os.path.join(second, "data"), env=environment) as other:
        server.start()
        other.start()
        wanted = cases(Shell(server, first), Shell(other, second))
        status = mr.run_cases([case for case in wanted if arguments.case in case.__name__])
        mr.check_equal((server.stop(), other.stop()), (0, 0), "the services")
        return status


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "cli_apply", suite))
