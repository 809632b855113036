#include "api/config/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <thread>

namespace millrace::config {
namespace {

using testing::HasSubstr;

TEST(OptionsTest, EveryRowIsCompleteAndItsDefaultIsAccepted) {
    std::set<std::string> environment_names;
    for (const auto& spec : option_specs()) {
        SCOPED_TRACE(spec.name);
        EXPECT_TRUE(spec.sentence.ends_with('.'));
        EXPECT_FALSE(spec.placeholder.empty());
        EXPECT_TRUE(environment_names.insert(environment_name(spec)).second);
        EXPECT_EQ(find_option(spec.name), &spec);

        auto config = default_config();
        const auto shown = show(spec, config);
        EXPECT_NE(shown.empty(), spec.default_sentence.empty())
            << "a default is a value or a sentence";
        if (shown.empty()) continue;
        const auto assigned = assign(spec, shown, config);
        EXPECT_TRUE(assigned.ok()) << assigned.error().client_text();
        EXPECT_EQ(show(spec, config), shown);
    }
    EXPECT_EQ(find_option("nothing"), nullptr);
}

TEST(OptionsTest, ValuesAreStoredWhereTheyBelong) {
    struct Case {
        std::string name;
        std::string text;
        std::function<bool(const Config&)> stored;
    };
    const Case cases[] = {
        {"config", "a.toml", [](auto& c) { return c.config_file == "a.toml"; }},
        {"data-dir", "/var/lib/m", [](auto& c) { return c.data_dir == "/var/lib/m"; }},
        {"secrets.key-file", "/k", [](auto& c) { return c.secrets_key_file == "/k"; }},
        {"api.listen", "[::1]:0",
         [](auto& c) {
             return c.api_listen == Endpoint{"::1", 0};
         }},
        {"api.public-url", "https://a/", [](auto& c) { return c.api_public_url == "https://a"; }},
        {"ingest.listen", "h:1",
         [](auto& c) {
             return c.ingest_listen == Endpoint{"h", 1};
         }},
        {"api.tls-cert", "/c", [](auto& c) { return c.api_tls.certificate == "/c"; }},
        {"api.tls-key", "/k", [](auto& c) { return c.api_tls.key == "/k"; }},
        {"api.tls-client-ca", "/a", [](auto& c) { return c.api_tls.client_ca == "/a"; }},
        {"ingest.tls-cert", "/c", [](auto& c) { return c.ingest_tls.certificate == "/c"; }},
        {"ingest.tls-key", "/k", [](auto& c) { return c.ingest_tls.key == "/k"; }},
        {"ingest.tls-client-ca", "/a", [](auto& c) { return c.ingest_tls.client_ca == "/a"; }},
        {"ingest.tls-client-auth", "optional",
         [](auto& c) { return c.ingest_tls.client_auth == "optional"; }},
        {"ingest.proxy-protocol", "yes", [](auto& c) { return c.proxy_protocol == "yes"; }},
        {"tls.self-signed", "yes", [](auto& c) { return c.tls_self_signed == "yes"; }},
        {"staging.use", "cold", [](auto& c) { return c.staging_in_use == "cold"; }},
        {"ingest.public-url", "https://i",
         [](auto& c) { return c.ingest_public_url == "https://i"; }},
        {"ingest.threads", "256", [](auto& c) { return c.ingest_threads == 256; }},
        {"ingest.trusted-proxies", "10.0.0.0/8,::1",
         [](auto& c) { return c.proxies.trusted.size() == 2; }},
        {"ingest.proxy-header", "forwarded",
         [](auto& c) { return c.proxies.header == ForwardedHeader::forwarded; }},
        {"ingest.leave-time", "15s", [](auto& c) { return c.leave_time.count() == 15'000; }},
        {"stream-load.root-without-password", "yes",
         [](auto& c) { return c.stream_load.root_without_password == "yes"; }},
        {"stream-load.prepared-timeout", "2h",
         [](auto& c) { return c.stream_load.prepared_time == std::chrono::hours(2); }},
        {"kafka.networks", "10.0.0.0/8,::1", [](auto& c) { return c.kafka.networks.size() == 2; }},
        {"pinot.open", "yes", [](auto& c) { return c.pinot.open == "yes"; }},
        {"pinot.bucket", "in.c-x", [](auto& c) { return c.pinot.bucket == "in.c-x"; }},
        {"pinot.freshness", "100ms", [](auto& c) { return c.pinot.freshness.count() == 100; }},
        {"pinot.query-time", "1s", [](auto& c) { return c.pinot.query_time.count() == 1'000; }},
        {"pinot.query-memory", "1MB", [](auto& c) { return c.pinot.query_bytes == 1 << 20; }},
        {"pinot.query-rows", "7", [](auto& c) { return c.pinot.query_rows == 7; }},
        {"upload.input-buffer", "2MB", [](auto& c) { return c.upload.input_bytes == 2 << 20; }},
        {"upload.buffer-rows", "7", [](auto& c) { return c.upload.buffer_rows == 7; }},
        {"backup.horizon", "2h", [](auto& c) { return c.backup_horizon == std::chrono::hours(2); }},
        {"upload.batch-rows", "8", [](auto& c) { return c.upload.batch_rows == 8; }},
        {"csvParser.separator", ";", [](auto& c) { return c.csv.separator == ";"; }},
        {"csvParser.quote", "none", [](auto& c) { return c.csv.quote == "none"; }},
        {"csvParser.escape", "none", [](auto& c) { return c.csv.escape == "none"; }},
        {"csvParser.lineSeparator", "|", [](auto& c) { return c.csv.line_separator == "|"; }},
        {"csvParser.nullValue", "NULL", [](auto& c) { return c.csv.null_value == "NULL"; }},
        {"csvParser.header", "no", [](auto& c) { return c.csv.header == "no"; }},
        {"csvParser.repeatedHeader", "no", [](auto& c) { return c.csv.repeated_header == "no"; }},
        {"ingest.stop-time", "16s", [](auto& c) { return c.stop_time.count() == 16'000; }},
        {"project.id", "4294967295", [](auto& c) { return c.project.value == 4294967295; }},
        {"project.branch-id", "7", [](auto& c) { return c.branch.value == 7; }},
        {"limits.header-size", "32KB", [](auto& c) { return c.limits.header_bytes == 32768; }},
        {"limits.body-size", "64MB", [](auto& c) { return c.limits.body_bytes == 67108864; }},
        {"limits.decoded-size", "2MB", [](auto& c) { return c.limits.decoded_bytes == 2 << 20; }},
        {"limits.row-size", "1024", [](auto& c) { return c.limits.row_bytes == 1024; }},
        {"limits.request-rows", "5000", [](auto& c) { return c.limits.request_rows == 5000; }},
        {"limits.request-time", "1m30s",
         [](auto& c) { return c.limits.request_time.count() == 90'000; }},
        {"limits.header-time", "5s", [](auto& c) { return c.limits.header_time.count() == 5'000; }},
        {"limits.answer-time", "6s", [](auto& c) { return c.limits.answer_time.count() == 6'000; }},
        {"limits.idle-time", "7s", [](auto& c) { return c.limits.idle_time.count() == 7'000; }},
        {"limits.connections", "9", [](auto& c) { return c.limits.connections == 9; }},
        {"limits.connection-memory", "8MB",
         [](auto& c) { return c.limits.connection_memory_bytes == 8 << 20; }},
        {"limits.address-connections", "100",
         [](auto& c) { return c.limits.address_connections == 100; }},
        {"limits.address-memory", "16MB",
         [](auto& c) { return c.limits.address_memory_bytes == 16 << 20; }},
        {"limits.idempotency-memory", "16MB",
         [](auto& c) { return c.limits.idempotency_memory_bytes == 16 << 20; }},
        {"limits.disk-reserve", "1GB",
         [](auto& c) { return c.limits.disk_reserve_bytes == 1 << 30; }},
        {"limits.disk-ballast", "0", [](auto& c) { return c.limits.disk_ballast_bytes == 0; }},
        {"limits.sources", "100000",
         [](auto& c) { return c.limits.definitions.sources == 100000; }},
        {"limits.sinks", "1000", [](auto& c) { return c.limits.definitions.sinks == 1000; }},
        {"limits.columns", "1000", [](auto& c) { return c.limits.definitions.columns == 1000; }},
        {"limits.versions", "1000000",
         [](auto& c) { return c.limits.definitions.versions == 1000000; }},
        {"limits.name", "1000",
         [](auto& c) { return c.limits.definitions.name_characters == 1000; }},
        {"limits.description", "65536",
         [](auto& c) { return c.limits.definitions.description_characters == 65536; }},
        {"templates.memory", "64MB", [](auto& c) { return c.templates.memory_bytes == 64 << 20; }},
        {"templates.stack-frames", "200", [](auto& c) { return c.templates.stack_frames == 200; }},
        {"templates.output-size", "1KB", [](auto& c) { return c.templates.output_bytes == 1024; }},
        {"templates.time", "300ms", [](auto& c) { return c.templates.time.count() == 300; }},
        {"ready-file", "r", [](auto& c) { return c.ready_file == "r"; }},
        {"log.level", "trace", [](auto& c) { return c.log_level == "trace"; }},
        {"log.format", "text", [](auto& c) { return c.log_format == "text"; }},
    };
    EXPECT_EQ(std::size(cases), option_specs().size()) << "an option has no case here";
    for (const auto& [name, text, stored] : cases) {
        SCOPED_TRACE(name);
        auto config = default_config();
        const auto assigned = assign(*find_option(name), text, config);
        ASSERT_TRUE(assigned.ok()) << assigned.error().client_text();
        EXPECT_TRUE(stored(config));
    }
}

TEST(OptionsTest, AWrongValueIsRefusedAndChangesNothing) {
    struct Case {
        std::string name;
        std::string text;
        std::string message;
    };
    const Case cases[] = {
        {"data-dir", "", "needs a value, DIR"},
        {"api.listen", "nowhere", "no port"},
        {"api.public-url", "nowhere", "does not begin with http"},
        {"ingest.threads", "0", "must be between 1 and 256"},
        {"ingest.threads", "257", "must be between 1 and 256"},
        {"ingest.threads", "two", "must be a whole number between 1 and 256"},
        {"ingest.threads", "1.5", "must be a whole number"},
        {"ingest.threads", "-1", "must be a whole number"},
        {"ingest.trusted-proxies", "10.0.0.0/33", "\"10.0.0.0/33\" is no network; write"},
        {"ingest.proxy-header", "via", "must be one of x-forwarded-for, forwarded"},
        {"project.id", "0", "must be between 1 and 4294967295"},
        {"project.id", "4294967296", "must be between 1 and 4294967295"},
        {"limits.header-size", "1023", "must be between 1KB and 1MB"},
        {"limits.header-size", "16 KB", "not a size; write for example 512B, 16KB"},
        {"limits.body-size", "65MB", "must be between 1KB and 64MB"},
        {"limits.decoded-size", "65MB", "must be between 1KB and 64MB"},
        {"limits.request-time", "30", "not a duration; write for example 500ms, 30s"},
        {"limits.request-time", "11m", "must be between 100ms and 10m0s"},
        {"limits.disk-reserve", "0", "must be between 1MB and 1024GB"},
        {"templates.memory", "8MB", "must be between 16MB and 16GB"},
        {"templates.time", "2m", "must be between 10ms and 1m0s"},
        {"log.level", "INFO", "must be one of trace, debug, info, warn, error"},
    };
    for (const auto& [name, text, message] : cases) {
        SCOPED_TRACE(name + "=" + text);
        auto config = default_config();
        const auto& spec = *find_option(name);
        const auto before = show(spec, config);
        const auto assigned = assign(spec, text, config);
        ASSERT_FALSE(assigned.ok());
        EXPECT_EQ(assigned.error().code(), Code::invalid);
        EXPECT_THAT(assigned.error().client_text(), HasSubstr(message));
        EXPECT_EQ(show(spec, config), before);
    }
}

TEST(OptionsTest, AProcessorIsLeftToTheJournalWhereThereIsMoreThanOne) {
    const auto processors = std::thread::hardware_concurrency();
    const auto threads = default_config().ingest_threads;
    EXPECT_GE(threads, 1U);
    if (processors > 1) {
        EXPECT_EQ(threads, std::min(processors - 1, 256U));
    }
}

TEST(OptionsTest, AnAdminTokenFitsAHeaderAndIsNeverRepeated) {
    Config config;
    EXPECT_TRUE(assign_admin_token("s3cret-of-16-and-up", config).ok());
    EXPECT_EQ(config.admin_token, "s3cret-of-16-and-up");
    for (const auto& token :
         {std::string("two words of enough"), std::string("line-of-enough-letters\n"),
          std::string("x"), std::string(15, 'y'), std::string(201, 'x')}) {
        const auto assigned = assign_admin_token(token, config);
        ASSERT_FALSE(assigned.ok());
        EXPECT_EQ(assigned.error().code(), Code::invalid);
        if (token.size() > 1) {
            EXPECT_THAT(assigned.error().client_text(), testing::Not(HasSubstr(token)));
        }
    }
    EXPECT_EQ(config.admin_token, "s3cret-of-16-and-up");
}

TEST(OptionsTest, OnlyANearNameIsSuggested) {
    const std::string known[] = {"api.listen", "ingest.listen", "log.level"};
    EXPECT_EQ(nearest("api.lissten", known), "api.listen");
    EXPECT_EQ(nearest("injest.listen", known), "ingest.listen");
    EXPECT_EQ(nearest("loglevel", known), "log.level");
    EXPECT_EQ(nearest("kafka.topic", known), std::nullopt);
    EXPECT_EQ(nearest("x", {}), std::nullopt);
}

}  // namespace
}  // namespace millrace::config
