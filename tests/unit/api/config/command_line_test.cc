#include "api/config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "api/config/help.h"
#include "api/config/options.h"
#include "tests/unit/api/config/test_grammar.h"

namespace millrace::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Texts = std::vector<std::string>;

Result<Invocation> parse(const Texts& arguments, const Texts& environment = {}) {
    std::vector<const char*> argv = {"millrace"};
    for (const auto& argument : arguments) argv.push_back(argument.c_str());
    argv.push_back(nullptr);
    std::vector<const char*> variables;
    for (const auto& variable : environment) variables.push_back(variable.c_str());
    variables.push_back(nullptr);
    return parse_command_line(static_cast<int>(argv.size()) - 1, argv.data(), variables.data(),
                              test_grammar());
}

Serve serve(const Texts& arguments, const Texts& environment = {}) {
    const auto invocation = parse(arguments, environment);
    if (!invocation.ok()) {
        ADD_FAILURE() << invocation.error().client_text();
        return {};
    }
    if (const auto* found = std::get_if<Serve>(&invocation.value())) return *found;
    ADD_FAILURE() << "not a serve";
    return {};
}

std::string printed(const Texts& arguments) {
    const auto invocation = parse(arguments);
    if (!invocation.ok()) return "error: " + invocation.error().client_text();
    const auto* found = std::get_if<Print>(&invocation.value());
    return found == nullptr ? "serve" : found->text;
}

std::string mistakes(const Texts& arguments, const Texts& environment = {}) {
    const auto invocation = parse(arguments, environment);
    if (invocation.ok()) return "no mistake found";
    EXPECT_EQ(invocation.error().code(), Code::invalid);
    return invocation.error().client_text();
}

class CommandLineTest : public testing::Test {
protected:
    CommandLineTest() {
        std::string name = "/tmp/millrace-command-line-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~CommandLineTest() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& toml) const {
        const auto path = folder_ / "m.toml";
        std::ofstream(path) << toml;
        return path.string();
    }

private:
    std::filesystem::path folder_;
};

