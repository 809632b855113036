#include "core/model/settings.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/byte_size.h"
#include "core/base/duration.h"
#include "core/model/body_settings.h"
#include "core/model/idempotency_settings.h"
#include "core/model/rate_settings.h"
#include "core/model/recent_settings.h"
#include "core/model/retention_settings.h"
#include "core/model/table_settings.h"
#include "core/model/volume_setting.h"

namespace millrace {
namespace {

constexpr std::int64_t kKb = 1024;
constexpr std::int64_t kMb = 1024 * kKb;
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::size_t kHeaderNameMax = 64;

constexpr std::string_view kOnError = "mapping.onError";
constexpr std::string_view kRejectsAge = "mapping.rejects.age";
constexpr std::string_view kRejectsCount = "mapping.rejects.count";
constexpr std::string_view kRejectsSize = "mapping.rejects.size";
constexpr std::string_view kBadRecords = "source.http.badRecords";
constexpr std::string_view kIdempotencyHeader = "source.http.idempotency.header";
constexpr std::string_view kIdempotencyKeys = "source.http.idempotency.keys";
constexpr std::string_view kIdempotencyWindow = "source.http.idempotency.window";
constexpr std::string_view kLimitBytes = "source.http.limit.bytes";
constexpr std::string_view kLimitRecords = "source.http.limit.records";
constexpr std::string_view kRecentRequests = "source.recentRequests";
constexpr std::string_view kRecords = "source.http.records";
constexpr std::string_view kSecretHeaders = "source.http.secretHeaders";
constexpr std::string_view kTextAsJson = "source.http.textAsJson";
constexpr std::string_view kCompressionType = "storage.level.local.encoding.compression.type";
constexpr std::string_view kGzipLevel = "storage.level.local.encoding.compression.gzip.level";
constexpr std::string_view kSyncWait = "storage.level.local.encoding.sync.wait";
constexpr std::string_view kRetention = "storage.level.staging.retention";
constexpr std::string_view kRetentionDeletes = "storage.level.staging.retentionDeletes";
constexpr std::string_view kSetDamagedAside = "storage.level.staging.setDamagedAside";
constexpr std::string_view kUploadCount = "storage.level.staging.upload.trigger.count";
constexpr std::string_view kUploadInterval = "storage.level.staging.upload.trigger.interval";
constexpr std::string_view kUploadSize = "storage.level.staging.upload.trigger.size";
constexpr std::string_view kImportCount = "storage.level.target.import.trigger.count";
constexpr std::string_view kImportInterval = "storage.level.target.import.trigger.interval";
constexpr std::string_view kImportSize = "storage.level.target.import.trigger.size";
constexpr std::string_view kImportSlices = "storage.level.target.import.trigger.slicesCount";
constexpr std::string_view kAddColumns = "storage.level.target.table.addColumns";

const std::vector<SettingSpec>& table() {
    using enum SettingKind;
    static const std::vector<SettingSpec> specs = {
        {.key = kOnError,
         .kind = choice,
         .default_value = std::string("reject"),
         .choices = {"reject", "keep"},
         .description = "What happens to a record that the sink cannot map: \"reject\" refuses it, "
                        "\"keep\" stores it among the rejects of the sink."},
        {.key = kRejectsAge,
         .kind = duration,
         .default_value = 7 * 24 * kHour,
         .min = kMinute,
         .max = 90 * 24 * kHour,
         .description = "How long a reject is kept."},
        {.key = kRejectsCount,
         .kind = count,
         .default_value = std::int64_t{10'000},
         .min = 1,
         .max = 1'000'000,
         .description = "How many rejects a sink keeps. When it has so many, a record that it "
                        "cannot map is refused."},
        {.key = kRejectsSize,
         .kind = byte_size,
         .default_value = 64 * kMb,
         .min = kMb,
         .max = 1024 * kMb,
         .description =
             "How many bytes of rejects a sink keeps. When it has so many, a record that "
             "it cannot map is refused."},
        {.key = kBadRecords,
         .kind = choice,
         .default_value = std::string("refuse"),
         .choices = {"refuse", "skip"},
         .of_source = true,
         .description = "What a sink takes of a request that contains records it cannot map: "
                        "\"refuse\" takes no record, \"skip\" takes the good ones."},
        {.key = kIdempotencyHeader,
         .kind = header_name,
         .default_value = std::string("Idempotency-Key"),
         .of_source = true,
         .description = "The header that contains the idempotency key of a request. A second "
                        "request with the same key gets the answer of the first and writes "
                        "nothing."},
        {.key = kIdempotencyKeys,
         .kind = count,
         .default_value = std::int64_t{1'000'000},
         .min = 1,
         .max = 10'000'000,
         .of_source = true,
         .description = "How many idempotency keys are remembered. With one more the oldest is "
                        "forgotten early."},
        {.key = kIdempotencyWindow,
         .kind = duration,
         .default_value = 24 * kHour,
         .min = kSecond,
         .max = 7 * 24 * kHour,
         .of_source = true,
         .description = "How long an idempotency key is remembered."},
        {.key = kLimitBytes,
         .kind = byte_size,
         .default_value = std::int64_t{0},
         .min = 0,
         .max = 1024 * kMb,
         .of_source = true,
         .description = "How many bytes of request bodies are accepted in a second. A request "
                        "beyond that is answered 429. 0 means no limit."},
        {.key = kLimitRecords,
         .kind = count,
         .default_value = std::int64_t{0},
         .min = 0,
         .max = 100'000'000,
         .of_source = true,
         .description = "How many records are accepted in a second. A request beyond that is "
                        "answered 429. 0 means no limit."},
        {.key = kRecords,
         .kind = choice,
         .default_value = std::string("single"),
         .choices = {"single", "lines", "array"},
         .of_source = true,
         .description =
             "How a body is read when its content type does not tell: \"single\" is one record, "
             "\"lines\" is one record a line, \"array\" is a JSON array of records."},
        {.key = kSecretHeaders,
         .kind = boolean,
         .default_value = false,
         .of_source = true,
         .description =
             "Whether columns and templates can read the headers Authorization, Cookie, "
             "Proxy-Authorization, X-StorageApi-Token, and those in which proxies repeat "
             "the URL."},
        {.key = kTextAsJson,
         .kind = boolean,
         .default_value = true,
         .of_source = true,
         .description = "Whether a body of type text/plain that is JSON is read as JSON. Browsers "
                        "declare it so for beacons, and Amazon SNS for its messages."},
        {.key = kRecentRequests,
         .kind = boolean,
         .default_value = true,
         .of_source = true,
         .description = "Whether the last requests of the source are kept in memory, so that the "
                        "API and the console can show them: headers without secrets, the begin of "
                        "the body, and what became of it."},
        {.key = kVolumeSetting,
         .kind = text,
         .default_value = std::string(),
         .max = 32,
         .of_source = true,
         .description = "The name of the volume that alone takes the rows of the source. While it "
                        "is full, has failed or is not configured, records are answered 503. "
                        "Empty: sources are spread over all volumes."},
        {.key = kGzipLevel,
         .kind = count,
         .default_value = std::int64_t{1},
         .min = 1,
         .max = 9,
         .is_protected = true,
         .description =
             "Gzip level of slices in staging: 1 is the fastest, 9 makes them smallest."},
        {.key = kCompressionType,
         .kind = choice,
         .default_value = std::string("gzip"),
         .choices = {"none", "gzip"},
         .is_protected = true,
         .description = "Compression of slices in staging."},
        {.key = "storage.level.local.encoding.encoder.type",
         .kind = choice,
         .default_value = std::string("csv"),
         .choices = {"csv"},
         .is_protected = true,
         .description = "Format of slices."},
        {.key = "storage.level.local.encoding.sync.mode",
         .kind = choice,
         .default_value = std::string("disk"),
         .choices = {"disk"},
         .is_protected = true,
         .description = "What a sync does: \"disk\" waits until the rows are on disk (fdatasync)."},
        {.key = kSyncWait,
         .kind = boolean,
         .default_value = true,
         .description = "When a request is answered: true answers 200 after its rows are on disk, "
                        "false answers 202 as soon as they are accepted."},
        {.key = kRetention,
         .kind = duration,
         .default_value = std::int64_t{0},
         .min = 0,
         .max = 10 * 365 * 24 * kHour,
         .description = "Time after which a file that was not imported is set aside. 0s means "
                        "never."},
        {.key = kRetentionDeletes,
         .kind = boolean,
         .default_value = false,
         .description = "Whether a file that is set aside for its retention is then discarded: its "
                        "rows are deleted."},
        {.key = kSetDamagedAside,
         .kind = boolean,
         .default_value = false,
         .description = "Whether slices that are missing or damaged for a day are set aside, so "
                        "that the others of their sink are imported."},
        {.key = kUploadCount,
         .kind = count,
         .default_value = std::int64_t{10'000},
         .min = 1,
         .max = 10'000'000,
         .description = "Number of records at which a slice is uploaded to staging."},
        {.key = kUploadInterval,
         .kind = duration,
         .default_value = 30 * kSecond,
         .min = kSecond,
         .max = 30 * kMinute,
         .description = "Age at which a slice is uploaded to staging."},
        {.key = kUploadSize,
         .kind = byte_size,
         .default_value = 5 * kMb,
         .min = 100,
         .max = 50 * kMb,
         .description = "Bytes of CSV at which a slice is uploaded to staging."},
        {.key = kImportCount,
         .kind = count,
         .default_value = std::int64_t{50'000},
         .min = 1,
         .max = 10'000'000,
         .description = "Number of records at which a file is imported into the table."},
        {.key = kImportInterval,
         .kind = duration,
         .default_value = kMinute,
         .min = 30 * kSecond,
         .max = 24 * kHour,
         .description = "Age at which a file is imported into the table."},
        {.key = kImportSize,
         .kind = byte_size,
         .default_value = 50 * kMb,
         .min = 100,
         .max = 500 * kMb,
         .description = "Bytes of CSV at which a file is imported into the table."},
        {.key = kImportSlices,
         .kind = count,
         .default_value = std::int64_t{100},
         .min = 1,
         .max = 200,
         .is_protected = true,
         .description = "Number of slices at which a file is imported into the table."},
        {.key = kAddColumns,
         .kind = boolean,
         .default_value = true,
         .description = "Whether columns that a changed sink has more than its table are added to "
                        "the table. Otherwise the change is refused."},
    };
    return specs;
}

std::string_view json_type(const RawSetting& raw) {
    if (std::holds_alternative<bool>(raw)) return "bool";
    if (std::holds_alternative<std::int64_t>(raw)) return "int";
    if (std::holds_alternative<double>(raw)) return "float";
    return "string";
}

std::string_view expected_type(SettingKind kind) {
    switch (kind) {
        case SettingKind::boolean:
            return "bool";
        case SettingKind::count:
            return "int";
        case SettingKind::byte_size:
        case SettingKind::duration:
        case SettingKind::choice:
        case SettingKind::header_name:
        case SettingKind::text:
            return "string";
    }
    return "string";
}

Error wrong_type(const SettingSpec& spec, const RawSetting& raw) {
    return Error(Code::invalid,
                 fmt::format("Invalid \"{}\" value: found type \"{}\", expected \"{}\".", spec.key,
                             json_type(raw), expected_type(spec.kind)));
}

Error wrong_text(const SettingSpec& spec, std::string_view text, std::string_view reason) {
    constexpr std::size_t kShown = 20;
    const auto shown =
        text.size() > kShown ? std::string(text.substr(0, kShown)) + "…" : std::string(text);
    return Error(Code::invalid,
                 fmt::format("Invalid \"{}\" value \"{}\": {}.", spec.key, shown, reason));
}

Result<SettingValue> within_bounds(const SettingSpec& spec, std::int64_t value) {
    if (value < spec.min || value > spec.max) {
        return Error(Code::invalid,
                     fmt::format("Invalid \"{}\" value {}: must be between {} and {}.", spec.key,
                                 format_setting(spec, value), format_setting(spec, spec.min),
                                 format_setting(spec, spec.max)));
    }
    return SettingValue(value);
}

bool is_number(const RawSetting& raw) {
    return std::holds_alternative<std::int64_t>(raw) || std::holds_alternative<double>(raw);
}

// A JSON number as an integer. What is cut could mean another thing, as 0 does.
Result<std::int64_t> whole_number(const SettingSpec& spec, const RawSetting& raw) {
    if (const auto* integer = std::get_if<std::int64_t>(&raw)) return *integer;
    const auto number = std::get<double>(raw);
    if (!(number > -9e18 && number < 9e18)) return wrong_type(spec, raw);
    const auto whole = static_cast<std::int64_t>(number);
    if (static_cast<double>(whole) == number) return whole;
    return Error(Code::invalid,
                 fmt::format("Invalid \"{}\" value {}: must be a whole number.", spec.key, number));
}

Result<SettingValue> whole_within_bounds(const SettingSpec& spec, const RawSetting& raw) {
    TRY_ASSIGN(const auto number, whole_number(spec, raw));
    return within_bounds(spec, number);
}

Result<SettingValue> whole_milliseconds(const SettingSpec& spec, std::int64_t nanoseconds) {
    constexpr std::int64_t kMillisecond = 1'000'000;
    if (nanoseconds % kMillisecond == 0) return within_bounds(spec, nanoseconds / kMillisecond);
    return Error(
        Code::invalid,
        fmt::format("Invalid \"{}\" value {}: a number is of nanoseconds, and must be whole "
                    "milliseconds.",
                    spec.key, nanoseconds));
}

// RFC 9110 5.6.2
bool is_token(std::string_view text) {
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

const SettingValue& value_of(std::string_view key, const SettingLevels& levels) {
    return in_force(*find_setting(key), levels).value;
}

}  // namespace

std::span<const SettingSpec> setting_specs() {
    return table();
}

const SettingSpec* find_setting(std::string_view key) {
    const auto& specs = table();
    const auto found = std::find_if(specs.begin(), specs.end(),
                                    [key](const SettingSpec& spec) { return spec.key == key; });
    return found == specs.end() ? nullptr : &*found;
}

Result<SettingValue> parse_setting(const SettingSpec& spec, const RawSetting& raw) {
    const auto* text = std::get_if<std::string>(&raw);
    switch (spec.kind) {
        case SettingKind::boolean:
            if (const auto* value = std::get_if<bool>(&raw)) return SettingValue(*value);
            return wrong_type(spec, raw);
        case SettingKind::count:
            if (!is_number(raw)) return wrong_type(spec, raw);
            return whole_within_bounds(spec, raw);
        case SettingKind::byte_size: {
            if (is_number(raw)) return whole_within_bounds(spec, raw);
            if (text == nullptr) return wrong_type(spec, raw);
            auto bytes = parse_byte_size(*text);
            if (!bytes.ok()) return wrong_text(spec, *text, bytes.error().client_text());
            return within_bounds(
                spec, static_cast<std::int64_t>(std::min(bytes.value(), std::uint64_t{1} << 62)));
        }
        case SettingKind::duration: {
            if (is_number(raw)) {
                TRY_ASSIGN(const auto nanoseconds, whole_number(spec, raw));
                return whole_milliseconds(spec, nanoseconds);
            }
            if (text == nullptr) return wrong_type(spec, raw);
            auto span = parse_duration(*text);
            if (!span.ok()) {
                return Error(Code::invalid, fmt::format("Invalid \"{}\": {}.", spec.key,
                                                        span.error().client_text()));
            }
            // 0 would mean never, or no limit.
            const bool is_cut =
                span.value().count() == 0 && text->find_first_of("123456789") != std::string::npos;
            if (is_cut) return wrong_text(spec, *text, "is less than a millisecond");
            return within_bounds(spec, span.value().count());
        }
        case SettingKind::choice:
            if (text == nullptr) return wrong_type(spec, raw);
            if (std::find(spec.choices.begin(), spec.choices.end(), *text) == spec.choices.end()) {
                return wrong_text(spec, *text,
                                  fmt::format("must be one of {}", fmt::join(spec.choices, ", ")));
            }
            return SettingValue(*text);
        case SettingKind::header_name:
            if (text == nullptr) return wrong_type(spec, raw);
            if (!is_token(*text) || text->size() > kHeaderNameMax) {
                return wrong_text(spec, *text,
                                  fmt::format("must be the name of a header, 1 to {} characters",
                                              kHeaderNameMax));
            }
            return SettingValue(*text);
        case SettingKind::text:
            if (text == nullptr) return wrong_type(spec, raw);
            if (text->size() > static_cast<std::size_t>(spec.max)) {
                return wrong_text(spec, *text, fmt::format("must have at most {} bytes", spec.max));
            }
            return SettingValue(*text);
    }
    return wrong_type(spec, raw);
}

std::string format_setting(const SettingSpec& spec, const SettingValue& value) {
    switch (spec.kind) {
        case SettingKind::boolean:
            return std::get<bool>(value) ? "true" : "false";
        case SettingKind::count:
            return fmt::format("{}", std::get<std::int64_t>(value));
        case SettingKind::byte_size: {
            const auto bytes = std::get<std::int64_t>(value);
            return bytes < 0 ? fmt::format("{}B", bytes)
                             : format_byte_size(static_cast<std::uint64_t>(bytes));
        }
        case SettingKind::duration:
            return format_duration(Milliseconds(std::get<std::int64_t>(value)));
        case SettingKind::choice:
        case SettingKind::header_name:
        case SettingKind::text:
            return std::get<std::string>(value);
    }
    return {};
}

namespace {

// Without the units at its end that are zero: "30m", not "30m0s".
std::string short_duration(Milliseconds span) {
    auto text = format_duration(span);
    if (text.ends_with("m0s")) text.resize(text.size() - 2);
    if (text.ends_with("h0m")) text.resize(text.size() - 2);
    return text;
}

}  // namespace

std::string validation_text(const SettingSpec& spec) {
    switch (spec.kind) {
        case SettingKind::boolean:
            return "";
        case SettingKind::count:
            return fmt::format("required,min={},max={}", spec.min, spec.max);
        case SettingKind::byte_size:
            return fmt::format("required,minBytes={},maxBytes={}", format_setting(spec, spec.min),
                               format_setting(spec, spec.max));
        case SettingKind::duration:
            return fmt::format("required,minDuration={},maxDuration={}",
                               short_duration(Milliseconds(spec.min)),
                               short_duration(Milliseconds(spec.max)));
        case SettingKind::choice:
            return fmt::format("required,oneof={}", fmt::join(spec.choices, " "));
        case SettingKind::header_name:
            return fmt::format("required,headerName,maxLength={}", kHeaderNameMax);
        case SettingKind::text:
            return fmt::format("maxLength={}", spec.max);
    }
    return "";
}

std::string_view to_string(SettingOrigin origin) {
    switch (origin) {
        case SettingOrigin::default_value:
            return "default";
        case SettingOrigin::node:
            return "node";
        case SettingOrigin::source:
            return "source";
        case SettingOrigin::sink:
            return "sink";
    }
    return "";
}

SettingInForce in_force(const SettingSpec& spec, const SettingLevels& levels) {
    using enum SettingOrigin;
    if (const auto found = levels.sink.find(spec.key); found != levels.sink.end()) {
        return {.value = found->second, .origin = sink};
    }
    if (const auto found = levels.source.find(spec.key); found != levels.source.end()) {
        return {.value = found->second, .origin = source};
    }
    if (const auto found = levels.node.find(spec.key); found != levels.node.end()) {
        return {.value = found->second, .origin = node};
    }
    return {.value = spec.default_value, .origin = default_value};
}

Settings resolve_settings(const SettingLevels& levels) {
    const auto number = [&](std::string_view key) {
        return std::get<std::int64_t>(value_of(key, levels));
    };
    const auto conditions = [&](std::string_view count, std::string_view size,
                                std::string_view interval) {
        return Conditions{.count = static_cast<std::uint64_t>(number(count)),
                          .bytes = static_cast<std::uint64_t>(number(size)),
                          .interval = Milliseconds(number(interval))};
    };
    return Settings{
        .sync_wait = std::get<bool>(value_of(kSyncWait, levels)),
        .upload = conditions(kUploadCount, kUploadSize, kUploadInterval),
        .import = conditions(kImportCount, kImportSize, kImportInterval),
        .import_slices = static_cast<std::uint32_t>(number(kImportSlices)),
        .compression = std::get<std::string>(value_of(kCompressionType, levels)) == "gzip"
                           ? Compression::gzip
                           : Compression::none,
        .gzip_level = static_cast<int>(number(kGzipLevel)),
        .rejects = {.keep = std::get<std::string>(value_of(kOnError, levels)) == "keep",
                    .bounds = {.count = static_cast<std::uint64_t>(number(kRejectsCount)),
                               .bytes = static_cast<std::uint64_t>(number(kRejectsSize))},
                    .age = Milliseconds(number(kRejectsAge))},
    };
}

bool adds_columns(const SettingLevels& levels) {
    return std::get<bool>(value_of(kAddColumns, levels));
}

RateSettings resolve_rate_settings(const SettingLevels& levels) {
    const auto number = [&](std::string_view key) {
        return static_cast<std::uint64_t>(std::get<std::int64_t>(value_of(key, levels)));
    };
    return {.records = number(kLimitRecords), .bytes = number(kLimitBytes)};
}

RetentionSettings resolve_retention_settings(const SettingLevels& levels) {
    return {.keep = Milliseconds(std::get<std::int64_t>(value_of(kRetention, levels))),
            .deletes = std::get<bool>(value_of(kRetentionDeletes, levels)),
            .aside_damaged = std::get<bool>(value_of(kSetDamagedAside, levels))};
}

bool resolve_recent_requests(const SettingLevels& levels) {
    return std::get<bool>(value_of(kRecentRequests, levels));
}

IdempotencySettings resolve_idempotency_settings(const SettingLevels& levels) {
    return {.header = std::get<std::string>(value_of(kIdempotencyHeader, levels)),
            .keys_max = static_cast<std::uint64_t>(
                std::get<std::int64_t>(value_of(kIdempotencyKeys, levels))),
            .window = Milliseconds(std::get<std::int64_t>(value_of(kIdempotencyWindow, levels)))};
}

BodySettings resolve_body_settings(const SettingLevels& levels) {
    return {.text_as_json = std::get<bool>(value_of(kTextAsJson, levels))};
}

SourceSettings resolve_source_settings(const SettingLevels& levels) {
    const auto text = [&](std::string_view key) -> const std::string& {
        return std::get<std::string>(value_of(key, levels));
    };
    return SourceSettings{
        .records = parse_record_form(text(kRecords)).value_or(RecordForm::single),
        .bad_records = text(kBadRecords) == "skip" ? BadRecords::skip : BadRecords::refuse,
        .secret_headers = std::get<bool>(value_of(kSecretHeaders, levels)),
    };
}

std::optional<RecordForm> parse_record_form(std::string_view text) {
    if (text == "single") return RecordForm::single;
    if (text == "lines") return RecordForm::lines;
    if (text == "array") return RecordForm::array;
    return std::nullopt;
}

}  // namespace millrace
