#!/usr/bin/env python3
"""docs/production.md, executed: from the files of the page to a row in PostgreSQL by way of S3, and back from a backup.

Goal    a team that copies the page has what the page says.
Method  files and commands are taken from the page; places of the machine are moved into the folder of the test, and the two
        servers are its own. What needs root or systemd is left out.
"""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import postgres_database  # noqa: E402
import s3_server  # noqa: E402

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "production.md")
TIMEOUT_S = 60


def blocks(kind):
    """(argument, text) of each block that is marked so."""
    with open(PAGE, encoding="utf-8") as file:
        return re.findall(rf"<!-- {kind} ?(\S*) -->\n```\w*\n(.*?)```", file.read(), re.DOTALL)


class Production:
    def __init__(self, arguments, database, s3):
        self.folder, self.database, self.s3 = arguments.folder, database, s3
        self.binary = os.path.abspath(arguments.binary)
        self.server = mr.Server(self.binary, self.moved("/var/lib/millrace"), env={"MILLRACE_ADMIN_TOKEN": mr.TOKEN},
                                args=["--config", self.moved("/etc/millrace/millrace.toml")])

    def moved(self, text):
        """The same with places of this machine."""
        for root in ("/etc/millrace", "/var/lib/millrace", "/var/backups/millrace"):
            text = re.sub(rf"(?<![\w/.-]){root}", self.folder + root, text)
        text = re.sub(r"host=db\.example.*", f"host={self.database.folder} dbname=warehouse user=millrace", text)
        return text.replace("https://s3.example.com", self.s3.endpoint)

    def shell(self, script):
        environment = {**os.environ, "PATH": os.path.dirname(self.binary) + ":" + os.environ["PATH"], "MILLRACE_ADMIN_TOKEN": mr.TOKEN}
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", self.moved(script)], capture_output=True, text=True,
                              timeout=TIMEOUT_S, env=environment)
        mr.check_equal(done.returncode, 0, f"{script}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    # cases, in order

    def the_files_and_the_database_are_made(self):
        (_, sql), = blocks("sql")
        for statement in sql.strip().split(";\n"):
            if "CREATE ROLE" in statement:  # it is the one that the server was made with
                continue
            self.database.execute(statement.rstrip(";"), "postgres")
        files = blocks("file")
        mr.check_equal(len(files), 3, "files of the page")
        for path, text in files:
            place = self.moved(path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as file:
                file.write(self.moved(text))
        os.makedirs(self.moved("/var/backups/millrace"))

    def the_commands_do_what_the_page_says(self):
        check, rows, backup = [text for _, text in blocks("run")]
        told = self.shell(check)
        mr.check("WRONG" not in told and "PostgreSQL" in told and "bucket" in told, told)
        os.makedirs(os.path.dirname(self.server.data_dir), exist_ok=True)
        self.server.start()
        (_, ready), = blocks("ready")
        address = re.search(r'"http://127.0.0.1:7000(.*?)"', ready).group(1)
        mr.check_equal(mr.request(self.server.ready["ingest"], "GET", address).body, b"OK\n", "ready")
        told = self.shell(rows)
        mr.check("19.9" in told, told)
        mr.check_equal(self.database.execute('SELECT id, total FROM "in.c-shop".orders', "warehouse").split(), ["1", "19.90"], "row")
        told = self.shell(backup)
        mr.check("The backup of" in told, told)

    def a_machine_that_is_lost_comes_back(self):
        self.server.kill()
        shutil.copy(self.server.data_dir + "/secrets.key", self.folder + "/secrets.key")
        shutil.rmtree(self.server.data_dir)
        (_, text), = blocks("restore")
        restore, install = text.splitlines()[:2]
        self.shell(restore)
        self.shell(install.replace("/root/secrets.key", self.folder + "/secrets.key"))
        self.server.start()
        self.shell("echo '{\"order\": {\"id\": 2, \"total\": 1}}' | millrace send shop --flush --data-dir /var/lib/millrace")
        mr.check_equal(self.database.execute('SELECT count(*) FROM "in.c-shop".orders', "warehouse").split(), ["2"], "rows")
        mr.check_equal(self.server.stop(), 0, "exit code")


def suite(arguments):
    with postgres_database.Database() as database:
        s3 = s3_server.S3Server(arguments.folder)
        s3.make_bucket("lake")
        s3.start()
        production = Production(arguments, database, s3)
        try:
            return mr.run_cases([production.the_files_and_the_database_are_made, production.the_commands_do_what_the_page_says,
                                 production.a_machine_that_is_lost_comes_back])
        finally:
            production.server.kill()
            s3.kill()


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "production", suite))
