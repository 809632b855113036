#include "core/model/settings.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/byte_size.h"
#include "core/base/duration.h"
#include "core/model/idempotency_settings.h"
#include "core/model/rate_settings.h"

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
constexpr std::string_view kRecords = "source.http.records";
constexpr std::string_view kSecretHeaders = "source.http.secretHeaders";
constexpr std::string_view kCompressionType = "storage.level.local.encoding.compression.type";
constexpr std::string_view kGzipLevel = "storage.level.local.encoding.compression.gzip.level";
constexpr std::string_view kSyncWait = "storage.level.local.encoding.sync.wait";
constexpr std::string_view kUploadCount = "storage.level.staging.upload.trigger.count";
constexpr std::string_view kUploadInterval = "storage.level.staging.upload.trigger.interval";
constexpr std::string_view kUploadSize = "storage.level.staging.upload.trigger.size";
constexpr std::string_view kImportCount = "storage.level.target.import.trigger.count";
constexpr std::string_view kImportInterval = "storage.level.target.import.trigger.interval";
constexpr std::string_view kImportSize = "storage.level.target.import.trigger.size";
constexpr std::string_view kImportSlices = "storage.level.target.import.trigger.slicesCount";

const std::vector<SettingSpec>& table() {
    using enum SettingKind;
    static const std::vector<SettingSpec> specs = {
        {kOnError,
         choice,
         std::string("reject"),
         0,
         0,
         {"reject", "keep"},
         false,
         "A record that the sink cannot map is refused (reject) or kept among its rejects (keep)."},
        {kRejectsAge,
         duration,
         7 * 24 * kHour,
         kMinute,
         90 * 24 * kHour,
         {},
         false,
         "A reject is kept that long."},
        {kRejectsCount,
         count,
         std::int64_t{10'000},
         1,
         1'000'000,
         {},
         false,
         "With that many rejects, further records that the sink cannot map are refused."},
        {kRejectsSize,
         byte_size,
         64 * kMb,
         kMb,
         1024 * kMb,
         {},
         false,
         "With rejects of that many bytes, further records that the sink cannot map are refused."},
        {kBadRecords,
         choice,
         std::string("refuse"),
         0,
         0,
         {"refuse", "skip"},
         false,
         "Of a request with records that a sink cannot map, the sink takes none (refuse) or the "
         "others (skip).",
         true},
        {kIdempotencyHeader,
         header_name,
         std::string("Idempotency-Key"),
         0,
         0,
         {},
         false,
         "The header with the key of a request: the same key again gets the first answer and "
         "writes nothing.",
         true},
        {kIdempotencyKeys,
         count,
         std::int64_t{1'000'000},
         1,
         10'000'000,
         {},
         false,
         "So many keys are remembered; with more the oldest is forgotten before its time.",
         true},
        {kIdempotencyWindow,
         duration,
         24 * kHour,
         kSecond,
         7 * 24 * kHour,
         {},
         false,
         "A key is remembered that long.",
         true},
        {kLimitBytes,
         byte_size,
         std::int64_t{0},
         0,
         1024 * kMb,
         {},
         false,
         "Bytes of bodies that the source takes a second; 0 is no limit, more is 429.",
         true},
        {kLimitRecords,
         count,
         std::int64_t{0},
         0,
         100'000'000,
         {},
         false,
         "Records that the source takes a second; 0 is no limit, more is 429.",
         true},
        {kRecords,
         choice,
         std::string("single"),
         0,
         0,
         {"single", "lines", "array"},
         false,
         "The body of a request that does not say it is one record, a record a line, or a JSON "
         "array of records.",
         true},
        {kSecretHeaders,
         boolean,
         false,
         0,
         0,
         {},
         false,
         "Columns and templates see the headers Authorization, Cookie, Proxy-Authorization and "
         "X-StorageApi-Token.",
         true},
        {kGzipLevel,
         count,
         std::int64_t{1},
         1,
         9,
         {},
         true,
         "Gzip level of slices in staging, 1 is fastest."},
        {kCompressionType,
         choice,
         std::string("gzip"),
         0,
         0,
         {"none", "gzip"},
         true,
         "Compression of slices in staging."},
        {"storage.level.local.encoding.encoder.type",
         choice,
         std::string("csv"),
         0,
         0,
         {"csv"},
         true,
         "Format of slices."},
        {"storage.level.local.encoding.sync.mode",
         choice,
         std::string("disk"),
         0,
         0,
         {"disk"},
         true,
         "What a sync means: \"disk\" is an fdatasync of the journal."},
        {kSyncWait,
         boolean,
         true,
         0,
         0,
         {},
         false,
         "Answer 200 after the rows are on disk (true), or 202 as soon as they are accepted "
         "(false)."},
        {kUploadCount,
         count,
         std::int64_t{10'000},
         1,
         10'000'000,
         {},
         false,
         "A slice with that many records is uploaded to staging."},
        {kUploadInterval,
         duration,
         30 * kSecond,
         kSecond,
         30 * kMinute,
         {},
         false,
         "A slice opened that long ago is uploaded to staging."},
        {kUploadSize,
         byte_size,
         5 * kMb,
         100,
         50 * kMb,
         {},
         false,
         "A slice with that many bytes of CSV is uploaded to staging."},
        {kImportCount,
         count,
         std::int64_t{50'000},
         1,
         10'000'000,
         {},
         false,
         "A file with that many records is imported into the table."},
        {kImportInterval,
         duration,
         kMinute,
         30 * kSecond,
         24 * kHour,
         {},
         false,
         "A file opened that long ago is imported into the table."},
        {kImportSize,
         byte_size,
         50 * kMb,
         100,
         500 * kMb,
         {},
         false,
         "A file with that many bytes of CSV is imported into the table."},
        {kImportSlices,
         count,
         std::int64_t{100},
         1,
         200,
         {},
         true,
         "A file with that many slices is imported into the table."},
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

// A JSON number as an integer, fractions cut; nothing for other types and out of range.
std::optional<std::int64_t> whole_number(const RawSetting& raw) {
    if (const auto* integer = std::get_if<std::int64_t>(&raw)) return *integer;
    const auto* number = std::get_if<double>(&raw);
    if (number == nullptr || !(*number > -9e18 && *number < 9e18)) return std::nullopt;
    return static_cast<std::int64_t>(*number);
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
            if (const auto number = whole_number(raw)) return within_bounds(spec, *number);
            return wrong_type(spec, raw);
        case SettingKind::byte_size: {
            if (const auto number = whole_number(raw)) return within_bounds(spec, *number);
            if (text == nullptr) return wrong_type(spec, raw);
            auto bytes = parse_byte_size(*text);
            if (!bytes.ok()) return wrong_text(spec, *text, bytes.error().client_text());
            return within_bounds(
                spec, static_cast<std::int64_t>(std::min(bytes.value(), std::uint64_t{1} << 62)));
        }
        case SettingKind::duration: {
            if (const auto nanoseconds = whole_number(raw)) {
                return within_bounds(spec, *nanoseconds / 1'000'000);
            }
            if (text == nullptr) return wrong_type(spec, raw);
            auto span = parse_duration(*text);
            if (!span.ok()) {
                return Error(Code::invalid, fmt::format("Invalid \"{}\": {}.", spec.key,
                                                        span.error().client_text()));
            }
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
            return std::get<std::string>(value);
    }
    return {};
}

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
                               format_setting(spec, spec.min), format_setting(spec, spec.max));
        case SettingKind::choice:
            return fmt::format("required,oneof={}", fmt::join(spec.choices, " "));
        case SettingKind::header_name:
            return fmt::format("required,headerName,maxLength={}", kHeaderNameMax);
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

RateSettings resolve_rate_settings(const SettingLevels& levels) {
    const auto number = [&](std::string_view key) {
        return static_cast<std::uint64_t>(std::get<std::int64_t>(value_of(key, levels)));
    };
    return {.records = number(kLimitRecords), .bytes = number(kLimitBytes)};
}

IdempotencySettings resolve_idempotency_settings(const SettingLevels& levels) {
    return {.header = std::get<std::string>(value_of(kIdempotencyHeader, levels)),
            .keys_max = static_cast<std::uint64_t>(
                std::get<std::int64_t>(value_of(kIdempotencyKeys, levels))),
            .window = Milliseconds(std::get<std::int64_t>(value_of(kIdempotencyWindow, levels)))};
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
