#!/usr/bin/env python3
"""Clients of Apache Doris load into the real binary, unmodified: Flink's and Spark's connectors, and pydoris.

Goal    what they report as loaded is in the table exactly once, in one phase and in two, also when the service is killed
        between the phases or under a running job.
Method  the libraries come from Maven and PyPI, once, into test-tools beside the binary; a client whose packages cannot be
        had is skipped, with the reason.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import test_tools  # noqa: E402

FLINK = ["org.apache.doris:flink-doris-connector-1.20:25.0.0",
         *(f"org.apache.flink:{name}:1.20.3" for name in ("flink-clients", "flink-streaming-java", "flink-connector-base",
                                                          "flink-table-common", "flink-table-runtime")),
         "org.slf4j:slf4j-simple:1.7.36"]
SPARK = ["org.apache.doris:spark-doris-connector-spark-3.5:25.1.0"]
SPARK_JAR = "spark-doris-connector-spark-3.5-25.1.0.jar"
OPENED = ["--add-opens", "java.base/java.util=ALL-UNNAMED", "--add-opens", "java.base/java.lang=ALL-UNNAMED"]

IMPORTS = """
import java.util.*;
import org.apache.doris.flink.cfg.*;
import org.apache.doris.flink.rest.models.RespContent;
import org.apache.doris.flink.sink.*;
import org.apache.doris.flink.sink.batch.DorisBatchStreamLoad;
import org.apache.doris.flink.sink.committer.DorisCommitter;
import org.apache.doris.flink.sink.writer.*;
import org.apache.doris.flink.sink.writer.serializer.SimpleStringSerializer;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
"""

OPTIONS = """
    static DorisOptions options(String[] args) {
        return DorisOptions.builder().setFenodes(args[0]).setTableIdentifier(args[1]).setUsername("root").setPassword(args[2]).build();
    }

    static Properties json() {
        Properties p = new Properties();
        p.setProperty("format", "json");
        p.setProperty("read_json_by_line", "true");
        return p;
    }
"""

# Two phases: prepares, waits for a line, commits twice; then aborts by number and by label. Then a batch.
CLASSES = IMPORTS + """
public class Classes {
""" + OPTIONS + """
    static <T> Committer.CommitRequest<T> request(T committable) {
        return new Committer.CommitRequest<T>() {
            public T getCommittable() { return committable; }
            public int getNumberOfRetries() { return 0; }
            public void signalFailedWithKnownReason(Throwable t) { throw new RuntimeException(t); }
            public void signalFailedWithUnknownReason(Throwable t) { throw new RuntimeException(t); }
            public void retryLater() { throw new RuntimeException("retry"); }
            public void updateAndRetryLater(T c) { throw new RuntimeException("retry"); }
            public void signalAlreadyCommitted() {}
        };
    }

    public static void main(String[] args) throws Exception {
        DorisOptions o = options(args);
        DorisReadOptions r = DorisReadOptions.builder().build();
        DorisExecutionOptions e = DorisExecutionOptions.builder().setLabelPrefix("lp").setStreamLoadProp(json()).enable2PC()
            .setDeletable(false).build();
        LabelGenerator g = new LabelGenerator("lp", true, args[1], 0);
        DorisStreamLoad s = new DorisStreamLoad(args[0], o, e, g, new HttpUtil(r).getHttpClient());
        s.abortPreCommit("lp", 1);
        s.startLoad(g.generateTableLabel(1), false);
        s.writeRecord("{\\"id\\":1}".getBytes());
        s.writeRecord("{\\"id\\":2}".getBytes());
        RespContent rc = s.stopLoad();
        System.out.println("prepared " + rc.getStatus() + " " + rc.getNumberLoadedRows());
        new Scanner(System.in).nextLine();
        DorisCommittable c = new DorisCommittable(s.getHostPort(), s.getDb(), rc.getTxnId());
        DorisCommitter committer = new DorisCommitter(o, r, e);
        committer.commit(List.of(request(c)));
        committer.commit(List.of(request(c)));
        System.out.println("committed");

        s.startLoad(g.generateTableLabel(2), false);
        s.writeRecord("{\\"id\\":3}".getBytes());
        s.abortTransaction(s.stopLoad().getTxnId());
        s.startLoad(g.generateTableLabel(3), false);
        s.writeRecord("{\\"id\\":4}".getBytes());
        s.stopLoad();
        s.abortTransactionByLabel(g.generateTableLabel(3));
        System.out.println("aborted");

        DorisExecutionOptions batch = DorisExecutionOptions.builder().setLabelPrefix("b").setStreamLoadProp(json())
            .setBatchMode(true).disable2PC().build();
        DorisBatchStreamLoad b = new DorisBatchStreamLoad(o, r, batch, new LabelGenerator("b", false), 0);
        String[] names = args[1].split("\\\\.");
        for (int id = 10; id < 20; id++) b.writeRecord(names[0], names[1], ("{\\"id\\":" + id + "}").getBytes());
        b.checkpointFlush();
        b.close();
        System.out.println("flushed");
        System.exit(0);
    }
}
"""

# A whole job with a checkpoint each second; where the service dies it starts again from the last one.
JOB = IMPORTS + """
public class Job {
""" + OPTIONS + """
    public static void main(String[] args) throws Exception {
        Configuration c = new Configuration();
        c.setString("taskmanager.memory.network.min", "32mb");
        c.setString("taskmanager.memory.network.max", "32mb");
        c.setString("taskmanager.memory.managed.size", "16mb");
        c.setString("restart-strategy.type", "fixed-delay");
        c.setString("restart-strategy.fixed-delay.attempts", "100");
        c.setString("restart-strategy.fixed-delay.delay", "1 s");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, c);
        env.enableCheckpointing(1000);
        DorisExecutionOptions e = DorisExecutionOptions.builder().setLabelPrefix(args[4]).setStreamLoadProp(json())
            .enable2PC().setDeletable(false).setMaxRetries(20).build();
        DorisSink<String> sink = DorisSink.<String>builder().setDorisReadOptions(DorisReadOptions.builder().build())
            .setDorisExecutionOptions(e).setDorisOptions(options(args)).setSerializer(new SimpleStringSerializer()).build();
        long rows = Long.parseLong(args[3]);
        env.fromSequence(1, rows).map(i -> { Thread.sleep(10); return "{\\"id\\":" + i + "}"; }).returns(String.class).sinkTo(sink);
        env.execute("job");
        System.out.println("done");
        System.exit(0);
    }
}
"""

SPARK_JOB = """
import sys
from pyspark.sql import SparkSession
address, table, password, jar, how, form = sys.argv[1:]
spark = (SparkSession.builder.master("local[1]").config("spark.jars", jar).config("spark.driver.host", "127.0.0.1")
         .config("spark.driver.bindAddress", "127.0.0.1").config("spark.ui.enabled", "false").getOrCreate())
