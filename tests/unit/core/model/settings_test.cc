#include "core/model/settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/model/body_settings.h"
#include "core/model/idempotency_settings.h"
#include "core/model/rate_settings.h"

namespace millrace {
namespace {

constexpr auto kSyncWait = "storage.level.local.encoding.sync.wait";
constexpr auto kUploadCount = "storage.level.staging.upload.trigger.count";
constexpr auto kUploadInterval = "storage.level.staging.upload.trigger.interval";
constexpr auto kUploadSize = "storage.level.staging.upload.trigger.size";
constexpr auto kImportCount = "storage.level.target.import.trigger.count";
constexpr auto kImportInterval = "storage.level.target.import.trigger.interval";
constexpr auto kImportSize = "storage.level.target.import.trigger.size";
constexpr auto kCompression = "storage.level.local.encoding.compression.type";

const SettingSpec& spec_of(std::string_view key) {
    return *find_setting(key);
}

// Either the parsed value as GET prints it, or the error's text.
std::string parsed(std::string_view key, const RawSetting& raw) {
    const auto value = parse_setting(spec_of(key), raw);
    if (value.ok()) return format_setting(spec_of(key), value.value());
    EXPECT_EQ(value.error().code(), Code::invalid);
    return value.error().client_text();
}

RawSetting text(const char* value) {
    return std::string(value);
}
RawSetting number(std::int64_t value) {
    return value;
}

TEST(SettingsTest, TableIsOrderedByKeyAndItsDefaultsAreInBounds) {
    const auto specs = setting_specs();
    EXPECT_TRUE(std::is_sorted(specs.begin(), specs.end(),
                               [](const auto& a, const auto& b) { return a.key < b.key; }));
    for (const auto& spec : specs) {
        SCOPED_TRACE(spec.key);
        EXPECT_FALSE(spec.description.empty());
        if (const auto* value = std::get_if<std::int64_t>(&spec.default_value)) {
            EXPECT_GE(*value, spec.min);
            EXPECT_LE(*value, spec.max);
        }
        const auto* value = std::get_if<std::string>(&spec.default_value);
        if (value != nullptr && spec.kind == SettingKind::choice) {
            EXPECT_NE(std::find(spec.choices.begin(), spec.choices.end(), *value),
                      spec.choices.end());
        }
    }
    EXPECT_EQ(find_setting("storage.level"), nullptr);
}

TEST(SettingsTest, ASourceHasNoRateUnlessItIsSaid) {
    EXPECT_EQ(resolve_rate_settings({}), RateSettings{});
    const SettingOverrides node = {{"source.http.limit.bytes", std::int64_t{1000}},
                                   {"source.http.limit.records", std::int64_t{5}}};
    const SettingOverrides source = {{"source.http.limit.records", std::int64_t{7}}};
    EXPECT_EQ(resolve_rate_settings({.node = node, .source = source}),
              (RateSettings{.records = 7, .bytes = 1000}));
}

TEST(SettingsTest, ModifiableKeysHaveTheDefaultsAndRulesOfTheReference) {
    const struct {
        const char* key;
        const char* default_value;
        const char* rule;
    } cases[] = {
        {"mapping.onError", "reject", "required,oneof=reject keep"},
        {"mapping.rejects.age", "168h0m0s", "required,minDuration=1m,maxDuration=2160h"},
        {"mapping.rejects.count", "10000", "required,min=1,max=1000000"},
        {"mapping.rejects.size", "64MB", "required,minBytes=1MB,maxBytes=1GB"},
        {"source.http.badRecords", "refuse", "required,oneof=refuse skip"},
        {"source.http.idempotency.header", "Idempotency-Key", "required,headerName,maxLength=64"},
        {"source.http.idempotency.keys", "1000000", "required,min=1,max=10000000"},
        {"source.http.idempotency.window", "24h0m0s", "required,minDuration=1s,maxDuration=168h"},
        {"source.http.limit.bytes", "0B", "required,minBytes=0B,maxBytes=1GB"},
        {"source.http.limit.records", "0", "required,min=0,max=100000000"},
        {"source.http.records", "single", "required,oneof=single lines array"},
        {"source.http.secretHeaders", "false", ""},
        {"source.http.textAsJson", "true", ""},
        {"source.recentRequests", "true", ""},
        {"source.volume", "", "maxLength=32"},
        {kSyncWait, "true", ""},
        {"storage.level.staging.retention", "0s", "required,minDuration=0s,maxDuration=87600h"},
        {"storage.level.staging.retentionDeletes", "false", ""},
        {"storage.level.staging.setDamagedAside", "false", ""},
        {kUploadCount, "10000", "required,min=1,max=10000000"},
        {kUploadInterval, "30s", "required,minDuration=1s,maxDuration=30m"},
        {kUploadSize, "5MB", "required,minBytes=100B,maxBytes=50MB"},
        {kImportCount, "50000", "required,min=1,max=10000000"},
        {kImportInterval, "1m0s", "required,minDuration=30s,maxDuration=24h"},
        {kImportSize, "50MB", "required,minBytes=100B,maxBytes=500MB"},
        {"storage.level.target.table.addColumns", "true", ""},
    };
    std::size_t modifiable = 0;
    for (const auto& spec : setting_specs()) modifiable += spec.is_protected ? 0 : 1;
    EXPECT_EQ(modifiable, std::size(cases));
    for (const auto& c : cases) {
        SCOPED_TRACE(c.key);
        const auto& spec = spec_of(c.key);
        EXPECT_FALSE(spec.is_protected);
        EXPECT_EQ(format_setting(spec, spec.default_value), c.default_value);
        EXPECT_EQ(validation_text(spec), c.rule);
    }
}

TEST(SettingsTest, ValuesAreParsedInEveryFormThatClientsSend) {
    EXPECT_EQ(parsed(kSyncWait, RawSetting(false)), "false");
    EXPECT_EQ(parsed(kUploadCount, number(123)), "123");
    EXPECT_EQ(parsed(kUploadCount, RawSetting(123.0)), "123");
    EXPECT_EQ(parsed(kUploadSize, text("1536KB")), "1536KB");
    EXPECT_EQ(parsed(kUploadSize, text("1MB")), "1MB");
    EXPECT_EQ(parsed(kUploadSize, number(2048)), "2KB");
    EXPECT_EQ(parsed(kUploadInterval, text("1m30s")), "1m30s");
    EXPECT_EQ(parsed(kUploadInterval, number(5'000'000'000)), "5s");
    EXPECT_EQ(parsed(kCompression, text("none")), "none");
}

// Goal    half a record is not 0, which means no limit.
TEST(SettingsTest, FractionsAreRefused) {
    constexpr auto kLimit = "source.http.limit.records";
    constexpr auto kRetention = "storage.level.staging.retention";
    EXPECT_EQ(parsed(kLimit, RawSetting(0.5)),
              "Invalid \"source.http.limit.records\" value 0.5: must be a whole number.");
    EXPECT_EQ(parsed(kLimit, RawSetting(-0.5)),
              "Invalid \"source.http.limit.records\" value -0.5: must be a whole number.");
    EXPECT_EQ(parsed(kUploadCount, RawSetting(123.9)),
              "Invalid \"" + std::string(kUploadCount) + "\" value 123.9: must be a whole number.");
    EXPECT_EQ(parsed("source.http.limit.bytes", RawSetting(0.9)),
              "Invalid \"source.http.limit.bytes\" value 0.9: must be a whole number.");
    EXPECT_EQ(parsed(kRetention, RawSetting(0.5)),
              "Invalid \"storage.level.staging.retention\" value 0.5: must be a whole number.");
    EXPECT_EQ(parsed(kRetention, number(500'000)),
              "Invalid \"storage.level.staging.retention\" value 500000: a number is of "
              "nanoseconds, and must be whole milliseconds.");
    EXPECT_EQ(parsed(kRetention, text("0.4ms")),
              "Invalid \"storage.level.staging.retention\" value \"0.4ms\": is less than a "
              "millisecond.");
    EXPECT_EQ(parsed(kRetention, text("0s")), "0s");
}

TEST(SettingsTest, BoundsAreInclusive) {
    EXPECT_EQ(parsed(kUploadCount, number(1)), "1");
    EXPECT_EQ(parsed(kUploadCount, number(10'000'000)), "10000000");
    EXPECT_EQ(parsed(kUploadSize, number(100)), "100B");
    EXPECT_EQ(parsed(kUploadInterval, text("30m")), "30m0s");
    const std::string between = ": must be between ";
    EXPECT_EQ(parsed(kUploadCount, number(0)), "Invalid \"" + std::string(kUploadCount) +
                                                   "\" value 0" + between + "1 and 10000000.");
    EXPECT_EQ(parsed(kUploadCount, number(10'000'001)), "Invalid \"" + std::string(kUploadCount) +
                                                            "\" value 10000001" + between +
                                                            "1 and 10000000.");
    EXPECT_EQ(parsed(kUploadSize, text("99B")), "Invalid \"" + std::string(kUploadSize) +
                                                    "\" value 99B" + between + "100B and 50MB.");
    EXPECT_EQ(parsed(kUploadSize, number(-1)), "Invalid \"" + std::string(kUploadSize) +
                                                   "\" value -1B" + between + "100B and 50MB.");
    EXPECT_EQ(
        parsed(kUploadInterval, text("999ms")),
        "Invalid \"" + std::string(kUploadInterval) + "\" value 999ms" + between + "1s and 30m0s.");
}

TEST(SettingsTest, WrongTypesAndTextsAreNamed) {
    const auto invalid = [](const char* key, const char* rest) {
        return "Invalid \"" + std::string(key) + "\"" + rest;
    };
    EXPECT_EQ(parsed(kSyncWait, text("true")),
              invalid(kSyncWait, " value: found type \"string\", expected \"bool\"."));
    EXPECT_EQ(parsed(kUploadCount, text("5")),
              invalid(kUploadCount, " value: found type \"string\", expected \"int\"."));
    EXPECT_EQ(parsed(kUploadSize, RawSetting(true)),
              invalid(kUploadSize, " value: found type \"bool\", expected \"string\"."));
    EXPECT_EQ(parsed(kUploadSize, text("bar")),
              invalid(kUploadSize, " value \"bar\": invalid syntax."));
    EXPECT_EQ(parsed(kUploadInterval, text("foo")),
              invalid(kUploadInterval, ": time: invalid duration \"foo\"."));
    EXPECT_EQ(parsed(kCompression, text("zstd")),
              invalid(kCompression, " value \"zstd\": must be one of none, gzip."));
    EXPECT_EQ(parsed(kUploadCount, RawSetting(1e300)),
              invalid(kUploadCount, " value: found type \"float\", expected \"int\"."));
}

TEST(SettingsTest, ANameOfAHeaderIsAToken) {
    constexpr auto kHeader = "source.http.idempotency.header";
    const auto invalid = [](std::string_view value) {
        return "Invalid \"" + std::string(kHeader) + "\" value \"" + std::string(value) +
               "\": must be the name of a header, 1 to 64 characters.";
    };
    EXPECT_EQ(parsed(kHeader, text("X-GitHub-Delivery")), "X-GitHub-Delivery");
    EXPECT_EQ(parsed(kHeader, std::string(64, 'x')), std::string(64, 'x'));
    EXPECT_EQ(parsed(kHeader, text("")), invalid(""));
    EXPECT_EQ(parsed(kHeader, text("a b")), invalid("a b"));
    EXPECT_EQ(parsed(kHeader, text("a:")), invalid("a:"));
    EXPECT_EQ(parsed(kHeader, text("\r\n")), invalid("\r\n"));
    EXPECT_EQ(parsed(kHeader, std::string(65, 'x')), invalid(std::string(20, 'x') + "…"));
    EXPECT_EQ(parsed(kHeader, number(1)), "Invalid \"" + std::string(kHeader) +
                                              "\" value: found type \"int\", expected \"string\".");
}

TEST(SettingsTest, ASourceSaysHowLongKeysAreRemembered) {
    EXPECT_EQ(resolve_idempotency_settings({}), IdempotencySettings{});
    const SettingOverrides node = {{"source.http.idempotency.window", std::int64_t{1000}},
                                   {"source.http.idempotency.keys", std::int64_t{5}}};
    const SettingOverrides source = {{"source.http.idempotency.keys", std::int64_t{7}},
                                     {"source.http.idempotency.header", std::string("X-Id")}};
    EXPECT_EQ(resolve_idempotency_settings({.node = node, .source = source}),
              (IdempotencySettings{.header = "X-Id", .keys_max = 7, .window = Milliseconds(1000)}));
}

TEST(SettingsTest, SinkOverridesSourceOverridesDefault) {
    const SettingOverrides source = {{kUploadCount, std::int64_t{5}},
                                     {kImportCount, std::int64_t{6}}};
    const SettingOverrides sink = {
        {kImportCount, std::int64_t{7}}, {kSyncWait, false}, {kCompression, std::string("none")}};
    const auto settings = resolve_settings({.source = source, .sink = sink});
    EXPECT_EQ(settings.upload.count, 5U);
    EXPECT_EQ(settings.import.count, 7U);
    EXPECT_FALSE(settings.sync_wait);
    EXPECT_EQ(settings.compression, Compression::none);

    const auto defaults = resolve_settings({});
    EXPECT_EQ(
        defaults.upload,
        (Conditions{.count = 10'000, .bytes = 5 << 20, .interval = std::chrono::seconds(30)}));
    EXPECT_EQ(
        defaults.import,
        (Conditions{.count = 50'000, .bytes = 50 << 20, .interval = std::chrono::minutes(1)}));
    EXPECT_EQ(defaults.import_slices, 100U);
    EXPECT_TRUE(defaults.sync_wait);
    EXPECT_EQ(defaults.compression, Compression::gzip);
    EXPECT_EQ(defaults.gzip_level, 1);
    EXPECT_EQ(defaults.rejects, (RejectSettings{.keep = false,
                                                .bounds = {.count = 10'000, .bytes = 64 << 20},
                                                .age = std::chrono::hours(7 * 24)}));
    const SettingOverrides keep = {{"mapping.onError", std::string("keep")}};
    EXPECT_TRUE(resolve_settings({.source = keep}).rejects.keep);
}

TEST(SettingsTest, TheNodeIsBetweenTheDefaultAndTheSource) {
    const SettingOverrides node = {
        {kUploadCount, std::int64_t{1}}, {kImportCount, std::int64_t{1}}, {kSyncWait, false}};
    const SettingOverrides source = {{kUploadCount, std::int64_t{2}},
                                     {kImportCount, std::int64_t{2}}};
    const SettingOverrides sink = {{kImportCount, std::int64_t{3}}};
    const SettingLevels levels = {.node = node, .source = source, .sink = sink};
    const auto settings = resolve_settings(levels);
    EXPECT_FALSE(settings.sync_wait);
    EXPECT_EQ(settings.upload.count, 2U);
    EXPECT_EQ(settings.import.count, 3U);
    const auto origin = [&](std::string_view key) {
        return to_string(in_force(spec_of(key), levels).origin);
    };
    EXPECT_EQ(origin(kCompression), "default");
    EXPECT_EQ(origin(kSyncWait), "node");
    EXPECT_EQ(origin(kUploadCount), "source");
    EXPECT_EQ(origin(kImportCount), "sink");
    const SettingOverrides lines = {{"source.http.records", std::string("lines")}};
    EXPECT_EQ(resolve_source_settings({.node = lines}).records, RecordForm::lines);
}

TEST(SettingsTest, ASourceHasSettingsOfItsOwn) {
    EXPECT_EQ(resolve_source_settings({}), SourceSettings{});
    const SettingOverrides overrides = {{"source.http.records", std::string("lines")},
                                        {"source.http.badRecords", std::string("skip")},
                                        {"source.http.secretHeaders", true}};
    EXPECT_EQ(resolve_source_settings({.source = overrides}),
              (SourceSettings{.records = RecordForm::lines,
                              .bad_records = BadRecords::skip,
                              .secret_headers = true}));
    EXPECT_EQ(resolve_body_settings({}), BodySettings{});
    const SettingOverrides strict = {{"source.http.textAsJson", false}};
    EXPECT_FALSE(resolve_body_settings({.source = strict}).text_as_json);
    EXPECT_EQ(parse_record_form("array"), RecordForm::array);
    EXPECT_EQ(parse_record_form("Array"), std::nullopt);
}

}  // namespace
}  // namespace millrace
