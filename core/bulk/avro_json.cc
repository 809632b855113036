#include "core/bulk/avro_json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "core/base/shown_text.h"
#include "core/bulk/avro_bytes.h"
#include "core/bulk/avro_decimal.h"
#include "core/bulk/avro_time_text.h"
#include "core/mapping/json_text.h"
#include "core/mapping/utf8.h"

namespace millrace::bulk {
namespace {

constexpr int kDepthMax = 200;
constexpr std::size_t kShown = 100;

std::int64_t floor_divided(std::int64_t number, std::int64_t by) {
    return number / by - (number % by < 0 ? 1 : 0);
}

class JsonWriter {
public:
    JsonWriter(std::string& out, const AvroTree& tree, std::string_view bytes,
               const AvroJsonOptions& options)
        : out_(out),
          begin_(out.size()),
          tree_(tree),
          size_(bytes.size()),
          bytes_(bytes),
          options_(options) {}

    Result<void> write() {
        if (!write_node(tree_.root, 0)) return error();
        if (bytes_.left() == 0) return {};
        return Error(Code::invalid, fmt::format("there are {} bytes behind the value of the Avro "
                                                "schema; was it written with another one?",
                                                bytes_.left()));
    }

private:
    Error error() const {
        if (is_too_large_) {
            return Error(Code::too_large, fmt::format("the message becomes more than {} MB of JSON",
                                                      options_.bytes_max >> 20));
        }
        auto where = field_.empty()
                         ? std::string()
                         : fmt::format(" of the field \"{}\"", shortened(field_, kShown));
        return Error(Code::invalid,
                     fmt::format("the value{} at byte {} of {} {}", where, bytes_.position(), size_,
                                 problem_.empty() ? "is none of the Avro schema" : problem_));
    }

    bool wrong(std::string_view problem) {
        if (problem_.empty()) problem_ = problem;
        return false;
    }

    // False: the bytes are no value of the node.
    bool write_node(std::size_t number, int depth) {
        if (depth > kDepthMax) return wrong("is nested too deep");
        if (out_.size() - begin_ > options_.bytes_max) {
            is_too_large_ = true;
            return false;
        }
        const auto& node = tree_.nodes[number];
        switch (node.kind) {
            case AvroKind::null:
                out_ += "null";
                return true;
            case AvroKind::boolean:
                return write_boolean();
            case AvroKind::float32:
                return write_real(bytes_.fixed<float>());
            case AvroKind::float64:
                return write_real(bytes_.fixed<double>());
            case AvroKind::string:
                return write_string();
            case AvroKind::bytes:
            case AvroKind::decimal:
                return write_bytes(node, take_sized());
            case AvroKind::fixed:
            case AvroKind::fixed_decimal:
                return write_bytes(node, bytes_.take(node.size));
            case AvroKind::record:
                return write_record(node, depth);
            case AvroKind::array:
            case AvroKind::map:
                return write_items(node, depth);
            case AvroKind::one_of: {
                const auto branch = bytes_.number();
                if (!branch || *branch < 0 ||
                    static_cast<std::uint64_t>(*branch) >= node.items.size()) {
                    return false;
                }
                return write_node(node.items[static_cast<std::size_t>(*branch)], depth + 1);
            }
            case AvroKind::int32:
            case AvroKind::int64:
            case AvroKind::enumeration:
            case AvroKind::date:
            case AvroKind::time_millis:
            case AvroKind::time_micros:
            case AvroKind::timestamp_millis:
            case AvroKind::timestamp_micros:
                return write_whole(node);
        }
        return false;
    }

    bool write_boolean() {
        const auto byte = bytes_.take(1);
        if (!byte || (*byte)[0] < 0 || (*byte)[0] > 1) return false;
        out_ += (*byte)[0] == 1 ? "true" : "false";
        return true;
    }

    template <typename Real>
    bool write_real(std::optional<Real> value) {
        if (!value) return false;
        if (std::isnan(*value)) {
            out_ += "\"NaN\"";
        } else if (std::isinf(*value)) {
            out_ += *value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
        } else {
            std::array<char, 40> text{};
            auto* const end = std::to_chars(text.data(), text.data() + text.size(), *value).ptr;
            out_.append(text.data(), end);
        }
        return true;
    }

    std::optional<std::string_view> take_sized() {
        const auto length = bytes_.number();
        if (!length || *length < 0) return std::nullopt;
        return bytes_.take(static_cast<std::uint64_t>(*length));
    }

    bool write_string() {
        const auto text = take_sized();
        if (!text) return false;
        if (!mapping::is_valid_utf8(*text)) return wrong("is not UTF-8");
        mapping::append_json_string(out_, *text);
        return true;
    }

