#pragma once
// Scratch: the record that is being mapped, what has been found in it, and buffers that are reused.
//
// Lifetime  made by make_scratch(); one for all mappers of a thread.
// Thread    one.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/mapping/form.h"
#include "core/mapping/header_list.h"
#include "core/mapping/json_check.h"
#include "core/mapping/json_scan.h"
#include "core/mapping/record.h"
#include "core/mapping/row_writer.h"
#include "core/ports/rng.h"

namespace millrace::mapping {

enum class BodyState { not_read, read, bad_json, bad_form, unsupported };

// Of a template that needs a value of a form that cannot be read.
Error broken_value(std::string_view problem);

class Scratch {
public:
    explicit Scratch(Rng& random) : rng(random), form(random.next()) {}

    // The 36 characters of a fresh id; valid until the next call.
    std::string_view fresh_uuid();
    // Those of the record's own, whichever column asks.
    std::string_view event_id();
    // Of the message that the record is; valid until the next call.
    std::string_view message_number(std::int64_t number);
    std::string_view message_time(WallTime time);
    // What the sender wrote, as UTF-8; valid until the next call.
    std::string_view utf8_text(std::string_view text);
    // A parameter of the query, decoded; valid until the next call.
    std::optional<std::string_view> parameter(std::string_view name);
    std::string_view arrived_at();    // as text
    const HeaderList& headers();      // of the record
    std::string_view headers_json();  // of the record
    // A found value as it goes into a cell; valid until the next call. Each large one is made once
    // a record, however many columns have it.
    std::string_view cell_text(const JsonValue& value, bool raw_string);

    // Whether what was found is a value of a form that cannot be read, or has one in it; its
    // problem() is about it then.
    bool is_broken(const JsonValue& value) {
        return has_broken_values &&
               form.is_broken(static_cast<std::size_t>(value.begin - body_text.view().data()),
                              value.bytes);
    }

    void forget_cells() {  // another record comes
        large_cells_.clear();
        event_id_.clear();
    }

    Rng& rng;
    const void* begun_by = nullptr;  // the mapper of the last begin()
    Record record;
    SecretHeaders secrets = SecretHeaders::left_out;  // of record.headers
    BodyState body = BodyState::not_read;
    bool is_form = false;  // the body that was read, and not JSON
    // The JSON that was read is not the bytes of the body: they have a mark or are in a charset.
    bool is_decoded = false;
    std::string decoded;
    bool has_broken_values = false;  // the form that was read
    PaddedText body_text;
    JsonScanner json;
    JsonCheck json_check;  // of cells
    FormReader form;
    RowWriter row;
    bool is_all_defaults = false;         // of the last row: see SourceMapper::is_all_defaults()
    const std::string* column = nullptr;  // of the mapper: the name of the one being made
    bool headers_read = false;
    bool headers_printed = false;
    std::string template_value;
    std::string time_text;  // of the last cell whose time was in another form
    std::span<const Result<std::string>> template_values;  // of templates that are not compiled

private:
    struct LargeCell {
        const char* begin;  // of the value
        bool raw_string;
        std::string text;
    };
    std::string_view large_cell_text(const JsonValue& value, bool raw_string);

    std::array<char, 36> uuid_{};
    std::string event_id_;  // of the record; empty: it was not asked for yet
    std::optional<WallTime> time_printed_;
    std::string time_;
    HeaderList headers_;
    std::string headers_text_;
    std::string text_;
    std::string decoded_text_;
    std::vector<LargeCell> large_cells_;  // of the record
};

}  // namespace millrace::mapping