rows = spark.createDataFrame([(n, f"name {n}") for n in range(1000)], "id int, name string")
(rows.write.format("doris").option("doris.fenodes", address).option("doris.table.identifier", table).option("user", "root")
 .option("password", password).option("doris.sink.enable-2pc", how).option("sink.properties.format", form)
 .mode("append").save())
print("saved")
"""

PYDORIS = """
import importlib.util, json, os, sys
folder, host, port, database, table, password = sys.argv[1:]
spec = importlib.util.spec_from_file_location("doris_client", os.path.join(folder, "pydoris", "doris_client.py"))
client = importlib.util.module_from_spec(spec)
spec.loader.exec_module(client)
doris = client.DorisClient(fe_host=host, fe_http_port=port, username="root", password=password)
doris.options.set_csv_format(",").set_auto_uuid_label()
csv = doris.write(database, table, "1,a\\n2,b\\n")
doris.options.set_json_format().set_auto_uuid_label()
lines = doris.write(database, table, json.dumps({"id": 3, "name": "c"}))
doris.options.set_label("twice")
print("told", csv, lines, *[doris.write(database, table, json.dumps({"id": 4, "name": "d"})) for _ in range(2)])
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Clients:
    def __init__(self, arguments):
        self.arguments = arguments
        self.tools = test_tools.tools_of(arguments.binary)
        self.folder = arguments.folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        # The same address after a restart: a client that waits for its commit asks there.
        self.server = mr.Server(arguments.binary, os.path.join(self.folder, "data"), args=["--ingest.listen", self.address])
        self.made = 0
        self.ran = []

    def table(self, *columns):
        if self.server.process.poll() is not None:
            self.server.start()  # a case before this one has failed with it killed
        self.made += 1
        name = f"t{self.made}"
        answer = self.server.api.call("POST", mr.Api.BRANCH + "/tables", {
            "tableId": f"in.c-testdb.{name}",
            "columns": [{"name": column, "dataType": kind} for column, kind in columns]})
        mr.check_equal(answer.status, 201, f"a table: {answer}")
        return name

    def rows(self, table, what="id"):
        return self.server.rows(f"in.c-testdb.{table}", what, "ORDER BY 1")

    def flink(self):
        """The connector's jars with the programs compiled, or None."""
        if shutil.which("javac") is None:
            return self.skipped("Flink", "there is no javac")
        folder, reason = test_tools.jars(self.tools, "flink-doris-25.0.0", FLINK)
        if folder is None:
            return self.skipped("Flink", reason)
        for name, text in (("Classes", CLASSES), ("Job", JOB)):
            source = os.path.join(self.folder, name + ".java")
            with open(source, "w", encoding="ascii") as file:
                file.write(text)
            built = subprocess.run(["javac", "-d", self.folder, "-cp", folder + "/*", source], capture_output=True, text=True,
                                   timeout=300, check=False)
            mr.check_equal(built.returncode, 0, f"javac {name}: {built.stderr[-2000:]}")
        return ["java", "-XX:TieredStopAtLevel=1", "-Xmx512m", *OPENED, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
                f"{self.folder}:{folder}/*"]

    @staticmethod
    def skipped(client, reason):
        print(f"        SKIPPED: {client}: {reason}", flush=True)

    def the_classes_of_flink(self):
        """The service is killed between prepare and commit."""
        java = self.flink()
        if java is None:
            return
        table = self.table(("id", "INTEGER"))
        with subprocess.Popen([*java, "Classes", self.address, f"testdb.{table}", mr.TOKEN], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            watch = threading.Timer(180, process.kill)
            watch.start()
            lines = []
            for line in process.stdout:
                lines.append(line.strip())
                if line.startswith("prepared"):
                    mr.check_equal(self.rows(table), [], "rows before the commit")
                    self.server.kill()
                    self.server.start()
                    process.stdin.write("\n")
                    process.stdin.flush()
            error = process.stderr.read()
            watch.cancel()
        mr.check_equal(lines, ["prepared Success 2", "committed", "aborted", "flushed"], f"Flink: {error[-2000:]}")
        wanted = [(1,), (2,)] + [(n,) for n in range(10, 20)]
        mr.wait_until(lambda: self.rows(table) == wanted, 30, f"rows: {self.rows(table)}")
        self.ran.append("Flink classes")

    def jobs_of_flink(self):
        """One that nothing disturbs, and one under which the service is killed twice."""
        java = self.flink()
        if java is None:
            return
        for kills, rows in ((0, 300), (2, 900)):
            table = self.table(("id", "INTEGER"))
            command = [*java, "Job", self.address, f"testdb.{table}", mr.TOKEN, str(rows), f"job{kills}"]
            log = os.path.join(self.folder, f"job{kills}.log")
            with open(log, "w", encoding="utf-8") as file, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file,
                                                                            text=True) as process:
                watch = threading.Timer(240, process.kill)
                watch.start()
                self.kill_under(table, kills)
                out, _ = process.communicate()
                watch.cancel()
            mr.check("done" in out, f"a job of Flink, {kills} kills: {out[-500:]}, see {log}")
            wanted = [(n,) for n in range(1, rows + 1)]
            mr.wait_until(lambda: self.rows(table) == wanted, 60,
                          f"each row of the job once, {kills} kills: {len(self.rows(table))} of {rows}")
        self.ran.append("Flink jobs")

    def kill_under(self, table, kills):
        """Kills the service each time that more of the job's rows are there."""
        seen = 0
        for _ in range(kills):
            mr.wait_until(lambda: len(self.rows(table)) > seen, 120, "rows of the job", poll_s=0.1)
            seen = len(self.rows(table))
            self.server.kill()
            time.sleep(0.5)  # a time without a service
            self.server.start()

    def spark(self):
        jar, reason = test_tools.jars(self.tools, "spark-doris-25.1.0", SPARK)
        if jar is None:
            return self.skipped("Spark", reason)
        packages, reason = test_tools.python_packages(self.tools, "pyspark-3.5.7", ["pyspark==3.5.7"])
        if packages is None:
            return self.skipped("Spark", reason)
        for how, form in (("true", "json"), ("false", "csv")):
            table = self.table(("id", "INTEGER"), ("name", "STRING"))
            done = subprocess.run([sys.executable, "-c", SPARK_JOB, self.address, f"testdb.{table}", mr.TOKEN,
                                   os.path.join(jar, SPARK_JAR), how, form], capture_output=True, text=True, timeout=300,
                                  env={**os.environ, "PYTHONPATH": packages, "SPARK_LOCAL_IP": "127.0.0.1"}, check=False)
            mr.check("saved" in done.stdout, f"Spark, two phases {how}, {form}: {done.stderr[-3000:]}")
            wanted = [(n, f"name {n}") for n in range(1000)]
            mr.wait_until(lambda: self.rows(table, "id, name") == wanted, 30, f"rows of Spark, {form}")
        self.ran.append("Spark")

    def pydoris(self):
        folder, reason = test_tools.python_packages(self.tools, "pydoris-1.2.0", ["pydoris==1.2.0"], ["--no-deps"])
        if folder is None:
            return self.skipped("pydoris", reason)
        requests, reason = test_tools.python_packages(self.tools, "requests", ["requests"])
        if requests is None:
            return self.skipped("pydoris", reason)
        table = self.table(("id", "INTEGER"), ("name", "STRING"))
        done = subprocess.run([sys.executable, "-c", PYDORIS, folder, "127.0.0.1", str(self.port), "testdb", table, mr.TOKEN],
                              capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": requests},
                              check=False)
        # It takes a label that was used for a failure.
        mr.check("told True True True False" in done.stdout, f"pydoris: {done.stdout[-2000:]} {done.stderr[-2000:]}")
        mr.check_equal(self.rows(table, "id, name"), [(1, "a"), (2, "b"), (3, "c"), (4, "d")], "rows of pydoris")
        self.ran.append("pydoris")

    def some_client_has_run(self):
        if not self.ran:
            mr.skip("none of the clients can be had")
        print(f"        {', '.join(self.ran)}")


def suite(arguments):
    clients = Clients(arguments)
    with clients.server.start():
        return mr.run_cases([case for case in (clients.pydoris, clients.the_classes_of_flink, clients.jobs_of_flink,
                                               clients.spark, clients.some_client_has_run)
                             if arguments.case in case.__name__])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "doris-clients", suite))