    bool write_bytes(const AvroNode& node, std::optional<std::string_view> bytes) {
        if (!bytes) return false;
        out_ += '"';
        if (node.kind == AvroKind::decimal || node.kind == AvroKind::fixed_decimal) {
            if (!append_avro_decimal(out_, *bytes, node.scale)) {
                return wrong("is a decimal of more than 64 bytes");
            }
        } else {
            constexpr std::string_view kDigits = "0123456789abcdef";
            for (const char c : *bytes) {
                const auto byte = static_cast<unsigned char>(c);
                out_ += kDigits[byte >> 4];
                out_ += kDigits[byte & 15];
            }
        }
        out_ += '"';
        return true;
    }

    bool write_record(const AvroNode& node, int depth) {
        out_ += '{';
        bool is_first = true;
        for (const auto& field : node.fields) {
            if (!is_first) out_ += ',';
            is_first = false;
            mapping::append_json_string(out_, field.name);
            out_ += ':';
            field_ = field.name;
            if (!write_node(field.node, depth + 1)) return false;
        }
        out_ += '}';
        return true;
    }

    // Blocks of items: their number, or that and their bytes; then the items; the last one is
    // empty.
    bool write_items(const AvroNode& node, int depth) {
        const bool is_map = node.kind == AvroKind::map;
        out_ += is_map ? '{' : '[';
        bool is_first = true;
        while (true) {
            auto count = bytes_.number();
            if (!count) return false;
            if (*count == 0) break;
            if (*count < 0) {
                if (*count == INT64_MIN || !bytes_.number()) return false;
                count = -*count;
            }
            for (; *count > 0; --*count) {
                if (!is_first) out_ += ',';
                is_first = false;
                if (is_map) {
                    if (!write_string()) return false;
                    out_ += ':';
                }
                if (!write_node(node.items.front(), depth + 1)) return false;
            }
        }
        out_ += is_map ? '}' : ']';
        return true;
    }

    bool write_whole(const AvroNode& node) {
        const auto number = bytes_.number();
        if (!number) return false;
        switch (node.kind) {
            case AvroKind::int32:
                return is_short(*number) && write_number(*number);
            case AvroKind::enumeration:
                if (*number < 0 || static_cast<std::uint64_t>(*number) >= node.symbols.size()) {
                    return false;
                }
                mapping::append_json_string(out_, node.symbols[static_cast<std::size_t>(*number)]);
                return true;
            case AvroKind::date:
                if (!is_short(*number)) return false;
                if (options_.times != AvroTimes::text) return write_number(*number);
                return write_time([&](char* at) { return put_avro_date(at, *number); });
            case AvroKind::time_millis:
                return is_short(*number) && write_time_of_day(*number, 1000);
            case AvroKind::time_micros:
                return write_time_of_day(*number, 1);
            case AvroKind::timestamp_millis:
                return write_instant(*number, 1000);
            case AvroKind::timestamp_micros:
                return write_instant(*number, 1);
            default:
                return write_number(*number);
        }
    }

    static bool is_short(std::int64_t number) { return number >= INT32_MIN && number <= INT32_MAX; }

    bool write_number(std::int64_t number) {
        std::array<char, 24> text{};
        out_.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
        return true;
    }

    // `unit` is the number of microseconds in one of it.
    bool write_time_of_day(std::int64_t number, std::int64_t unit) {
        if (options_.times != AvroTimes::text) return write_units(number, unit);
        return write_time([&](char* at) { return put_avro_time(at, number, unit); });
    }
    bool write_instant(std::int64_t number, std::int64_t unit) {
        if (options_.times != AvroTimes::text) return write_units(number, unit);
        return write_time([&](char* at) { return put_avro_instant(at, number, unit); });
    }

    bool write_units(std::int64_t number, std::int64_t unit) {
        const bool is_exact = options_.times == AvroTimes::raw || unit == 1000;
        return write_number(is_exact ? number : floor_divided(number, 1000));
    }

    template <typename Put>
    bool write_time(Put put) {
        std::array<char, kAvroTimeBytes> text{};
        auto* const end = put(text.data());
        if (end == nullptr) return wrong("is no day or time of the years 1 to 9999");
        out_ += '"';
        out_.append(text.data(), end);
        out_ += '"';
        return true;
    }

    std::string& out_;
    const std::size_t begin_;
    const AvroTree& tree_;
    const std::size_t size_;
    AvroBytes bytes_;
    const AvroJsonOptions& options_;
    std::string_view field_;  // the last one that was begun
    std::string problem_;
    bool is_too_large_ = false;
};

}  // namespace

Result<void> append_avro_json(std::string& out, const AvroTree& tree, std::string_view bytes,
                              const AvroJsonOptions& options) {
    return JsonWriter(out, tree, bytes, options).write();
}

}  // namespace millrace::bulk