TEST_F(CommandLineTest, NothingGivenMeansTheDefaultsOfTheContract) {
    const auto [config, warnings] = serve({"serve"}, {"HOME=/root"});
    EXPECT_EQ(config.data_dir, "./data");
    EXPECT_EQ(config.api_listen, (Endpoint{"127.0.0.1", 8000}));
    EXPECT_EQ(config.ingest_listen, (Endpoint{"127.0.0.1", 7000}));
    EXPECT_EQ(config.project, ProjectId{1});
    EXPECT_EQ(config.branch, BranchId{1});
    EXPECT_EQ(config.limits.header_bytes, 16U << 10);
    EXPECT_EQ(config.limits.body_bytes, 1U << 20);
    EXPECT_EQ(config.limits.row_bytes, 1536U << 10);
    EXPECT_EQ(config.limits.request_time, Milliseconds(30'000));
    EXPECT_EQ(config.log_level, "info");
    EXPECT_EQ(config.ingest_threads, default_config().ingest_threads);
    for (const auto* text : {&config.config_file, &config.api_public_url, &config.ingest_public_url,
                             &config.ready_file, &config.admin_token}) {
        EXPECT_THAT(*text, IsEmpty());
    }
    EXPECT_THAT(warnings, IsEmpty());
}

// Goal    every option is a flag, a variable and a key, and the four places have their order.
// Method  give each option's default from one place more at a time, the strongest last.
TEST_F(CommandLineTest, FlagWinsOverEnvironmentOverFileOverDefault) {
    struct Case {
        std::string option;
        std::string toml;  // with the value F
        std::string file, variable, flag;
    };
    const Case cases[] = {
        {"data-dir", "data-dir = 'file'", "file", "env", "flag"},
        {"secrets.key-file", "[secrets]\nkey-file = 'file'", "file", "env", "flag"},
        {"staging.use",
         "[staging]\nuse = 'file'\n[stagings]\nfile.kind = 'folder'\nenv.kind = 'folder'\n"
         "flag.kind = 'folder'",
         "file", "env", "flag"},
        {"api.listen", "[api]\nlisten = 'file:1'", "file:1", "env:2", "flag:3"},
        {"api.public-url", "[api]\npublic-url = 'http://f'", "http://f", "http://e", "http://g"},
        {"ingest.listen", "[ingest]\nlisten = 'file:1'", "file:1", "env:2", "flag:3"},
        {"ingest.public-url", "[ingest]\npublic-url = 'http://f'", "http://f", "http://e",
         "http://g"},
        {"api.tls-cert", "[api]\ntls-cert = 'file'\ntls-key = 'k'", "file", "env", "flag"},
        {"api.tls-key", "[api]\ntls-cert = 'c'\ntls-key = 'file'", "file", "env", "flag"},
        {"api.tls-client-ca", "[api]\ntls-cert = 'c'\ntls-key = 'k'\ntls-client-ca = 'file'",
         "file", "env", "flag"},
        {"ingest.tls-cert", "[ingest]\ntls-cert = 'file'\ntls-key = 'k'", "file", "env", "flag"},
        {"ingest.tls-key", "[ingest]\ntls-cert = 'c'\ntls-key = 'file'", "file", "env", "flag"},
        {"ingest.tls-client-ca", "[ingest]\ntls-cert = 'c'\ntls-key = 'k'\ntls-client-ca = 'file'",
         "file", "env", "flag"},
        {"ingest.tls-client-auth",
         "[ingest]\ntls-cert = 'c'\ntls-key = 'k'\ntls-client-ca = 'a'\n"
         "tls-client-auth = 'optional'",
         "optional", "required", "optional"},
        {"tls.self-signed", "[tls]\nself-signed = 'yes'", "yes", "no", "yes"},
        {"ingest.threads", "[ingest]\nthreads = 31", "31", "32", "33"},
        {"ingest.trusted-proxies", "[ingest]\ntrusted-proxies = '10.0.0.1'", "10.0.0.1", "10.0.0.2",
         "10.0.0.3"},
        {"ingest.proxy-header", "[ingest]\nproxy-header = 'forwarded'", "forwarded",
         "x-forwarded-for", "forwarded"},
        {"ingest.proxy-protocol", "[ingest]\ntrusted-proxies = '10.0.0.1'\nproxy-protocol = 'yes'",
         "yes", "no", "yes"},
        {"ingest.leave-time", "[ingest]\nleave-time = '2s'", "2s", "3s", "4s"},
        {"stream-load.root-without-password", "[stream-load]\nroot-without-password = 'yes'", "yes",
         "no", "yes"},
        {"stream-load.prepared-timeout", "[stream-load]\nprepared-timeout = '2h0m0s'", "2h0m0s",
         "3h0m0s", "4h0m0s"},
        {"kafka.networks", "[kafka]\nnetworks = '10.0.0.1'", "10.0.0.1", "10.0.0.2", "10.0.0.3"},
        {"pinot.open", "[pinot]\nopen = 'yes'", "yes", "no", "yes"},
        {"pinot.bucket", "[pinot]\nbucket = 'in.c-a'", "in.c-a", "in.c-b", "in.c-c"},
        {"pinot.freshness", "[pinot]\nfreshness = '200ms'", "200ms", "300ms", "400ms"},
        {"pinot.query-time", "[pinot]\nquery-time = '2s'", "2s", "3s", "4s"},
        {"pinot.query-memory", "[pinot]\nquery-memory = '2MB'", "2MB", "3MB", "4MB"},
        {"pinot.query-rows", "[pinot]\nquery-rows = 31", "31", "32", "33"},
        {"ingest.stop-time", "[ingest]\nstop-time = '2s'", "2s", "3s", "4s"},
        {"upload.input-buffer", "[upload]\ninput-buffer = '2MB'", "2MB", "3MB", "4MB"},
        {"upload.buffer-rows", "[upload]\nbuffer-rows = 31", "31", "32", "33"},
        {"backup.horizon", "[backup]\nhorizon = \"31h\"", "31h0m0s", "32h0m0s", "33h0m0s"},
        {"upload.batch-rows", "[upload]\nbatch-rows = 31", "31", "32", "33"},
        {"csvParser.separator", "[csvParser]\nseparator = ';'", ";", "|", "#"},
        {"csvParser.quote", "[csvParser]\nquote = 'none'", "none", "|", "#"},
        {"csvParser.escape", "[csvParser]\nescape = 'none'", "none", "|", "#"},
        {"csvParser.lineSeparator", "[csvParser]\nlineSeparator = '|'", "|", "auto", "#"},
        {"csvParser.nullValue", "[csvParser]\nnullValue = 'NULL'", "NULL", "null", "-"},
        {"csvParser.header", "[csvParser]\nheader = 'no'", "no", "yes", "no"},
        {"csvParser.repeatedHeader", "[csvParser]\nrepeatedHeader = 'no'", "no", "yes", "no"},
        {"project.id", "[project]\nid = 31", "31", "32", "33"},
        {"project.branch-id", "project.branch-id = 31", "31", "32", "33"},
        {"limits.header-size", "[limits]\nheader-size = 2048", "2KB", "3KB", "4KB"},
        {"limits.body-size", "[limits]\nbody-size = '2KB'", "2KB", "3KB", "4KB"},
        {"limits.decoded-size", "[limits]\ndecoded-size = '2KB'", "2KB", "3KB", "4KB"},
        {"limits.row-size", "[limits]\nrow-size = '2KB'", "2KB", "3KB", "4KB"},
        {"limits.request-rows", "[limits]\nrequest-rows = 3100", "3100", "3200", "3300"},
        {"limits.header-time", "[limits]\nheader-time = '2s'", "2s", "3s", "4s"},
        {"limits.request-time", "[limits]\nrequest-time = '2s'", "2s", "3s", "4s"},
        {"limits.answer-time", "[limits]\nanswer-time = '2s'", "2s", "3s", "4s"},
        {"limits.idle-time", "[limits]\nidle-time = '2s'", "2s", "3s", "4s"},
        {"limits.connections", "[limits]\nconnections = 31", "31", "32", "33"},
        {"limits.connection-memory", "[limits]\nconnection-memory = '2MB'", "2MB", "3MB", "4MB"},
        {"limits.address-connections", "[limits]\naddress-connections = 31", "31", "32", "33"},
        {"limits.address-memory", "[limits]\naddress-memory = '2MB'", "2MB", "3MB", "4MB"},
        {"limits.idempotency-memory", "[limits]\nidempotency-memory = '2MB'", "2MB", "3MB", "4MB"},
        {"limits.disk-reserve", "[limits]\ndisk-reserve = '200MB'", "200MB", "300MB", "400MB"},
        {"limits.disk-ballast", "[limits]\ndisk-ballast = '2MB'", "2MB", "3MB", "4MB"},
        {"limits.sources", "[limits]\nsources = 31", "31", "32", "33"},
        {"limits.sinks", "[limits]\nsinks = 31", "31", "32", "33"},
        {"limits.columns", "[limits]\ncolumns = 31", "31", "32", "33"},
        {"limits.versions", "[limits]\nversions = 31", "31", "32", "33"},
        {"limits.name", "[limits]\nname = 31", "31", "32", "33"},
        {"limits.description", "[limits]\ndescription = 31", "31", "32", "33"},
        {"templates.memory", "[templates]\nmemory = '32MB'", "32MB", "33MB", "34MB"},
        {"templates.stack-frames", "[templates]\nstack-frames = 51", "51", "52", "53"},
        {"templates.output-size", "[templates]\noutput-size = '2KB'", "2KB", "3KB", "4KB"},
        {"templates.time", "[templates]\ntime = '2s'", "2s", "3s", "4s"},
        {"ready-file", "ready-file = 'file'", "file", "env", "flag"},
        {"log.level", "[log]\nlevel = 'debug'", "debug", "warn", "error"},
        {"log.format", "[log]\nformat = 'json'", "json", "text", "json"},
    };
    EXPECT_EQ(std::size(cases) + 1, option_specs().size()) << "all but --config itself";
    for (const auto& [option, toml, file, variable, flag] : cases) {
        SCOPED_TRACE(option);
        const auto* spec = find_option(option);
        ASSERT_NE(spec, nullptr);
        const auto environment = Texts{environment_name(*spec) + "=" + variable};
        auto arguments = Texts{"serve", "--config", write(toml)};

        EXPECT_EQ(show(*spec, serve(arguments).config), file);
        EXPECT_EQ(show(*spec, serve(arguments, environment).config), variable);
        arguments.push_back("--" + option);
        arguments.push_back(flag);
        EXPECT_EQ(show(*spec, serve(arguments, environment).config), flag);
    }
}

TEST_F(CommandLineTest, SelfSignedIsSaidWithoutAValue) {
    EXPECT_EQ(serve({"serve"}).config.tls_self_signed, "no");
    EXPECT_EQ(serve({"serve", "--tls.self-signed"}).config.tls_self_signed, "yes");
    EXPECT_EQ(serve({"serve", "--tls.self-signed", "no"}).config.tls_self_signed, "no");
    EXPECT_EQ(serve({"serve", "--tls.self-signed", "--data-dir", "d"}).config.data_dir, "d");
}

TEST_F(CommandLineTest, TlsThatLacksAFileIsRefused) {
    struct Case {
        std::string argument;
        std::string mistake;
    };
    const Case cases[] = {
        {"--api.tls-cert=c", "api.tls-cert needs api.tls-key"},
        {"--ingest.tls-key=k", "ingest.tls-key needs ingest.tls-cert"},
        {"--ingest.tls-client-ca=a", "ingest.tls-client-ca needs ingest.tls-cert"},
        {"--ingest.tls-client-auth=optional", "ingest.tls-client-auth needs ingest.tls-client-ca"},
    };
    for (const auto& [argument, mistake] : cases) {
        const auto parsed = parse({"serve", argument});
        ASSERT_FALSE(parsed.ok()) << argument;
        EXPECT_THAT(parsed.error().client_text(), HasSubstr(mistake));
    }
    EXPECT_TRUE(parse({"serve", "--tls.self-signed", "--ingest.tls-client-ca=a"}).ok());
}

TEST_F(CommandLineTest, AFolderOfCertificatesHasItsKeysInIt) {
    EXPECT_TRUE(parse({"serve", "--ingest.tls-cert=."}).ok());
    const auto parsed = parse({"serve", "--ingest.tls-cert=.", "--ingest.tls-key=k"});
    ASSERT_FALSE(parsed.ok());
    EXPECT_THAT(parsed.error().client_text(), HasSubstr("leave ingest.tls-key out"));
}

TEST_F(CommandLineTest, HeadsOfProxiesNeedProxies) {
    const auto parsed = parse({"serve", "--ingest.proxy-protocol"});
    ASSERT_FALSE(parsed.ok());
    EXPECT_THAT(parsed.error().client_text(),
                HasSubstr("ingest.proxy-protocol needs ingest.trusted-proxies"));
    EXPECT_TRUE(parse({"serve", "--ingest.proxy-protocol", "--ingest.trusted-proxies=::1"}).ok());
}

TEST_F(CommandLineTest, LimitsOfUploadsHaveTheNamesThatTheyHaveElsewhere) {
    const auto other =
        serve({"serve"}, {"STREAMING_UPLOAD_INPUT_BUFFER_SIZE_MB=3",
                          "STREAMING_UPLOAD_DB_BUFFER_SIZE=5", "STREAMING_UPLOAD_DB_BATCH_SIZE=7"});
    EXPECT_EQ(other.config.upload.input_bytes, 3U << 20);
    EXPECT_EQ(other.config.upload.buffer_rows, 5U);
    EXPECT_EQ(other.config.upload.batch_rows, 7U);
    const auto own =
        serve({"serve"}, {"STREAMING_UPLOAD_DB_BATCH_SIZE=7", "MILLRACE_UPLOAD_BATCH_ROWS=8"});
    EXPECT_EQ(own.config.upload.batch_rows, 8U);
    EXPECT_THAT(mistakes({"serve"}, {"STREAMING_UPLOAD_INPUT_BUFFER_SIZE_MB=much"}),
                HasSubstr("STREAMING_UPLOAD_INPUT_BUFFER_SIZE_MB"));
}

TEST_F(CommandLineTest, AReserveThatTheServiceItselfWouldUseUpIsRaised) {
    const auto small = serve({"serve", "--limits.disk-reserve=1MB", "--limits.disk-ballast=8MB"});
    EXPECT_EQ(small.config.limits.disk_reserve_bytes, 40U << 20);
    EXPECT_THAT(small.warnings, ElementsAre(HasSubstr("limits.disk-reserve is raised from 1MB to "
                                                      "40MB")));
    const auto enough = serve({"serve", "--limits.disk-reserve=40MB", "--limits.disk-ballast=8MB"});
    EXPECT_EQ(enough.config.limits.disk_reserve_bytes, 40U << 20);
    EXPECT_THAT(enough.warnings, IsEmpty());
}

TEST_F(CommandLineTest, ACommandTakesTheOptionsOfServe) {
    const auto path = write("data-dir = 'from-file'\n");
    const auto invocation =
        parse({"secrets", "rekey", "--config", path, "--secrets.key-file=k"}, {"MILLRACE_X=1"});
    ASSERT_TRUE(invocation.ok()) << invocation.error().client_text();
    const auto* command = std::get_if<Command>(&invocation.value());
    ASSERT_NE(command, nullptr);
    EXPECT_EQ(command->words, "secrets rekey");
    EXPECT_THAT(command->operands, IsEmpty());
    EXPECT_EQ(command->config.data_dir, "from-file");
    EXPECT_EQ(command->config.secrets_key_file, "k");
    EXPECT_THAT(command->warnings, ElementsAre(HasSubstr("MILLRACE_X")));

    EXPECT_THAT(mistakes({"secrets", "rekey", "more"}), HasSubstr("more: unexpected argument"));
    EXPECT_THAT(mistakes({"secrets"}), HasSubstr("secrets rekey"));
    EXPECT_THAT(printed({"secrets", "rekey", "--help"}),
                HasSubstr("Usage: millrace secrets rekey [options]\n"));
}

TEST_F(CommandLineTest, AGroupOfCommandsHasHelp) {
    for (const auto* help : {"--help", "-h"}) {
        const auto text = printed({"volume", help});
        EXPECT_THAT(text, HasSubstr("Usage:\n  millrace volume list [options]\n      Lists.\n"));
        EXPECT_THAT(text, HasSubstr("millrace volume lost NAME [options]"));
        EXPECT_THAT(text, HasSubstr("Example:\n  millrace volume rename fast nvme\n"));
        EXPECT_THAT(text, Not(HasSubstr("secrets")));
    }
    EXPECT_THAT(mistakes({"volume"}),
                HasSubstr("volume needs one of list, rename, retire, lost\nUsage:"));
    EXPECT_THAT(mistakes({"volume", "los", "a"}),
                HasSubstr("volume los is not a command; did you mean lost?\nUsage:"));
}

TEST_F(CommandLineTest, TheFileIsNamedByFlagOrEnvironment) {
    const auto path = write("data-dir = 'from-file'\n");
    EXPECT_EQ(serve({"serve", "--config=" + path}).config.data_dir, "from-file");
    EXPECT_EQ(serve({"serve"}, {"MILLRACE_CONFIG=" + path}).config.data_dir, "from-file");
    EXPECT_EQ(serve({"serve"}, {"MILLRACE_CONFIG=" + path}).config.config_file, path);
    EXPECT_EQ(serve({"serve", "--config", path}, {"MILLRACE_CONFIG=/absent"}).config.data_dir,
              "from-file");
}

TEST_F(CommandLineTest, TheLastOfARepeatedFlagWinsAndEqualsSignsWork) {
    EXPECT_EQ(serve({"serve", "--data-dir=a", "--data-dir", "b"}).config.data_dir, "b");
}

TEST_F(CommandLineTest, AnEmptyVariableCountsAsNotSet) {
    EXPECT_EQ(serve({"serve"}, {"MILLRACE_DATA_DIR=", "MILLRACE_CONFIG="}).config.data_dir,
              "./data");
}

TEST_F(CommandLineTest, AnUnknownVariableIsAWarningWithASuggestion) {
    const auto [config, warnings] =
        serve({"serve"},
              {"MILLRACE_INGEST_THREAD=2", "MILLRACE_COLOUR=red", "MILLRACELIKE=1", "PATH=/bin"});
    EXPECT_THAT(
        warnings,
        ElementsAre("the environment variable MILLRACE_COLOUR is not known and is ignored",
                    "the environment variable MILLRACE_INGEST_THREAD is not known and is ignored; "
                    "did you mean MILLRACE_INGEST_THREADS?"));
}

TEST_F(CommandLineTest, TheAdminTokenComesFromTheEnvironmentOnly) {
    const auto given = serve({"serve"}, {"MILLRACE_ADMIN_TOKEN=abc=def=0123456789"});
    EXPECT_EQ(given.config.admin_token, "abc=def=0123456789");
    EXPECT_THAT(given.warnings, IsEmpty());
    EXPECT_THAT(mistakes({"serve", "--admin-token", "abc"}),
                HasSubstr("--admin-token: unknown option"));
    const auto refused = mistakes({"serve"}, {"MILLRACE_ADMIN_TOKEN=two words"});
    EXPECT_THAT(refused, HasSubstr("MILLRACE_ADMIN_TOKEN: must be"));
    EXPECT_THAT(refused, Not(HasSubstr("two words")));
}

TEST_F(CommandLineTest, AllMistakesAreListedAtOnce) {
    const auto path = write(
        "data-dir = 7\n"
        "[api]\n"
        "lissten = '127.0.0.1:1'\n"
        "[ingest]\n"
        "threads = '4'\n"
        "[limits]\n"
        "body-size = '1TB'\n"
        "row-size = 1.5\n"
        "[kafka]\n"
        "config = 'x'\n");
    const auto text =
        mistakes({"serve", "--config", path, "--log.level", "loud", "extra", "--api.listn", "x",
                  "--project.id", "0", "--ready-file"},
                 {"MILLRACE_API_PUBLIC_URL=stream.example.com", "MILLRACE_LOG_LEVEL=LOUD"});
    EXPECT_EQ(
        text,
        "millrace: 14 mistakes:\n"
        "  extra: unexpected argument\n"
        "  --api.listn: unknown option; did you mean --api.listen?\n"
        "  x: unexpected argument\n  " +
            path + ":1: data-dir: must be a text in quotes, not a number\n  " + path +
            ":3: api.lissten: unknown key; did you mean api.listen?\n  " + path +
            ":5: ingest.threads: must be a number, without quotes\n  " + path +
            ":7: limits.body-size = \"1TB\": not a size; write for example 512B, 16KB, 1MB or "
            "2GB\n  " +
            path + ":8: limits.row-size: must be a text in quotes, not a fractional number\n  " +
            path +
            ":10: kafka.config: unknown key\n"
            "  MILLRACE_API_PUBLIC_URL=\"stream.example.com\": does not begin with http:// or "
            "https://; write for example https://stream.example.com\n"
            "  MILLRACE_LOG_LEVEL=\"LOUD\": must be one of trace, debug, info, warn, error\n"
            "  --project.id \"0\": must be between 1 and 4294967295\n"
            "  --ready-file: needs a value, PATH\n"
            "  --log.level \"loud\": must be one of trace, debug, info, warn, error\n"
            "See millrace serve --help.\n");
}

TEST_F(CommandLineTest, SettingsOfTheNodeComeFromTheFileAndFromRepeatedFlags) {
    const auto path = write(
        "[settings]\n"
        "storage.level.target.import.trigger.count = 7\n"
        "'storage.level.target.import.trigger.size' = '1MB'\n"
        "storage.level.local.encoding.sync.wait = false\n"
        "[settings.storage.level.staging.upload.trigger]\n"
        "interval = '2s'\n");
    const auto config = serve({"serve", "--config", path, "--setting",
                               "storage.level.staging.upload.trigger.count=9",
                               "--setting=storage.level.target.import.trigger.count=8", "--setting",
                               "storage.level.local.encoding.compression.type=none", "--setting",
                               "source.http.secretHeaders=true"})
                            .config;
    const SettingOverrides expected = {
        {"source.http.secretHeaders", true},
        {"storage.level.local.encoding.compression.type", std::string("none")},
        {"storage.level.local.encoding.sync.wait", false},
        {"storage.level.staging.upload.trigger.count", std::int64_t{9}},
        {"storage.level.staging.upload.trigger.interval", std::int64_t{2000}},
        {"storage.level.target.import.trigger.count", std::int64_t{8}},
        {"storage.level.target.import.trigger.size", std::int64_t{1 << 20}},
    };
    EXPECT_EQ(config.settings, expected);
    EXPECT_THAT(serve({"serve", "--config", write("[settings]\n")}).config.settings, IsEmpty());
}

TEST_F(CommandLineTest, MistakesInSettingsOfTheNodeAreListedWithAllOthers) {
    const auto path = write(
        "data-dir = true\n"
        "[settings]\n"
        "storage.level.target.import.trigger.count = 0\n"
        "storage.level.target.import.trigger.size = [1]\n"
        "storage.level.target.import.trigger.cuont = 1\n");
    EXPECT_EQ(mistakes({"serve", "--config", path, "--setting", "no.such=1", "--setting",
                        "storage.level.local.encoding.sync.wait=maybe", "--setting",
                        "storage.level.local.encoding.sync.wait", "--setting"}),
              "millrace: 8 mistakes:\n  " + path +
                  ":1: data-dir: must be a text in quotes, not a boolean\n  " + path +
                  ":3: settings.storage.level.target.import.trigger.count: Invalid "
                  "\"storage.level.target.import.trigger.count\" value 0: must be between 1 and "
                  "10000000.\n  " +
                  path +
                  ":4: settings.storage.level.target.import.trigger.size: must be a single value, "
                  "not an array\n  " +
                  path +
                  ":5: settings.storage.level.target.import.trigger.cuont: unknown setting; did "
                  "you mean storage.level.target.import.trigger.count?\n"
                  "  --setting \"no.such=1\": unknown setting\n"
                  "  --setting \"storage.level.local.encoding.sync.wait=maybe\": Invalid "
                  "\"storage.level.local.encoding.sync.wait\" value: found type \"string\", "
                  "expected \"bool\".\n"
                  "  --setting \"storage.level.local.encoding.sync.wait\": needs a value, "
                  "KEY=VALUE\n"
                  "  --setting \"\": needs a value, KEY=VALUE\n"
                  "See millrace serve --help.\n");
    EXPECT_THAT(mistakes({"serve", "--config", write("settings = 5\n")}),
                HasSubstr(":1: settings: must be a table"));
}

TEST_F(CommandLineTest, AFlagWithoutItsValueDoesNotSwallowTheNext) {
    const auto text = mistakes({"serve", "--data-dir", "--log.level", "loud", "--api.listen="});
    EXPECT_THAT(text, HasSubstr("--data-dir: needs a value, DIR"));
    EXPECT_THAT(text, HasSubstr("--log.level \"loud\": must be one of"));
    EXPECT_THAT(text, HasSubstr("--api.listen: needs a value, HOST:PORT"));
}

TEST_F(CommandLineTest, AFileThatCannotBeReadIsOneOfTheMistakes) {
    const auto absent = mistakes({"serve", "--config", "/absent.toml", "--log.level", "loud"});
    EXPECT_THAT(absent, HasSubstr("cannot read \"/absent.toml\": No such file or directory"));
    EXPECT_THAT(absent, HasSubstr("--log.level \"loud\""));
    const auto path = write("a = \n");
    EXPECT_THAT(mistakes({"serve", "--config", path}), HasSubstr(path + ":1: "));
}

TEST_F(CommandLineTest, TheFileMayNotNameAnotherFile) {
    EXPECT_THAT(mistakes({"serve", "--config", write("config = 'b.toml'\n")}),
                HasSubstr(":1: config: unknown key"));
}

TEST_F(CommandLineTest, HelpIsEverywhereAndWinsOverMistakes) {
    const auto defaults = default_config();
    EXPECT_EQ(printed({"--help"}), general_help(test_grammar()));
    EXPECT_EQ(printed({"-h"}), general_help(test_grammar()));
    EXPECT_EQ(printed({"serve", "--help"}), serve_help(defaults, test_grammar()));
    EXPECT_EQ(printed({"serve", "--log.level", "loud", "-h"}),
              serve_help(defaults, test_grammar()));
    EXPECT_EQ(printed({"--help", "serve"}), serve_help(defaults, test_grammar()));
    EXPECT_EQ(printed({"version", "--help"}), version_help());
}

TEST_F(CommandLineTest, TheVersionIsPrinted) {
    EXPECT_EQ(printed({"version"}), version_text());
    EXPECT_EQ(printed({"--version"}), version_text());
    EXPECT_THAT(mistakes({"version", "--loud"}), HasSubstr("--loud: unknown option"));
}

TEST_F(CommandLineTest, WithoutAKnownCommandTheUsageIsTheAnswer) {
    EXPECT_EQ(mistakes({}), general_help(test_grammar()));
    EXPECT_EQ(mistakes({"surve"}),
              "millrace: \"surve\" is not a command; did you mean serve?\nSee millrace --help.\n");
    EXPECT_EQ(mistakes({"--log.level", "info"}),
              "millrace: \"--log.level\" is not a command\nSee millrace --help.\n");
    EXPECT_THAT(mistakes({"serve", "version"}), HasSubstr("version: unexpected argument"));
}

TEST_F(CommandLineTest, AMistakeNamesTheHelpOfItsCommand) {
    EXPECT_THAT(mistakes({"serve", "x"}), HasSubstr("See millrace serve --help."));
    EXPECT_THAT(mistakes({"volume", "rename", "a"}),
                HasSubstr("See millrace volume rename --help."));
}

TEST_F(CommandLineTest, HelpIsAWordToo) {
    EXPECT_EQ(printed({"help"}), printed({"--help"}));
    EXPECT_EQ(printed({"help", "serve"}), printed({"serve", "--help"}));
    EXPECT_EQ(printed({"help", "volume", "rename"}), printed({"volume", "rename", "--help"}));
}

}  // namespace
}  // namespace millrace::config
