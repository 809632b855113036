#!/usr/bin/env python3
"""The packages, and what operators get in them.

Goal    somebody with a bare machine installs the package and has a service; alert rules and dashboard ask for metrics that
        there are.
Method  scripts/package packs the binary that was built; the packages are looked at, unpacked and driven. What becomes of
        the .deb on a machine is in debian_machine.py.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import millrace_client as mr  # noqa: E402
from stream_load import Loads  # noqa: E402

SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
# Of `systemd-analyze security`: 0 is a service that can do nothing, 10 one without any limits.
EXPOSURE_MAX = 2.5
# What only some services have: the rest must be in the /metrics of a fresh one.
CONDITIONAL = {"millrace_rows", "millrace_kept_rejects", "millrace_lost_rows", "millrace_refusals_total",
               "millrace_tls_certificate_expires_seconds", "millrace_requests_total", "millrace_stream_loads_total", "millrace_imports_total"}


def run(*command, **more):
    ended = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    mr.check(ended.returncode == 0, f"{' '.join(command)}: {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def drive(binary, folder, environment):
    """The five commands of the README, by that binary."""
    data = os.path.join(folder, "driven")
    with mr.Server(binary, data, env=environment) as server:
        server.start()

        def ask(*words, **more):
            return run(binary, *words, "--api", server.ready["api"], "--token", mr.TOKEN, **more)

        ask("source", "create", "shop")
        ask("sink", "create", "shop", "orders", "--table", "in.c-shop.orders", "--column", "id=id:INTEGER:key")
        ask("send", "shop", "--flush", input='{"id": 7}\n')
        mr.check_equal(json.loads(ask("rows", "in.c-shop.orders", "--json")), {"id": 7}, "the row")
        mr.check_equal(server.stop(), 0, "exit status")


def load_parquet(binary, folder):
    """By that binary, with the library that the package has."""
    with mr.Server(binary, os.path.join(folder, "parquet")) as server:
        server.start()
        loads = Loads(server)
        table = loads.table()
        with open(os.path.join(SOURCE, "tests/data/parquet/rows.parquet"), "rb") as file:
            loads.loaded(file.read(), table, {"format": "parquet"})
        mr.check_equal(len(loads.rows(table)), 5000, "rows of Parquet")


def metric_names(texts):
    return set(re.findall(r"\b(?:millrace|process)_[a-z_]+", " ".join(texts)))


def alert_expressions():
    with open(os.path.join(SOURCE, "deploy/prometheus/alerts.yml"), encoding="utf-8") as file:
        return re.findall(r"^ +expr: (.*)$", file.read(), re.MULTILINE)


def dashboard_expressions():
    with open(os.path.join(SOURCE, "deploy/grafana/millrace.json"), encoding="utf-8") as file:
        board = json.load(file)
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def cases_of(arguments):
    folder = arguments.folder
    binary = os.path.abspath(arguments.binary)
    built = os.path.join(folder, "built")
    out = run(os.path.join(SOURCE, "scripts/package"), "all", binary, env={**os.environ, "MILLRACE_PACKAGES": built})
    deb = glob.glob(os.path.join(built, "*.deb"))[0]
    tar = glob.glob(os.path.join(built, "*.tar.gz"))[0]
    version = run(binary, "version").split()[1]

    def the_deb_says_what_it_needs_and_keeps_the_configuration():
        fields = run("dpkg-deb", "-f", deb)
        mr.check(f"Version: {version}\n" in fields, fields)
        for library in ("libc6", "libjsonnet0", "libsqlite3-0", "libpq5"):
            mr.check(library in fields, f"Depends has no {library}:\n{fields}")
        control = os.path.join(folder, "control")
        run("dpkg-deb", "-e", deb, control)
        with open(os.path.join(control, "conffiles"), encoding="utf-8") as file:
            mr.check_equal(file.read(), "/etc/millrace/millrace.toml\n", "conffiles")
        for script in ("postinst", "prerm", "postrm"):
            run("sh", "-n", os.path.join(control, script))
        mr.check("built" in out or "building package" in out, out)

    def the_files_of_the_deb_are_a_service():
        root = os.path.join(folder, "root")
        run("dpkg-deb", "-x", deb, root)
        program = os.path.join(root, "usr/bin/millrace")
        mr.check_equal(run(program, "version").split()[1], version, "the version")
        drive(program, root, {})
        for name in ("usr/share/doc/millrace/LICENSE", "usr/share/bash-completion/completions/millrace",
                     "usr/share/millrace/alerts.yml", "usr/share/millrace/grafana.json"):
            mr.check(os.path.getsize(os.path.join(root, name)) > 0, name)
        if os.path.exists(os.path.join(os.path.dirname(binary), "libduckdb.so")):
            for name in ("usr/lib/millrace/libduckdb.so", "usr/share/doc/millrace/libduckdb.LICENSE"):
                mr.check(os.path.getsize(os.path.join(root, name)) > 0, name)
            load_parquet(program, root)
        else:
            print("SKIPPED: Parquet with the package: no libduckdb.so beside the binary")

    def the_configuration_of_the_package_is_taken():
        root = os.path.join(folder, "root")
        with open(os.path.join(root, "etc/millrace/millrace.toml"), encoding="utf-8") as file:
            text = file.read()
        data = os.path.join(folder, "configured")
        mine = os.path.join(folder, "millrace.toml")
        with open(mine, "w", encoding="utf-8") as file:
            file.write(text.replace("/var/lib/millrace", data + "-unused"))
        with mr.Server(os.path.join(root, "usr/bin/millrace"), data, args=["--config", mine]) as server:
            server.start()

    def the_unit_is_right_and_holds_the_service_tight():
        if not shutil.which("systemd-analyze"):
            print("SKIPPED: no systemd-analyze")
            return
        unit = os.path.join(folder, "root/lib/systemd/system/millrace.service")
        judged = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
        exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", judged).group(1))
        mr.check(exposure <= EXPOSURE_MAX, f"the exposure of the unit is {exposure}:\n{judged}")

    def the_tarball_runs_anywhere_with_its_own_libraries():
        elsewhere = os.path.join(folder, "some where", "else")
        os.makedirs(elsewhere)
        with tarfile.open(tar) as packed:
            packed.extractall(elsewhere, filter="data")
        program = glob.glob(os.path.join(elsewhere, "*", "bin", "millrace"))[0]
        libraries = re.findall(r"=> (/\S.*) \(0x", run("ldd", program))
        own = [path for path in libraries if path.startswith(elsewhere)]
        others = {os.path.basename(path).split(".")[0] for path in libraries if not path.startswith(elsewhere)}
        mr.check(len(own) > 10, f"its own are only {own}")
        mr.check(others <= {"libc", "libm", "libresolv", "libpthread", "libdl", "librt"}, f"of the machine: {others}")
        drive(program, elsewhere, {"LD_LIBRARY_PATH": ""})
        if os.path.exists(os.path.join(os.path.dirname(binary), "libduckdb.so")):
            load_parquet(program, elsewhere)

    def alerts_and_dashboard_ask_for_metrics_that_there_are():
        with open(os.path.join(SOURCE, "docs/metrics.md"), encoding="utf-8") as file:
            documented = set(re.findall(r"`((?:millrace|process)_[a-z_]+)`", file.read()))
        with mr.Server(binary, os.path.join(folder, "measured")) as server:
            server.start()
            text = mr.request(server.ready["api"], "GET", "/metrics").body.decode()
        served = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
        asked = metric_names(alert_expressions() + dashboard_expressions())
        mr.check(len(asked) > 20, f"only {asked}")
        for name in asked:
            family = re.sub(r"_(bucket|sum|count)$", "", name) if name not in documented else name
            mr.check(family in documented, f"{name} is not in docs/metrics.md")
            mr.check(family in served or family in CONDITIONAL, f"{name} is not served")

    def the_rules_are_rules():
        promtool = shutil.which("promtool") or os.path.join(SOURCE, "build", "tools", "promtool")
        if not os.path.exists(promtool):
            print("SKIPPED: no promtool; scripts/setup --tests fetches it")
            return
        run(promtool, "check", "rules", os.path.join(SOURCE, "deploy/prometheus/alerts.yml"))

    return [
        the_deb_says_what_it_needs_and_keeps_the_configuration,
        the_files_of_the_deb_are_a_service,
        the_configuration_of_the_package_is_taken,
        the_unit_is_right_and_holds_the_service_tight,
        the_tarball_runs_anywhere_with_its_own_libraries,
        alerts_and_dashboard_ask_for_metrics_that_there_are,
        the_rules_are_rules,
    ]


if __name__ == "__main__":
    for tool in ("dpkg-shlibdeps", "patchelf", "strip"):
        if not shutil.which(tool):
            mr.skip(f"no {tool}: scripts/setup --package installs it")
    sys.exit(mr.run_in_folder(__doc__, "packages", cases_of))
