#pragma once
// Settings: the typed, documented, bounded values of a source or sink, declared once in a table.
//
// A sink inherits: default < configuration of the node < its source < the sink. Sizes count CSV
// bytes.
// See  docs/settings.md

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/reject.h"

namespace millrace {

enum class SettingKind { boolean, count, byte_size, duration, choice, header_name, text };

// bool for boolean, integer for count, bytes and milliseconds, text for the others.
using SettingValue = std::variant<bool, std::int64_t, std::string>;

struct SettingSpec {
    std::string_view key;  // "storage.level.target.import.trigger.count"
    SettingKind kind = SettingKind::boolean;
    SettingValue default_value;
    std::int64_t min = 0;  // in the value's own unit; for count, byte_size and duration
    std::int64_t max = 0;  // of text: in characters
    std::vector<std::string_view> choices = {};  // for choice
    bool is_protected = false;                   // shown, but not changeable through the API
    bool of_source = false;                      // a sink has no such setting
    std::string_view description;
};

// All settings, ordered by key.
std::span<const SettingSpec> setting_specs();

const SettingSpec* find_setting(std::string_view key);

// What a client sent for a setting, before its type is known; never null (null is a reset).
using RawSetting = std::variant<bool, std::int64_t, double, std::string>;

// Checks type, syntax and bounds. Numbers are accepted for sizes (bytes) and durations
// (nanoseconds); a fractional number for a count is cut.
// Errors  invalid, with the texts of the reference chapter 2.4
Result<SettingValue> parse_setting(const SettingSpec& spec, const RawSetting& raw);

// The value as GET prints it: sizes "5MB", durations "1m0s", others as they are.
std::string format_setting(const SettingSpec& spec, const SettingValue& value);

// The rule as GET prints it: "required,minDuration=1s,maxDuration=30m"; empty without a rule.
std::string validation_text(const SettingSpec& spec);

// Key -> value of the settings that the node, a source or a sink overrides.
using SettingOverrides = std::map<std::string, SettingValue, std::less<>>;

inline const SettingOverrides kNoOverrides;

// Where settings are overridden, weakest first.
// Lifetime  a view, for the time of one call.
struct SettingLevels {
    const SettingOverrides& node = kNoOverrides;
    const SettingOverrides& source = kNoOverrides;
    const SettingOverrides& sink = kNoOverrides;
};

// Where a value in force comes from.
enum class SettingOrigin { default_value, node, source, sink };
std::string_view to_string(SettingOrigin origin);  // "default", "node", "source", "sink"

struct SettingInForce {
    const SettingValue& value;  // of a level or of the table
    SettingOrigin origin;
};
SettingInForce in_force(const SettingSpec& spec, const SettingLevels& levels);

// When to act: any of the three is enough, and nothing happens without a record.
struct Conditions {
    std::uint64_t count = 0;  // records
    std::uint64_t bytes = 0;  // of CSV
    Milliseconds interval{};  // since the slice or file was opened

    bool operator==(const Conditions&) const = default;
};

enum class Compression { none, gzip };

// What becomes of a record that a sink cannot map: refused, or kept among the sink's rejects.
struct RejectSettings {
    bool keep = false;
    RejectBounds bounds;
    Milliseconds age{};  // a reject is kept that long

    bool operator==(const RejectSettings&) const = default;
};

// The settings of a sink in force, as files carry them.
struct Settings {
    bool sync_wait = true;            // answer after the rows are on disk
    Conditions upload;                // of a slice
    Conditions import;                // of a file
    std::uint32_t import_slices = 0;  // a file of that many slices is imported, whatever its size
    Compression compression = Compression::gzip;  // of slices in staging
    int gzip_level = 1;
    RejectSettings rejects;

    bool operator==(const Settings&) const = default;
};

Settings resolve_settings(const SettingLevels& levels);

// How the body of a request is divided into records.
enum class RecordForm { single, lines, array };

// What becomes of a request of which a sink cannot map some records.
enum class BadRecords {
    refuse,  // the sink takes none of its records
    skip,    // the sink takes the others
};

// The settings of a source itself.
struct SourceSettings {
    RecordForm records = RecordForm::single;  // unless the request says it
    BadRecords bad_records = BadRecords::refuse;
    bool secret_headers = false;  // `headers` columns and templates see Authorization and its kin

    bool operator==(const SourceSettings&) const = default;
};

SourceSettings resolve_source_settings(const SettingLevels& levels);

// "single", "lines" or "array"; nothing for another text.
std::optional<RecordForm> parse_record_form(std::string_view text);

}  // namespace millrace
