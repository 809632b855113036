#include "api/kafka/message_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/error_names.h"
#include "core/bulk/avro_json.h"
#include "core/mapping/json_text.h"

namespace millrace::kafka {
namespace {

Error invalid_message(std::string text) {
    return Error(Code::invalid, std::move(text)).named(error_names::kInInvalidMessage);
}

RecordForm form_of(Records records) {
    switch (records) {
        case Records::single:
            return RecordForm::single;
        case Records::lines:
            return RecordForm::lines;
        case Records::array:
            return RecordForm::array;
    }
    return RecordForm::single;
}

// One cell of RFC 4180 and what is left behind its delimiter; nothing left: it was the last.
struct CsvCell {
    std::string text;
    std::optional<std::string_view> rest;
};

Result<CsvCell> take_cell(std::string_view text, char delimiter) {
    CsvCell cell;
    std::size_t at = 0;
    if (!text.starts_with('"')) {
        at = std::min(text.find(delimiter), text.size());
        cell.text = text.substr(0, at);
    } else {
        for (at = 1;; ++at) {
            const auto quote = text.find('"', at);
            if (quote == std::string_view::npos) return invalid_message("CSV: a quote is open");
            cell.text += text.substr(at, quote - at);
            at = quote + 1;
            if (at >= text.size() || text[at] != '"') break;
            cell.text += '"';
        }
        if (at < text.size() && text[at] != delimiter) {
            return invalid_message("CSV: there is text behind a closing quote");
        }
    }
    if (at < text.size()) cell.rest = text.substr(at + 1);
    return cell;
}

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

constexpr std::size_t kConfluentHead = 5;  // a zero byte and the id of a schema
constexpr std::size_t kLinkedinHead = 17;  // a zero byte and the MD5 of a schema

// `what` begins with so many bytes, of which the first is zero.
Result<void> check_head(std::string_view text, std::size_t bytes, std::string_view what,
                        std::string_view of, std::string_view format) {
    if (text.size() >= bytes && text.front() == '\0') return {};
    return invalid_message(
        fmt::format("the {} does not begin with a zero byte and the {} of a schema, as those of "
                    "the format \"{}\"",
                    what, of, format));
}

// A schema that is not there is a fault of the message.
Result<const bulk::AvroTree*> of_registry(Result<const bulk::AvroTree*> found) {
    if (found.ok() || found.error().code() == Code::unavailable) return found;
    return invalid_message(found.error().client_text());
}

std::uint32_t schema_id_of(std::string_view value) {
    std::uint32_t id = 0;
    for (const char c : value.substr(1, 4)) id = id << 8 | static_cast<unsigned char>(c);
    return id;
}

std::string hex_of(std::string_view bytes) {
    std::string hex;
    for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return hex;
}

bulk::AvroTimes times_of(AvroTimes times) {
    switch (times) {
        case AvroTimes::text:
            return bulk::AvroTimes::text;
        case AvroTimes::millis:
            return bulk::AvroTimes::millis;
        case AvroTimes::raw:
            return bulk::AvroTimes::raw;
    }
    return bulk::AvroTimes::text;
}

// A few bytes may stand for very many items.
std::size_t json_bytes_max(std::size_t value_bytes) {
    constexpr std::size_t kMost = 32 << 20;
    constexpr std::size_t kLeast = 1 << 20;
    constexpr std::size_t kTimes = 256;
    return std::min(kMost, kLeast + kTimes * std::min(value_bytes, kMost));
}

}  // namespace

Error null_value() {
    return invalid_message("the message has no value (it is a tombstone)");
}

MessageDecoder::MessageDecoder(const KafkaSettings& settings, MessageSchemas* schemas)
    : format_(settings.format),
      key_format_(settings.key_format),
      records_(settings.records),
      csv_(settings.csv),
      avro_times_(settings.avro_times),
      skip_bytes_(settings.skip_bytes),
      only_objects_(settings.only_objects),
      schemas_(schemas),
      schema_(settings.format == Format::avro ? bulk::parse_avro_tree(settings.avro_schema)
                                              : Result<bulk::AvroTree>(bulk::AvroTree{})) {}

std::string_view MessageDecoder::content_type() const {
    return format_ == Format::text ? "text/plain" : "application/json";
}

std::string_view MessageDecoder::value_content_type() const {
    return is_avro(format_) ? kUndecoded : content_type();
}

Result<void> MessageDecoder::begin(std::string_view value) {
    is_null_ = false;
    TRY_ASSIGN(const auto text, decode_value(value));
    auto begun = reader_.begin(text, form_of(records_));
    if (begun.ok()) return {};
    return invalid_message(begun.error().client_text());
}

void MessageDecoder::begin_null() {
    is_null_ = true;
    static_cast<void>(reader_.begin("null", RecordForm::single));  // it has no error
}

Result<std::string_view> MessageDecoder::decode_key(std::string_view key) {
    if (key_format_ == KeyFormat::text) return key;
    TRY(check_head(key, kConfluentHead, "key of the message", "id", to_string(key_format_)));
    TRY_ASSIGN(const auto* const tree, of_registry(schemas_->of_id(schema_id_of(key))));
    const auto decoded = decode_avro(*tree, key.substr(kConfluentHead), key_json_);
    if (!decoded.ok()) return invalid_message("the key: " + decoded.error().client_text());
    auto inside = decoded.value();
    if (!inside.starts_with('"')) return inside;
    inside.remove_prefix(1);
    inside.remove_suffix(1);
    key_text_.clear();
    mapping::append_unescaped(key_text_, inside);
    return std::string_view(key_text_);
}

Result<std::string_view> MessageDecoder::decode_value(std::string_view value) {
    switch (format_) {
        case Format::json:
        case Format::csv:
        case Format::text:
            return value;
        case Format::confluent_json:
            TRY(check_head(value, kConfluentHead, "message", "id", to_string(format_)));
            return value.substr(kConfluentHead);
        case Format::avro:
            if (!schema_.ok()) return invalid_message(schema_.error().client_text());
            if (value.size() < skip_bytes_) {
                return invalid_message(fmt::format(
                    "the message has fewer than the {} bytes in front of the value", skip_bytes_));
            }
            return decode_avro(schema_.value(), value.substr(skip_bytes_), json_);
        case Format::confluent_avro: {
            TRY(check_head(value, kConfluentHead, "message", "id", to_string(format_)));
            TRY_ASSIGN(const auto* const tree, of_registry(schemas_->of_id(schema_id_of(value))));
            return decode_avro(*tree, value.substr(kConfluentHead), json_);
        }
        case Format::linkedin_avro: {
            TRY(check_head(value, kLinkedinHead, "message", "MD5", to_string(format_)));
            TRY_ASSIGN(const auto* const tree,
                       of_registry(schemas_->of_digest(hex_of(value.substr(1, 16)))));
            return decode_avro(*tree, value.substr(kLinkedinHead), json_);
        }
    }
    return value;
}

Result<std::string_view> MessageDecoder::decode_avro(const bulk::AvroTree& tree,
                                                     std::string_view datum,
                                                     std::string& json) const {
    json.clear();
    auto written = bulk::append_avro_json(
        json, tree, datum,
        {.times = times_of(avro_times_), .bytes_max = json_bytes_max(datum.size())});
    if (!written.ok()) return invalid_message(written.error().client_text());
    return std::string_view(json);
}

Result<bool> MessageDecoder::next() {
    if (!reader_.next()) return false;
    record_ = reader_.record();
    if (format_ == Format::csv && !is_null_) {
        TRY(decode_csv(without_line_end(record_)));
        record_ = json_;
    }
    if (!is_null_) TRY(check(record_));
    return true;
}

Result<void> MessageDecoder::check(std::string_view record) const {
    if (!only_objects_) return {};
    const auto begin = record.find_first_not_of(" \t\r\n");
    if (begin != std::string_view::npos && record[begin] == '{') return {};
    return invalid_message("the message is not a JSON object, so it has no fields");
}

// An object with a text for each column; an empty line has one empty cell.
Result<void> MessageDecoder::decode_csv(std::string_view line) {
    json_ = '{';
    std::size_t cells = 0;
    for (std::optional<std::string_view> rest = line; rest; ++cells) {
        if (cells == csv_.columns.size()) {
            return invalid_message(
                fmt::format("CSV: there are more than {} cells", csv_.columns.size()));
        }
        TRY_ASSIGN(const auto cell, take_cell(*rest, csv_.delimiter));
        if (cells > 0) json_ += ',';
        mapping::append_json_string(json_, csv_.columns[cells]);
        json_ += ':';
        mapping::append_json_string(json_, cell.text);
        rest = cell.rest;
    }
    if (cells < csv_.columns.size()) {
        return invalid_message(
            fmt::format("CSV: there are {} cells for {} columns", cells, csv_.columns.size()));
    }
    json_ += '}';
    return {};
}

}  // namespace millrace::kafka
