#pragma once
// Config: everything `millrace serve` can be told, parsed once into one struct.
//
// The same name is a flag (--api.public-url), an environment variable (MILLRACE_API_PUBLIC_URL) and
// a TOML key
// ([api] public-url). Flag > environment > file > default.
//
// See  options.h for the table of names, sentences and bounds; command_line.h for the parser

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "api/config/address.h"
#include "api/config/backend_options.h"
#include "api/config/volume_options.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/model/definition_limits.h"
#include "core/model/proxies.h"
#include "core/model/settings.h"

namespace millrace::config {

struct Limits {
    std::uint64_t header_bytes = 16 << 10;   // of an ingest request, all headers together
    std::uint64_t body_bytes = 1 << 20;      // of an ingest request
    std::uint64_t decoded_bytes = 8 << 20;   // of an ingest request with a Content-Encoding
    std::uint64_t row_bytes = 1536 << 10;    // of one CSV row
    std::uint32_t request_rows = 2'000'000;  // records of an ingest request times its sinks
    Milliseconds header_time{10'000};    // from the first byte of a request to the end of its head
    Milliseconds request_time{30'000};   // from there to its last byte
    Milliseconds answer_time{30'000};    // until the client has taken its answer
    Milliseconds idle_time{75'000};      // of a connection without a request
    std::uint32_t connections = 20'000;  // of ingest, all loops together
    std::uint64_t connection_memory_bytes = 256 << 20;   // of all connections, beyond 4 KB of each
    std::uint32_t address_connections = 0;               // of ingest; 0: as many as there are
    std::uint64_t address_memory_bytes = 0;              // of ingest connections; 0: without limit
    std::uint64_t idempotency_memory_bytes = 256 << 20;  // of the keys of all sources
    std::uint64_t disk_reserve_bytes = 256 << 20;        // with less free space, ingest answers 507
    std::uint64_t disk_ballast_bytes = 64 << 20;         // released when a disk is full; 0: none
    DefinitionLimits definitions;
};

// What one evaluation of a template may use where it is not compiled.
struct Templates {
    std::uint64_t memory_bytes = 256 << 20;
    std::uint32_t stack_frames = 500;
    std::uint64_t output_bytes = 1536 << 10;
    Milliseconds time{1000};  // of a processor
};

struct StreamLoad {
    std::string root_without_password = "no";  // or "yes"
    Milliseconds prepared_time = std::chrono::hours(24);
};

struct Kafka {
    std::vector<Network> networks;  // of brokers and schema registries; none: all
};

// What is served in Apache Pinot's form.
struct Pinot {
    std::string open = "no";            // or "yes"
    std::string bucket = "in.c-pinot";  // of its tables
    Milliseconds freshness{500};
    Milliseconds query_time{10'000};
    std::uint64_t query_bytes = 64 << 20;
    std::uint32_t query_rows = 100'000;
};

// Files of PEM; empty: none.
struct Tls {
    std::string certificate;  // or a folder of several, with their keys
    std::string key;
    std::string client_ca;
    std::string client_auth = "required";  // or "optional"
};

struct Upload {
    std::uint64_t input_bytes = 10 << 20;
    std::uint32_t buffer_rows = 10'000;
    std::uint32_t batch_rows = 1'000;
};

// csvParser.*: core/model/csv_parser.h.
struct CsvOptions {
    std::string separator = ",";
    std::string quote = "\"";
    std::string escape = "\"";
    std::string line_separator = "auto";
    std::string null_value;
    std::string header = "yes";  // or "no"
    std::string repeated_header = "yes";
};

struct Config {
    std::string config_file;  // the TOML file these values were read from; empty: none
    std::string data_dir = "./data";
    Endpoint api_listen{.host = "127.0.0.1", .port = 8000};
    Tls api_tls;
    std::string api_public_url;  // no trailing slash; empty: made from the bound address
    Endpoint ingest_listen{.host = "127.0.0.1", .port = 7000};
    Tls ingest_tls;
    std::string tls_self_signed = "no";  // or "yes": of ports that have no certificate
    std::string ingest_public_url;       // no trailing slash; empty: made from the bound address
    std::uint32_t ingest_threads = 1;
    Proxies proxies;
    std::string proxy_protocol = "no";  // or "yes": of connections of trusted proxies
    Milliseconds leave_time{0};         // between the signal to end and the end of listening
    Milliseconds stop_time{5'000};      // from there on, for requests that are under way
    ProjectId project{1};
    BranchId branch{1};
    std::string ready_file;  // empty: none
    std::string log_level = "info";
    std::string log_format = "auto";  // text at a terminal, else JSON
    std::string secrets_key_file;     // empty: DIR/secrets.key
    std::string admin_token;          // MILLRACE_ADMIN_TOKEN; empty: DIR/admin-token
    Limits limits;
    Templates templates;
    StreamLoad stream_load;
    Kafka kafka;
    Pinot pinot;
    Upload upload;
    Milliseconds backup_horizon = std::chrono::hours(30 * 24);  // how old a backup may be
    CsvOptions csv;
    VolumeDirectories volumes;  // as configured; see all_volumes()
    Backends targets;           // as configured; there is one named kDefaultBackend in any case
    Backends stagings;          // the same
    std::string staging_in_use = std::string(kDefaultBackend);  // where new slices go
    SettingOverrides settings;  // of all sources and sinks that do not set them
};

}  // namespace millrace::config
