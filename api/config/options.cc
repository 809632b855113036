#include "api/config/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <thread>

#include "core/base/byte_size.h"
#include "core/base/duration.h"

namespace millrace::config {
namespace {

constexpr std::uint64_t kKb = 1024;
constexpr std::uint64_t kMb = 1024 * kKb;
constexpr std::uint64_t kGb = 1024 * kMb;
constexpr std::uint64_t kSecond = 1000;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kIdMax = 0xffff'ffff;
constexpr std::uint32_t kThreadsMax = 256;
constexpr std::size_t kTokenLengthMin = 16;
constexpr std::size_t kTokenLengthMax = 200;

const std::vector<OptionSpec>& table() {
    using enum OptionKind;
    static const std::vector<OptionSpec> specs = {
        {.heading = "General",
         .name = "config",
         .kind = path,
         .placeholder = "FILE",
         .sentence = "A TOML file with any of the options below.",
         .field = [](Config& c) -> Field { return &c.config_file; },
         .in_file = false,
         .default_sentence = "none",
         .example = "/etc/millrace.toml"},
        {.name = "data-dir",
         .kind = path,
         .placeholder = "DIR",
         .sentence = "The folder that holds everything the service stores. It is created if it is "
                     "not there.",
         .field = [](Config& c) -> Field { return &c.data_dir; },
         .example = "/var/lib/millrace"},
        {.name = "secrets.key-file",
         .kind = path,
         .placeholder = "FILE",
         .sentence =
             "The key that encrypts the secrets in the catalog. It is created at the first start.",
         .field = [](Config& c) -> Field { return &c.secrets_key_file; },
         .default_sentence = "DIR/secrets.key"},
        {.name = "staging.use",
         .kind = path,
         .placeholder = "NAME",
         .sentence = "The staging that new slices are uploaded to; see --staging.",
         .field = [](Config& c) -> Field { return &c.staging_in_use; }},
        {.heading = "REST API",
         .name = "api.listen",
         .kind = endpoint,
         .placeholder = "HOST:PORT",
         .sentence = "The address of the REST API. Port 0 takes a free port.",
         .field = [](Config& c) -> Field { return &c.api_listen; },
         .example = "0.0.0.0:8000"},
        {.name = "api.public-url",
         .kind = url,
         .placeholder = "URL",
         .sentence =
             "The URL under which clients reach the REST API. Links in answers begin with it.",
         .field = [](Config& c) -> Field { return &c.api_public_url; },
         .default_sentence = "the bound address",
         .example = "https://millrace.example.com"},
        {.name = "api.tls-cert",
         .kind = path,
         .placeholder = "FILE",
         .sentence =
             "The certificate with which the REST API speaks TLS: PEM, with those between it and "
             "its authority behind it; or a folder of several, with their keys. It is read again "
             "when it changes, and on SIGHUP.",
         .field = [](Config& c) -> Field { return &c.api_tls.certificate; },
         .default_sentence = "none: plain HTTP",
         .example = "/etc/letsencrypt/live/millrace.example.com/fullchain.pem"},
        {.name = "api.tls-key",
         .kind = path,
         .placeholder = "FILE",
         .sentence = "The key of this certificate: PEM, without a password. Other users of the "
                     "machine may not be able to read it.",
         .field = [](Config& c) -> Field { return &c.api_tls.key; },
         .default_sentence = "none",
         .example = "/etc/letsencrypt/live/millrace.example.com/privkey.pem"},
        {.name = "api.tls-client-ca",
         .kind = path,
         .placeholder = "FILE",
         .sentence = "Certificates of authorities. Clients must show a certificate that one of "
                     "them has signed.",
         .field = [](Config& c) -> Field { return &c.api_tls.client_ca; },
         .default_sentence = "none: clients need no certificate",
         .example = "/etc/millrace/clients.pem"},
        {.heading = "Receiving events",
         .name = "ingest.listen",
         .kind = endpoint,
         .placeholder = "HOST:PORT",
         .sentence = "The address that receives events. Port 0 takes a free port.",
         .field = [](Config& c) -> Field { return &c.ingest_listen; },
         .example = "0.0.0.0:7000"},
        {.name = "ingest.public-url",
         .kind = url,
         .placeholder = "URL",
         .sentence =
             "The URL under which senders reach the service. The URLs of sources begin with it.",
         .field = [](Config& c) -> Field { return &c.ingest_public_url; },
         .default_sentence = "the bound address",
         .example = "https://events.example.com"},
        {.name = "ingest.tls-cert",
         .kind = path,
         .placeholder = "FILE",
         .sentence = "The certificate with which the port for events speaks TLS: PEM, with those "
                     "between it and its authority behind it; or a folder of several, with their "
                     "keys, for clients that ask for different names. It is read again when it "
                     "changes, and on SIGHUP.",
         .field = [](Config& c) -> Field { return &c.ingest_tls.certificate; },
         .default_sentence = "none: plain HTTP",
         .example = "/etc/letsencrypt/live/millrace.example.com/fullchain.pem"},
        {.name = "ingest.tls-key",
         .kind = path,
         .placeholder = "FILE",
         .sentence = "The key of this certificate: PEM, without a password. Other users of the "
                     "machine may not be able to read it.",
         .field = [](Config& c) -> Field { return &c.ingest_tls.key; },
         .default_sentence = "none",
         .example = "/etc/letsencrypt/live/millrace.example.com/privkey.pem"},
        {.name = "ingest.tls-client-ca",
         .kind = path,
         .placeholder = "FILE",
         .sentence = "Certificates of authorities. Clients must show a certificate that one of "
                     "them has signed.",
         .field = [](Config& c) -> Field { return &c.ingest_tls.client_ca; },
         .default_sentence = "none: clients need no certificate",
         .example = "/etc/millrace/clients.pem"},
        {.name = "ingest.tls-client-auth",
         .kind = choice,
         .placeholder = "WHO",
         .sentence = "Whether every client must show such a certificate, or only those of sources "
                     "that say so (source.http.clientCertificate).",
         .field = [](Config& c) -> Field { return &c.ingest_tls.client_auth; },
         .choices = {"required", "optional"}},
        {.name = "tls.self-signed",
         .kind = choice,
         .placeholder = "YES",
         .sentence =
             "Whether ports without a certificate speak TLS with one that the service makes "
             "itself, DIR/self-signed.crt. It is for trying out: clients must be told to "
             "trust it. Without a value it means yes.",
         .field = [](Config& c) -> Field { return &c.tls_self_signed; },
         .choices = {"no", "yes"},
         .bare = "yes"},
        {.name = "ingest.threads",
         .kind = number,
         .placeholder = "N",
         .sentence = "Threads that receive events. By default one fewer than the machine has "
                     "processors, and at least one.",
         .field = [](Config& c) -> Field { return &c.ingest_threads; },
         .min = 1,
         .max = kThreadsMax},
        {.name = "ingest.leave-time",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "How long the service still accepts connections after SIGTERM, while /ready "
                     "already answers 503, so that a load balancer can take it out.",
         .field = [](Config& c) -> Field { return &c.leave_time; },
         .max = 10 * kMinute},
        {.name = "ingest.stop-time",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "How long requests that have begun may take to end after that.",
         .field = [](Config& c) -> Field { return &c.stop_time; },
         .max = 10 * kMinute},
        {.heading = "Proxies in front of the service",
         .name = "ingest.trusted-proxies",
         .kind = networks,
         .placeholder = "NETS",
         .sentence = "Addresses of the proxies whose header is believed to name the client.",
         .field = [](Config& c) -> Field { return &c.proxies.trusted; },
         .default_sentence = "none",
         .example = "10.0.0.0/8,::1"},
        {.name = "ingest.proxy-header",
         .kind = choice,
         .placeholder = "NAME",
         .sentence =
             "The header in which these proxies name the client. The other header is ignored.",
         .field = [](Config& c) -> Field { return &c.proxies.header; },
         .choices = {"x-forwarded-for", "forwarded"}},
        {.name = "ingest.proxy-protocol",
         .kind = choice,
         .placeholder = "YES",
         .sentence = "Whether connections of these proxies begin with a head of the PROXY "
                     "protocol, v1 or v2, that names the client. One without it is refused then. "
                     "Without a value it means yes.",
         .field = [](Config& c) -> Field { return &c.proxy_protocol; },
         .choices = {"no", "yes"},
         .bare = "yes"},
        {.heading = "Stream Load",
         .name = "stream-load.root-without-password",
         .kind = choice,
         .placeholder = "YES",
         .sentence = "Whether the user root may load into all tables without a password, as in a "
                     "new Apache Doris. Whoever reaches the port may do so then.",
         .field = [](Config& c) -> Field { return &c.stream_load.root_without_password; },
         .choices = {"no", "yes"}},
        {.name = "stream-load.prepared-timeout",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "How long a load of two phases waits for its commit before it is aborted.",
         .field = [](Config& c) -> Field { return &c.stream_load.prepared_time; },
         .min = kMinute,
         .max = 30 * 24 * 60 * kMinute},
        {.heading = "Kafka",
         .name = "kafka.networks",
         .kind = networks,
         .placeholder = "NETS",
         .sentence = "The only addresses to which sources connect: of brokers, also of those that "
                     "brokers name, and of schema registries.",
         .field = [](Config& c) -> Field { return &c.kafka.networks; },
         .default_sentence = "all",
         .example = "10.0.0.0/8,fd00::/8"},
        {.heading = "Apache Pinot's documents and queries",
         .name = "pinot.open",
         .kind = choice,
         .placeholder = "YES",
         .sentence = "Whether Pinot's endpoints need no token, as in a new Apache Pinot. Whoever "
                     "reaches the port of the API may change and read its tables then.",
         .field = [](Config& c) -> Field { return &c.pinot.open; },
         .choices = {"no", "yes"},
         .bare = "yes"},
        {.name = "pinot.bucket",
         .kind = path,
         .placeholder = "BUCKET",
         .sentence = "The bucket of Pinot's tables; queries see its tables and no others.",
         .field = [](Config& c) -> Field { return &c.pinot.bucket; }},
        {.name = "pinot.freshness",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "How long after a message its row is to be in a Pinot table. It holds for "
                     "tables that are made or changed from then on.",
         .field = [](Config& c) -> Field { return &c.pinot.freshness; },
         .min = 100,
         .max = kMinute},
        {.name = "pinot.query-time",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "How long a query may take.",
         .field = [](Config& c) -> Field { return &c.pinot.query_time; },
         .min = 10,
         .max = 10 * kMinute},
        {.name = "pinot.query-memory",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Size of the values of one answer. A query with a larger one fails.",
         .field = [](Config& c) -> Field { return &c.pinot.query_bytes; },
         .min = kKb,
         .max = kGb},
        {.name = "pinot.query-rows",
         .kind = number,
         .placeholder = "N",
         .sentence = "Rows of one answer. A query with more fails.",
         .field = [](Config& c) -> Field { return &c.pinot.query_rows; },
         .min = 1,
         .max = 10'000'000},
        {.heading = "Uploads",
         .name = "upload.input-buffer",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Bytes of one upload that are received and not read yet. No record may be "
                     "larger. Also STREAMING_UPLOAD_INPUT_BUFFER_SIZE_MB.",
         .field = [](Config& c) -> Field { return &c.upload.input_bytes; },
         .min = 64 * kKb,
         .max = kGb,
         .other_variable = "STREAMING_UPLOAD_INPUT_BUFFER_SIZE_MB",
         .other_unit = "MB"},
        {.name = "upload.buffer-rows",
         .kind = number,
         .placeholder = "N",
         .sentence = "Records of one upload that are read and not written yet. Also "
                     "STREAMING_UPLOAD_DB_BUFFER_SIZE.",
         .field = [](Config& c) -> Field { return &c.upload.buffer_rows; },
         .min = 1,
         .max = 10'000'000,
         .other_variable = "STREAMING_UPLOAD_DB_BUFFER_SIZE"},
        {.name = "upload.batch-rows",
         .kind = number,
         .placeholder = "N",
         .sentence = "Records of a batch of an upload. Also STREAMING_UPLOAD_DB_BATCH_SIZE.",
         .field = [](Config& c) -> Field { return &c.upload.batch_rows; },
         .min = 1,
         .max = 1'000'000,
         .other_variable = "STREAMING_UPLOAD_DB_BATCH_SIZE"},
        {.name = "csvParser.separator",
         .kind = path,
         .placeholder = "TEXT",
         .sentence = "What is between the values of CSV. \\t is a tab, \\x01 a byte.",
         .field = [](Config& c) -> Field { return &c.csv.separator; }},
        {.name = "csvParser.quote",
         .kind = path,
         .placeholder = "CHAR",
         .sentence = "What a value of CSV may be enclosed in, or none.",
         .field = [](Config& c) -> Field { return &c.csv.quote; }},
        {.name = "csvParser.escape",
         .kind = path,
         .placeholder = "CHAR",
         .sentence = "What stands before a quote within quotes, or none.",
         .field = [](Config& c) -> Field { return &c.csv.escape; }},
        {.name = "csvParser.lineSeparator",
         .kind = path,
         .placeholder = "TEXT",
         .sentence = "What ends a line of CSV; auto is LF, or CRLF.",
         .field = [](Config& c) -> Field { return &c.csv.line_separator; }},
        {.name = "csvParser.nullValue",
         .kind = path,
         .placeholder = "TEXT",
         .sentence = "The value of CSV that is NULL where it is not quoted.",
         .field = [](Config& c) -> Field { return &c.csv.null_value; },
         .default_sentence = "the empty value",
         .example = "NULL"},
        {.name = "csvParser.header",
         .kind = choice,
         .placeholder = "YES",
         .sentence = "Whether the first record of CSV has the names of its columns.",
         .field = [](Config& c) -> Field { return &c.csv.header; },
         .choices = {"yes", "no"}},
        {.name = "csvParser.repeatedHeader",
         .kind = choice,
         .placeholder = "YES",
         .sentence = "Whether a record that is the same as the header is a header too.",
         .field = [](Config& c) -> Field { return &c.csv.repeated_header; },
         .choices = {"yes", "no"}},
        {.heading = "Project",
         .name = "project.id",
         .kind = number,
         .placeholder = "N",
         .sentence = "Project id in URLs and answers.",
         .field = [](Config& c) -> Field { return &c.project.value; },
         .min = 1,
         .max = kIdMax},
        {.name = "project.branch-id",
         .kind = number,
         .placeholder = "N",
         .sentence = "Id of the default branch in URLs and answers.",
         .field = [](Config& c) -> Field { return &c.branch.value; },
         .min = 1,
         .max = kIdMax},
        {.heading = "Limits of one request that brings events",
         .name = "limits.header-size",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Size of all headers of a request together. A larger request is answered 413.",
         .field = [](Config& c) -> Field { return &c.limits.header_bytes; },
         .min = kKb,
         .max = kMb},
        {.name = "limits.body-size",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Size of the body of a request, as it is sent. A larger one is answered 413.",
         .field = [](Config& c) -> Field { return &c.limits.body_bytes; },
         .min = kKb,
         .max = 64 * kMb},
        {.name = "limits.decoded-size",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence =
             "Size of a compressed body after it is decompressed. A larger one is answered 413.",
         .field = [](Config& c) -> Field { return &c.limits.decoded_bytes; },
         .min = kKb,
         .max = 64 * kMb},
        {.name = "limits.row-size",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Size of one row as CSV. A larger row is answered 413.",
         .field = [](Config& c) -> Field { return &c.limits.row_bytes; },
         .min = kKb,
         .max = 64 * kMb},
        {.name = "limits.request-rows",
         .kind = number,
         .placeholder = "N",
         .sentence = "Rows that one request may make: its records times the sinks of its source. "
                     "More are answered 413.",
         .field = [](Config& c) -> Field { return &c.limits.request_rows; },
         .min = 1'000,
         .max = 1'000'000'000},
        {.name = "limits.header-time",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "Time from the first byte of a request to the end of its headers. A slower "
                     "request is answered 408.",
         .field = [](Config& c) -> Field { return &c.limits.header_time; },
         .min = 100,
         .max = 10 * kMinute},
        {.name = "limits.request-time",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "Time from the end of the headers to the end of the body. A slower request is "
                     "answered 408.",
         .field = [](Config& c) -> Field { return &c.limits.request_time; },
         .min = 100,
         .max = 10 * kMinute},
        {.name = "limits.answer-time",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "Time that a client has to read its answer. Then the connection is closed.",
         .field = [](Config& c) -> Field { return &c.limits.answer_time; },
         .min = 100,
         .max = 10 * kMinute},
        {.heading = "Limits of connections",
         .name = "limits.idle-time",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "Time after which a connection without a request is closed.",
         .field = [](Config& c) -> Field { return &c.limits.idle_time; },
         .min = 100,
         .max = 60 * kMinute},
        {.name = "limits.connections",
         .kind = number,
         .placeholder = "N",
         .sentence = "Number of open connections for events. One more is answered 503 and closed.",
         .field = [](Config& c) -> Field { return &c.limits.connections; },
         .min = 1,
         .max = 1'000'000},
        {.name = "limits.connection-memory",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Memory of all these connections, without the first 4KB of each. A request "
                     "beyond it is answered 503.",
         .field = [](Config& c) -> Field { return &c.limits.connection_memory_bytes; },
         .min = kMb,
         .max = 1024 * kGb},
        {.name = "limits.address-connections",
         .kind = number,
         .placeholder = "N",
         .sentence = "Number of open connections of one client address (IPv6: of one /64 network). "
                     "One more is answered 503. 0 means no limit.",
         .field = [](Config& c) -> Field { return &c.limits.address_connections; },
         .min = 0,
         .max = 1'000'000},
        {.name = "limits.address-memory",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Memory of the connections of one client address, without the first 4KB of "
                     "each. 0B means no limit.",
         .field = [](Config& c) -> Field { return &c.limits.address_memory_bytes; },
         .min = 0,
         .max = 1024 * kGb},
        {.heading = "Memory and disk",
         .name = "limits.idempotency-memory",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Memory for the idempotency keys of all sources. Beyond it the oldest keys "
                     "are forgotten early.",
         .field = [](Config& c) -> Field { return &c.limits.idempotency_memory_bytes; },
         .min = kMb,
         .max = 1024 * kGb},
        {.name = "limits.disk-reserve",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Free disk space that is kept. With less of it, events are answered 507.",
         .field = [](Config& c) -> Field { return &c.limits.disk_reserve_bytes; },
         .min = kMb,
         .max = 1024 * kGb},
        {.name = "limits.disk-ballast",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Size of a file on each disk that is deleted when the disk is full, so that "
                     "waiting rows can still be moved. 0B means no file.",
         .field = [](Config& c) -> Field { return &c.limits.disk_ballast_bytes; },
         .min = 0,
         .max = 1024 * kGb},
        {.heading = "Backups",
         .name = "backup.horizon",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "How old a backup may be that is restored: targets remember for so long which "
                     "files they have imported.",
         .field = [](Config& c) -> Field { return &c.backup_horizon; },
         .min = kMinute,
         .max = 3650ULL * 24 * 60 * kMinute},
        {.heading = "Limits of definitions",
         .name = "limits.sources",
         .kind = number,
         .placeholder = "N",
         .sentence = "Sources of a branch. One more is answered 409.",
         .field = [](Config& c) -> Field { return &c.limits.definitions.sources; },
         .min = 1,
         .max = 100'000},
        {.name = "limits.sinks",
         .kind = number,
         .placeholder = "N",
         .sentence = "Sinks of a source. One more is answered 409.",
         .field = [](Config& c) -> Field { return &c.limits.definitions.sinks; },
         .min = 1,
         .max = 1'000},
        {.name = "limits.columns",
         .kind = number,
         .placeholder = "N",
         .sentence = "Columns of a sink. One more is answered 400.",
         .field = [](Config& c) -> Field { return &c.limits.definitions.columns; },
         .min = 1,
         .max = 1'000},
        {.name = "limits.versions",
         .kind = number,
         .placeholder = "N",
         .sentence = "Versions of a source or a sink. A change beyond them is answered 409.",
         .field = [](Config& c) -> Field { return &c.limits.definitions.versions; },
         .min = 1,
         .max = 1'000'000},
        {.name = "limits.name",
         .kind = number,
         .placeholder = "N",
         .sentence = "Characters of a name. A longer one is answered 400.",
         .field = [](Config& c) -> Field { return &c.limits.definitions.name_characters; },
         .min = 1,
         .max = 1'000},
        {.name = "limits.description",
         .kind = number,
         .placeholder = "N",
         .sentence = "Characters of a description. A longer one is answered 400.",
         .field = [](Config& c) -> Field { return &c.limits.definitions.description_characters; },
         .min = 1,
         .max = 65'536},
        {.heading = "Templates of columns, each time one is evaluated",
         .name = "templates.memory",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Memory of one evaluation.",
         .field = [](Config& c) -> Field { return &c.templates.memory_bytes; },
         .min = 16 * kMb,
         .max = 16 * kGb},
        {.name = "templates.stack-frames",
         .kind = number,
         .placeholder = "N",
         .sentence = "Depth of nested Jsonnet calls.",
         .field = [](Config& c) -> Field { return &c.templates.stack_frames; },
         .min = 50,
         .max = 5000},
        {.name = "templates.output-size",
         .kind = byte_size,
         .placeholder = "SIZE",
         .sentence = "Size of the value that results. A larger one is answered 413.",
         .field = [](Config& c) -> Field { return &c.templates.output_bytes; },
         .min = kKb,
         .max = 64 * kMb},
        {.name = "templates.time",
         .kind = duration,
         .placeholder = "TIME",
         .sentence = "Processor time of one evaluation.",
         .field = [](Config& c) -> Field { return &c.templates.time; },
         .min = 10,
         .max = kMinute},
        {.heading = "Process and log",
         .name = "ready-file",
         .kind = path,
         .placeholder = "PATH",
         .sentence = "A JSON file with the addresses in use. It exists while the service accepts "
                     "connections.",
         .field = [](Config& c) -> Field { return &c.ready_file; },
         .default_sentence = "none",
         .example = "/run/millrace/ready.json"},
        {.name = "log.level",
         .kind = choice,
         .placeholder = "LEVEL",
         .sentence = "Least severe log lines that are written.",
         .field = [](Config& c) -> Field { return &c.log_level; },
         .choices = {"trace", "debug", "info", "warn", "error"}},
        {.name = "log.format",
         .kind = choice,
         .placeholder = "FORM",
         .sentence = "Form of the log; auto is text at a terminal, else json.",
         .field = [](Config& c) -> Field { return &c.log_format; },
         .choices = {"auto", "json", "text"}},
    };
    return specs;
}

std::string show_number(const OptionSpec& spec, std::uint64_t value) {
    switch (spec.kind) {
        case OptionKind::byte_size:
            return format_byte_size(value);
        case OptionKind::duration:
            return format_duration(Milliseconds(static_cast<std::int64_t>(value)));
        case OptionKind::path:
        case OptionKind::endpoint:
        case OptionKind::url:
        case OptionKind::networks:
        case OptionKind::choice:
        case OptionKind::number:
            return fmt::format("{}", value);
    }
    return {};
}

Result<std::uint64_t> within_bounds(const OptionSpec& spec, std::uint64_t value) {
    if (value < spec.min || value > spec.max) {
        return Error(Code::invalid,
                     fmt::format("must be between {} and {}", show_number(spec, spec.min),
                                 show_number(spec, spec.max)));
    }
    return value;
}

Result<std::uint64_t> parse_number(const OptionSpec& spec, std::string_view text) {
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end) {
        return Error(Code::invalid,
                     fmt::format("must be a whole number between {} and {}", spec.min, spec.max));
    }
    return within_bounds(spec, number);
}

Result<std::uint64_t> parse_size(const OptionSpec& spec, std::string_view text) {
    const auto bytes = parse_byte_size(text);
    if (!bytes.ok())
        return Error(Code::invalid, "not a size; write for example 512B, 16KB, 1MB or 2GB");
    return within_bounds(spec, bytes.value());
}

Result<std::uint64_t> parse_span(const OptionSpec& spec, std::string_view text) {
    const auto span = parse_duration(text);
    if (!span.ok())
        return Error(Code::invalid, "not a duration; write for example 500ms, 30s or 1m30s");
    return within_bounds(spec, static_cast<std::uint64_t>(span.value().count()));
}

// Its place among the choices; an enumeration has their order.
Result<std::size_t> parse_choice(const OptionSpec& spec, std::string_view text) {
    const auto found = std::ranges::find(spec.choices, text);
    if (found == spec.choices.end()) {
        return Error(Code::invalid,
                     fmt::format("must be one of {}", fmt::join(spec.choices, ", ")));
    }
    return static_cast<std::size_t>(found - spec.choices.begin());
}

// How many letters to insert, delete or replace to get from one text to the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::span<const OptionSpec> option_specs() {
    return table();
}

const OptionSpec* find_option(std::string_view name) {
    const auto found = std::ranges::find(table(), name, &OptionSpec::name);
    return found == table().end() ? nullptr : &*found;
}

std::string environment_name(const OptionSpec& spec) {
    std::string name = "MILLRACE_";
    for (const char c : spec.name) {
        const bool is_lower = c >= 'a' && c <= 'z';
        const bool is_upper = c >= 'A' && c <= 'Z';
        if (is_upper) name += '_';
        name += is_lower ? static_cast<char>(c - 'a' + 'A') : is_upper ? c : '_';
    }
    return name;
}

Config default_config() {
    Config config;
    const auto processors = std::thread::hardware_concurrency();  // 0: unknown
    config.ingest_threads = std::clamp(processors, 2U, kThreadsMax + 1) - 1;
    return config;
}

Result<void> assign(const OptionSpec& spec, std::string_view text, Config& config) {
    if (text.empty()) {
        return Error(Code::invalid, fmt::format("needs a value, {}", spec.placeholder));
    }
    const auto field = spec.field(config);
    switch (spec.kind) {
        case OptionKind::path:
            *std::get<std::string*>(field) = text;
            break;
        case OptionKind::endpoint: {
            TRY_ASSIGN(*std::get<Endpoint*>(field), parse_endpoint(text));
            break;
        }
        case OptionKind::url: {
            TRY_ASSIGN(*std::get<std::string*>(field), parse_public_url(text));
            break;
        }
        case OptionKind::networks: {
            TRY_ASSIGN(*std::get<std::vector<Network>*>(field), parse_networks(text));
            break;
        }
        case OptionKind::number: {
            TRY_ASSIGN(const auto number, parse_number(spec, text));
            *std::get<std::uint32_t*>(field) = static_cast<std::uint32_t>(number);
            break;
        }
        case OptionKind::byte_size: {
            TRY_ASSIGN(*std::get<std::uint64_t*>(field), parse_size(spec, text));
            break;
        }
        case OptionKind::duration: {
            TRY_ASSIGN(const auto ms, parse_span(spec, text));
            *std::get<Milliseconds*>(field) = Milliseconds(static_cast<std::int64_t>(ms));
            break;
        }
        case OptionKind::choice: {
            TRY_ASSIGN(const auto choice, parse_choice(spec, text));
            if (auto* const* header = std::get_if<ForwardedHeader*>(&field)) {
                **header = static_cast<ForwardedHeader>(choice);
            } else {
                *std::get<std::string*>(field) = text;
            }
            break;
        }
    }
    return {};
}

std::string bounds_text(const OptionSpec& spec) {
    if (spec.max == 0) return {};
    return fmt::format("{} to {}", show_number(spec, spec.min), show_number(spec, spec.max));
}

std::string show(const OptionSpec& spec, Config config) {
    struct Show {
        const OptionSpec& spec;
        std::string operator()(const std::string* text) const { return *text; }
        std::string operator()(const Endpoint* endpoint) const {
            return format_endpoint(*endpoint);
        }
        std::string operator()(const std::vector<Network>* networks) const {
            return format_networks(*networks);
        }
        std::string operator()(const ForwardedHeader* header) const {
            return std::string(spec.choices[static_cast<std::size_t>(*header)]);
        }
        std::string operator()(const std::uint32_t* number) const {
            return show_number(spec, *number);
        }
        std::string operator()(const std::uint64_t* number) const {
            return show_number(spec, *number);
        }
        std::string operator()(const Milliseconds* span) const { return format_duration(*span); }
    };
    return std::visit(Show{spec}, spec.field(config));
}

Result<void> assign_admin_token(std::string_view token, Config& config) {
    const bool is_visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_visible || token.size() < kTokenLengthMin || token.size() > kTokenLengthMax) {
        return Error(
            Code::invalid,
            fmt::format("must be {} to {} visible ASCII characters; for example the output of "
                        "\"openssl rand -hex 24\"",
                        kTokenLengthMin, kTokenLengthMax));
    }
    config.admin_token = token;
    return {};
}

std::optional<std::string> nearest(std::string_view mistyped, std::span<const std::string> known) {
    if (known.empty()) return std::nullopt;
    const auto distance = [&](const std::string& name) { return edit_distance(mistyped, name); };
    const auto& best = *std::ranges::min_element(known, {}, distance);
    const auto near_enough = std::max<std::size_t>(2, best.size() / 4);
    if (distance(best) > near_enough) return std::nullopt;
    return best;
}

}  // namespace millrace::config
