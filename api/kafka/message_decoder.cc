#include "api/kafka/message_decoder.h"

#include <fmt/format.h>

#include <optional>

#include "core/base/error_names.h"
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

// Without the magic byte and the id of a schema: the text is JSON whatever its schema.
Result<std::string_view> without_confluent_head(std::string_view value) {
    constexpr std::size_t kHeadBytes = 5;
    if (value.size() < kHeadBytes || value.front() != '\0') {
        return invalid_message(
            "the message does not begin with a zero byte and the id of a schema, as those of the "
            "format \"confluentJson\"");
    }
    return value.substr(kHeadBytes);
}

}  // namespace

Error null_value() {
    return invalid_message("the message has no value (it is a tombstone)");
}

std::string_view MessageDecoder::content_type() const {
    return format_ == Format::text ? "text/plain" : "application/json";
}

Result<void> MessageDecoder::begin(std::string_view value) {
    if (format_ == Format::confluent_json) {
        TRY_ASSIGN(value, without_confluent_head(value));
    }
    auto begun = reader_.begin(value, form_of(records_));
    if (begun.ok()) return {};
    return invalid_message(begun.error().client_text());
}

Result<bool> MessageDecoder::next() {
    if (!reader_.next()) return false;
    record_ = reader_.record();
    if (format_ == Format::csv) {
        TRY(decode_csv(without_line_end(record_)));
        record_ = json_;
    }
    return true;
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
