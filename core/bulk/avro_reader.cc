#include "core/bulk/avro_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "core/bulk/avro_bytes.h"
#include "core/bulk/avro_time_text.h"
#include "core/mapping/utf8.h"

namespace millrace::bulk {
namespace {

constexpr std::uint64_t kPlainOfBlock = 8;  // times what a block may have as it comes
constexpr std::uint64_t kPlainBytesMin = 64 << 20;

class AvroReader final : public SourceReader {
public:
    AvroReader(const AvroFormat& format, const SourceLimits& limits)
        : fields_(format.fields),
          container_(avro_limits(limits.line_bytes_max)),
          cells_(fields_.size()),
          texts_(fields_.size()) {}

    void feed(std::string_view piece) override { container_.feed(piece); }
    void end() override { ended_ = true; }

    Result<bool> next() override {
        while (left_ == 0) {
            TRY(check_block_end());
            TRY_ASSIGN(const auto block, container_.next());
            if (!block) {
                if (ended_) TRY(container_.finish());
                return false;
            }
            block_ = block->bytes;
            offset_ = block->offset;
            bytes_.emplace(block_);
            left_ = block->records;
        }
        const auto begin = bytes_->position();
        row_.problem.clear();
        row_.problem_column.reset();
        row_.problem_is_value = false;
        row_.offset = offset_;
        TRY(read_record());
        row_.text = block_.substr(begin, bytes_->position() - begin);
        row_.cells = row_.problem.empty() ? std::span<const Cell>(cells_) : std::span<const Cell>();
        --left_;
        return true;
    }

private:
    struct Text {
        std::array<char, 40> bytes;
    };

    Result<void> check_block_end() {
        if (!bytes_ || bytes_->left() == 0) return {};
        return Error(Code::invalid, fmt::format("The block of the Avro file at byte {} has {} "
                                                "bytes behind its records.",
                                                offset_, bytes_->left()));
    }

    Error damaged(const AvroField& field) const {
        return Error(Code::invalid,
                     fmt::format("The block of the Avro file at byte {} is damaged: a value of the "
                                 "field \"{}\" cannot be read.",
                                 offset_, field.name));
    }

    Result<void> read_record() {
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            if (!read_value(fields_[i], cells_[i], texts_[i])) return damaged(fields_[i]);
        }
        return {};
    }

    // False: the bytes are no value of the field.
    bool read_value(const AvroField& field, Cell& cell, Text& text) {
        if (field.is_union) {
            const auto branch = bytes_->number();
            const std::int64_t branches = field.is_nullable() ? 2 : 1;
            if (!branch || *branch < 0 || *branch >= branches) return false;
            if (field.is_nullable() && (*branch == 0) == *field.null_is_first) {
                cell = {.text = {}, .is_null = true};
                return true;
            }
        }
        cell.is_null = false;
        cell.type = DataType::string;
        auto* const begin = text.bytes.data();
        auto* const end = begin + text.bytes.size();
        switch (field.type) {
            case AvroType::string:
                return read_string(field, cell);
            case AvroType::boolean: {
                const auto byte = bytes_->take(1);
                if (!byte || (*byte)[0] < 0 || (*byte)[0] > 1) return false;
                cell.text = (*byte)[0] == 1 ? "true" : "false";
                return true;
            }
            case AvroType::float32: {
                const auto value = bytes_->fixed<float>();
                return value && set_real(cell, begin, end, *value);
            }
            case AvroType::float64: {
                const auto value = bytes_->fixed<double>();
                return value && set_real(cell, begin, end, *value);
            }
            case AvroType::int32:
            case AvroType::int64:
            case AvroType::enumeration:
            case AvroType::date:
            case AvroType::time_millis:
            case AvroType::time_micros:
            case AvroType::timestamp_millis:
            case AvroType::timestamp_micros:
                break;
        }
        const auto number = bytes_->number();
        if (!number || !is_of_width(field.type, *number)) return false;
        return read_number(field, *number, cell, text);
    }

