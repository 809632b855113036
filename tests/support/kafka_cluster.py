"""Brokers for tests: the mock cluster of librdkafka inside a kcat, and a real broker from Maven."""

import os
import re
import shutil
import signal
import socket
import subprocess

import millrace_client as mr

KAFKA_VERSION = "4.3.1"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>{KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """What both have: an address, and messages by kcat."""

    address = None

    def produce(self, topic, values, key=None, headers=None, delimiter=None, more=()):
        """Publishes the values as they are; they must have no line end, or no `delimiter`, where there is one:
        messages are then joined by line ends in place of it."""
        command = ["kcat", "-P", "-b", self.address, "-t", topic, *more]
        if key is not None:
            command += ["-k", key]
        for name, value in (headers or {}).items():
            command += ["-H", f"{name}={value}"]
        if delimiter is not None:
            command += ["-D", "\x01"]
            data = "\x01".join(value.replace(delimiter, "\n") for value in values)
        else:
            data = "\n".join(values)
        done = subprocess.run(command, input=data.encode(), capture_output=True, timeout=60, check=False)
        mr.check_equal(done.returncode, 0, f"kcat: {done.stderr.decode(errors='replace')}")


    def produce_bytes(self, topic, values, folder, key=None):
        """Publishes values of any bytes."""
        command = ["kcat", "-P", "-b", self.address, "-t", topic]
        if key is not None:
            command += ["-k", key]
        paths = []
        for number, value in enumerate(values):
            paths.append(os.path.join(folder, f"message-{number}"))
            with open(paths[-1], "wb") as file:
                file.write(value)
        done = subprocess.run(command + paths, capture_output=True, timeout=60, check=False)
        mr.check_equal(done.returncode, 0, f"kcat: {done.stderr.decode(errors='replace')}")


class MockCluster(Cluster):
    """Lives as long as its `with` block."""

    def __init__(self, folder):
        if shutil.which("kcat") is None:
            mr.skip("there is no kcat")
        self.log_path = os.path.join(folder, "mock-cluster.log")

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["kcat", "-C", "-b", "x:1", "-X", "test.mock.num.brokers=1", "-t", "nobody-reads-this", "-d", "mock"],
                stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=mr._die_with_parent)

        def port():
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                found = re.search(r"replaced with (127\.0\.0\.1:\d+)", log.read())
            return found.group(1) if found else None

        self.address = mr.wait_until(port, 10, "the port of the mock cluster")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Broker(Cluster):
    """One real broker on a folder; skips the test where Maven cannot fetch it."""

    def __init__(self, folder, build_folder):
        for tool in ("mvn", "java", "kcat"):
            if shutil.which(tool) is None:
                mr.skip(f"there is no {tool}")
        self.libraries = os.path.join(build_folder, "tools", f"kafka-{KAFKA_VERSION}")
        self.folder = folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.process = None
        self._fetch()
        self._format()

    def _fetch(self):
        if os.path.exists(os.path.join(self.libraries, "complete")):
            return
        os.makedirs(self.libraries, exist_ok=True)
        pom = os.path.join(self.libraries, "pom.xml")
        with open(pom, "w", encoding="utf-8") as file:
            file.write(POM)
        fetched = subprocess.run(
            ["mvn", "-B", "-q", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={self.libraries}",
             "-DincludeScope=runtime"], capture_output=True, timeout=600, check=False)
        if fetched.returncode != 0:
            mr.skip(f"Maven cannot fetch Kafka: {(fetched.stdout + fetched.stderr).decode(errors='replace')[-300:]}")
        with open(os.path.join(self.libraries, "complete"), "w", encoding="utf-8"):
            pass

    def java(self, *arguments, **more):
        return subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                               "-cp", self.libraries + "/*", *arguments],
                              capture_output=True, timeout=120, check=False, **more)

    def _format(self):
        self.settings = os.path.join(self.folder, "server.properties")
        controller = free_port()
        data = os.path.join(self.folder, "kafka-data")
        lines = {
            "process.roles": "broker,controller", "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}", "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", "log.dirs": data,
            "offsets.topic.replication.factor": 1, "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1, "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1, "group.initial.rebalance.delay.ms": 0,
            "auto.create.topics.enable": "false", "log.cleaner.backoff.ms": 1000,
            "log.retention.check.interval.ms": 1000, "log.initial.task.delay.ms": 500,
        }
        with open(self.settings, "w", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in lines.items())
        identity = self.java("kafka.tools.StorageTool", "random-uuid").stdout.decode().strip()
        done = self.java("kafka.tools.StorageTool", "format", "-t", identity, "-c", self.settings)
        mr.check_equal(done.returncode, 0, f"format: {done.stderr.decode(errors='replace')}")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        with open(os.path.join(self.folder, "broker.log"), "ab") as log:
            self.process = subprocess.Popen(
                ["java", "-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                 "-cp", self.libraries + "/*", "kafka.Kafka", self.settings],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=mr._die_with_parent)

        def answers():
            mr.check(self.process.poll() is None, f"the broker has ended; see {self.folder}/broker.log")
            return subprocess.run(["kcat", "-b", self.address, "-L", "-m", "1"], capture_output=True, timeout=20,
                                  check=False).returncode == 0

        mr.wait_until(answers, 90, "the broker", poll_s=0.2)

    def kill(self, how=signal.SIGKILL):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait()

    def create_topic(self, topic, partitions, *configs):
        more = [part for config in configs for part in ("--config", config)]
        done = self.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.address, "--create",
                         "--topic", topic, "--partitions", str(partitions), *more)
        mr.check_equal(done.returncode, 0, f"create {topic}: {done.stdout + done.stderr}")
