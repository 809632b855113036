#!/usr/bin/env python3
"""A bare Debian machine gets the .deb and runs the service under systemd.

Goal    what docs/packages.md promises of the Debian package, and the commands of docs/production.md that need root and
        systemd: installed, started, killed, reloaded, upgraded, removed, purged.
Method  debootstrap makes a Debian 12 in a folder, systemd-nspawn boots it, with a network of its own that reaches nothing.
        Commands run in it by nsenter. Where one of these does not work the test is skipped and says why.
"""

import contextlib
import glob
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
NEEDS = ("chroot", "debootstrap", "dpkg-deb", "dpkg-shlibdeps", "nsenter", "patchelf", "systemd-nspawn")
INSIDE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
DATA = ("--data-dir", "/var/lib/millrace")


def run(*command, expected=0, **more):
    ended = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    mr.check(ended.returncode == expected, f"{' '.join(command)}: {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def newer(deb, folder):
    """The same package with a later version."""
    unpacked = os.path.join(folder, "newer")
    run("dpkg-deb", "-R", deb, unpacked)
    control = os.path.join(unpacked, "DEBIAN", "control")
    with open(control, encoding="utf-8") as file:
        text = file.read()
    with open(control, "w", encoding="utf-8") as file:
        file.write(re.sub(r"(?m)^Version: (.*)$", r"Version: \1+later", text))
    path = os.path.join(folder, "newer.deb")
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", unpacked, path)
    shutil.rmtree(unpacked)
    return path


def make_debian(root):
    made = subprocess.run(["debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv,curl", "bookworm", root],
                          capture_output=True, text=True, check=False)
    if made.returncode != 0:
        shutil.rmtree(root, ignore_errors=True)
        mr.skip(f"debootstrap: {made.stdout[-300:]}")
    for path in glob.glob("/etc/apt/apt.conf.d/*"):  # the way to packages is that of this machine
        if os.path.isfile(path):
            shutil.copy(path, root + path)


class Machine:
    """The booted Debian."""

    def __init__(self, root, log):
        self.root, self.log = root, log

    def __enter__(self):
        with open(self.log, "w", encoding="utf-8") as out:
            self.nspawn = subprocess.Popen(["systemd-nspawn", "--quiet", "--directory", self.root, "--boot", "--register=no",
                                            "--keep-unit", "--private-network", "--link-journal=no"],
                                           stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            mr.wait_until(self.is_up, 60, "the machine is up")
        except mr.Failure:
            self.stop()
            with open(self.log, encoding="utf-8", errors="replace") as file:
                said = file.read()[-500:]
            shutil.rmtree(self.root)
            mr.skip(f"systemd-nspawn does not boot here: {said}")
        return self

    def is_up(self):
        mr.check(self.nspawn.poll() is None, "systemd-nspawn has ended")
        with open(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children", encoding="utf-8") as file:
            children = file.read().split()
        if not children:
            return False
        self.leader = children[0]
        asked = subprocess.run(["nsenter", "--target", self.leader, "--all", "systemctl", "is-system-running"],
                               capture_output=True, text=True, check=False, env=INSIDE)
        return asked.stdout.strip() in ("running", "degraded")

    def do(self, *command, **more):
        return run("nsenter", "--target", self.leader, "--all", *command, env=INSIDE, **more)

    def millrace(self, *words, **more):
        return self.do("runuser", "-u", "millrace", "--", "millrace", *words, *DATA, **more)

    def install(self, name):
        return self.do("apt-get", "install", "-y", "--no-install-recommends", name)

    def pid(self):
        return int(self.do("systemctl", "show", "--property=MainPID", "--value", "millrace"))

    def rows(self):
        return [json.loads(line) for line in self.millrace("rows", "in.c-shop.orders", "--json").splitlines()]

    def send(self, number):
        self.millrace("send", "shop", "--flush", input=json.dumps({"id": number}) + "\n")

    def stop(self):
        with contextlib.suppress(Exception):
            self.do("systemctl", "poweroff")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.nspawn.wait(60)
        if self.nspawn.poll() is None:
            self.nspawn.kill()
            self.nspawn.wait()

    def __exit__(self, *_):
        self.stop()


def cases_of(arguments):
    folder = arguments.folder
    binary = os.path.abspath(arguments.binary)
    built = os.path.join(folder, "built")
    root = os.path.join(folder, "debian")
    make_debian(root)
    run(os.path.join(SOURCE, "scripts/package"), "deb", binary, env={**os.environ, "MILLRACE_PACKAGES": built})
    deb = glob.glob(os.path.join(built, "*.deb"))[0]
    version = run(binary, "version").split()[1]
    # The libraries that the package needs come by the network, which the booted machine does not have.
    shutil.copy(deb, os.path.join(root, "millrace.deb"))
    shutil.copy(newer(deb, folder), os.path.join(root, "newer.deb"))
    for words in (["update"], ["install", "-y", "--no-install-recommends", "/millrace.deb"], ["purge", "-y", "millrace"]):
        run("chroot", root, "apt-get", *words, env=INSIDE)
    machine = Machine(root, os.path.join(folder, "boot.log"))

    def starts_when_it_is_installed():
        machine.install("/millrace.deb")
        mr.check_equal(machine.do("millrace", "version").split()[1], version, "the version")
        mr.check_equal(machine.do("systemctl", "is-active", "millrace").strip(), "active", "the service")
        mr.check_equal(machine.do("systemctl", "is-enabled", "millrace").strip(), "enabled", "the unit")
        # Installed is started, and started is ready: nothing here waits.
        mr.check_equal(machine.do("curl", "-sS", "http://127.0.0.1:7000/ready").strip(), "OK", "/ready")
        for path, expected in (("/var/lib/millrace", "millrace:millrace 750"), ("/etc/millrace/millrace.toml", "root:millrace 640")):
            mr.check_equal(machine.do("stat", "-c", "%U:%G %a", path).strip(), expected, path)
        mr.check_equal(machine.do("stat", "-c", "%U", f"/proc/{machine.pid()}").strip(), "millrace", "the user")

    def takes_events_under_its_limits():
        machine.millrace("source", "create", "shop")
        machine.millrace("sink", "create", "shop", "orders", "--table", "in.c-shop.orders", "--column", "id=id:INTEGER:key")
        machine.send(1)
        mr.check_equal(machine.rows(), [{"id": 1}], "rows")
        # Templates have processes of their own, which the unit's filters must let run.
        token = machine.do("cat", "/var/lib/millrace/admin-token").strip()
        sink = mr.sink_body("texts", "in.c-shop.texts", [mr.template_column("text", '"n" + std.toString(Body("id"))')])
        machine.do("curl", "-sS", "--fail-with-body", f"http://127.0.0.1:8000{mr.Api.BRANCH}/sources/shop/sinks?wait=10s",
                   "-H", f"X-StorageApi-Token: {token}", "--json", json.dumps(sink))
        machine.send(2)
        texts = machine.millrace("rows", "in.c-shop.texts", "--json")
        mr.check_equal(json.loads(texts), {"text": "n2"}, "what a template made")

    def comes_back_when_it_is_killed():
        before = machine.pid()
        machine.do("systemctl", "kill", "--signal=KILL", "millrace")
        mr.wait_until(lambda: machine.pid() not in (0, before), 30, "systemd has started it again")
        # The restart is ready when `start`, which waits for it, returns.
        machine.do("systemctl", "start", "millrace")
        machine.send(3)
        mr.check_equal(machine.rows(), [{"id": 1}, {"id": 2}, {"id": 3}], "rows")

    def reloads_without_ending():
        before = machine.pid()
        machine.do("systemctl", "reload", "millrace")
        mr.check_equal(machine.do("curl", "-sS", "http://127.0.0.1:7000/ready").strip(), "OK", "/ready")
        mr.check_equal(machine.pid(), before, "the process")

    def a_wrong_configuration_fails_the_start_with_its_reason():
        configuration = os.path.join(root, "etc/millrace/millrace.toml")
        with open(configuration, encoding="utf-8") as file:
            good = file.read()
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(good + '\nno-such-option = "1"\n')
        machine.do("systemctl", "restart", "millrace", expected=1)
        said = machine.do("journalctl", "--unit", "millrace", "--no-pager", "--lines", "20")
        mr.check("no-such-option" in said, said)
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(good + "# mine\n")
        machine.do("systemctl", "reset-failed", "millrace")
        machine.do("systemctl", "start", "millrace")
        mr.check_equal(len(machine.rows()), 3, "rows")

    def an_upgrade_keeps_rows_and_configuration():
        before = machine.pid()
        machine.install("/newer.deb")
        mr.check(machine.pid() not in (0, before), "the service was not started again")
        machine.send(4)
        mr.check_equal(machine.rows(), [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}], "rows")
        mr.check("# mine" in machine.do("cat", "/etc/millrace/millrace.toml"), "an upgrade has replaced the configuration")

    def removing_it_stops_it_and_keeps_what_was_received():
        machine.do("apt-get", "remove", "-y", "millrace")
        machine.do("systemctl", "is-active", "millrace", expected=3)
        mr.check(not os.path.exists(os.path.join(root, "usr/bin/millrace")), "the program is still there")
        machine.install("/newer.deb")
        mr.check_equal(len(machine.rows()), 4, "rows after it came back")
        machine.do("apt-get", "purge", "-y", "millrace")
        mr.check(not os.path.exists(os.path.join(root, "etc/millrace/millrace.toml")), "the configuration is still there")
        mr.check(os.path.exists(os.path.join(root, "var/lib/millrace/catalog.sqlite")), "the data is gone")

    with_machine = contextlib.ExitStack()
    with_machine.enter_context(machine)

    def the_machine_ends():
        with_machine.close()
        mr.check(machine.nspawn.returncode is not None, "it still runs")

    return [
        starts_when_it_is_installed,
        takes_events_under_its_limits,
        comes_back_when_it_is_killed,
        reloads_without_ending,
        a_wrong_configuration_fails_the_start_with_its_reason,
        an_upgrade_keeps_rows_and_configuration,
        removing_it_stops_it_and_keeps_what_was_received,
        the_machine_ends,
    ]


if __name__ == "__main__":
    if os.geteuid() != 0:
        mr.skip("a machine is made by root only")
    for tool in NEEDS:
        if not shutil.which(tool):
            mr.skip(f"no {tool}: scripts/setup --tests installs it")
    sys.exit(mr.run_in_folder(__doc__, "debian-machine", cases_of))