    static bool is_of_width(AvroType type, std::int64_t number) {
        const bool is_long = type == AvroType::int64 || type == AvroType::time_micros ||
                             type == AvroType::timestamp_millis ||
                             type == AvroType::timestamp_micros;
        return is_long || (number >= INT32_MIN && number <= INT32_MAX);
    }

    bool read_number(const AvroField& field, std::int64_t number, Cell& cell, Text& text) {
        auto* const begin = text.bytes.data();
        auto* const end = begin + text.bytes.size();
        switch (field.type) {
            case AvroType::enumeration:
                if (number < 0 || static_cast<std::uint64_t>(number) >= field.symbols.size()) {
                    return false;
                }
                cell.text = field.symbols[static_cast<std::size_t>(number)];
                return true;
            case AvroType::date:
                cell.type = DataType::date;
                return set(cell, begin, put_avro_date(begin, number), field);
            case AvroType::time_millis:
            case AvroType::time_micros:
                return set(
                    cell, begin,
                    put_avro_time(begin, number, field.type == AvroType::time_millis ? 1000 : 1),
                    field);
            case AvroType::timestamp_millis:
            case AvroType::timestamp_micros:
                cell.type = DataType::timestamp;
                return set(cell, begin,
                           put_avro_instant(begin, number,
                                            field.type == AvroType::timestamp_millis ? 1000 : 1),
                           field);
            default:
                cell.type = DataType::integer;
                return set(cell, begin, std::to_chars(begin, end, number).ptr);
        }
    }

    // Infinity and NaN are no DOUBLE.
    template <typename Real>
    static bool set_real(Cell& cell, char* begin, char* end, Real value) {
        if (std::isfinite(value)) cell.type = DataType::float64;
        return set(cell, begin, std::to_chars(begin, end, value).ptr);
    }

    static bool set(Cell& cell, const char* begin, const char* end) {
        cell.text = {begin, static_cast<std::size_t>(end - begin)};
        return true;
    }
    // Null: there is no such day or time; the row is wrong, and the file goes on.
    bool set(Cell& cell, const char* begin, const char* end, const AvroField& field) {
        if (end != nullptr) return set(cell, begin, end);
        row_.problem = fmt::format("the value of the field \"{}\" is no {} of the years 1 to 9999",
                                   field.name, to_string(field.type));
        row_.problem_is_value = true;
        row_.problem_column = static_cast<std::size_t>(&field - fields_.data());
        cell.text = {};
        return true;
    }

    bool read_string(const AvroField& field, Cell& cell) {
        const auto length = bytes_->number();
        if (!length || *length < 0) return false;
        const auto text = bytes_->take(static_cast<std::uint64_t>(*length));
        if (!text) return false;
        cell.text = *text;
        if (!mapping::is_valid_utf8(*text)) {
            row_.problem = fmt::format("the value of the field \"{}\" is not UTF-8", field.name);
            row_.problem_is_value = false;
        }
        return true;
    }

    const std::vector<AvroField> fields_;
    AvroContainer container_;
    bool ended_ = false;
    std::string_view block_;
    std::uint64_t offset_ = 0;        // of the block in the body
    std::optional<AvroBytes> bytes_;  // of it
    std::uint64_t left_ = 0;          // records of it
    std::vector<Cell> cells_;
    std::vector<Text> texts_;  // of numbers
};

}  // namespace

AvroLimits avro_limits(std::uint64_t record_bytes_max) {
    return {.header_bytes =
                static_cast<std::size_t>(std::min<std::uint64_t>(record_bytes_max, 1 << 20)),
            .block_bytes = static_cast<std::size_t>(record_bytes_max),
            .plain_bytes = static_cast<std::size_t>(
                std::max(kPlainOfBlock * record_bytes_max, kPlainBytesMin))};
}

std::unique_ptr<SourceReader> make_avro_reader(const AvroFormat& format,
                                               const SourceLimits& limits) {
    return std::make_unique<AvroReader>(format, limits);
}

}  // namespace millrace::bulk
