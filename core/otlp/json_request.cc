#include "core/otlp/json_request.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <string>

#include "core/base/shown_text.h"
#include "core/otlp/json_schema.h"
#include "core/otlp/json_writer.h"
#include "core/otlp/large_numbers.h"
#include "core/otlp/lone_surrogates.h"
#include "core/otlp/wire_reader.h"

namespace millrace::otlp {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::size_t kKeptBytes = 1 << 20;
constexpr std::size_t kLengthBytes = 5;  // of a message, whatever its length is
constexpr std::size_t kShownMax = 60;

bool is_same_name(std::string_view sent, std::string_view camel_case) {
    if (sent == camel_case) return true;
    std::size_t at = 0;
    for (const char c : camel_case) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        if (is_upper && (at >= sent.size() || sent[at++] != '_')) return false;
        const char lower = is_upper ? static_cast<char>(c - 'A' + 'a') : c;
        if (at >= sent.size() || sent[at++] != lower) return false;
    }
    return at == sent.size();
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The JSON without what RFC 8259 allows and simdjson refuses with that fault. Nothing: it has none.
std::optional<std::string> mended_after(simdjson::error_code fault, std::string_view json) {
    if (fault == simdjson::STRING_ERROR) return without_lone_surrogates(json);
    if (fault == simdjson::NUMBER_ERROR) return with_large_numbers_as_reals(json);
    return std::nullopt;
}

// Writes messages; after a fault `problem` says it, and what is written does not count.
class Transcoder {
public:
    explicit Transcoder(std::string& out) : out_(out) {}

    std::string problem;

    bool message(const element& json, const JsonMessage& message, int depth) {
        simdjson::dom::object object;
        if (json.get(object) != simdjson::SUCCESS) return fail("an object", json);
        if (depth > kMessageDepthMax) return fail_with("values are nested too deep");
        std::size_t next = 0;  // fields mostly come in the order of the table
        for (const auto [name, value] : object) {
            const auto* const field = find(message.fields, name, next);
            if (field == nullptr || value.is_null()) continue;
            if (!member(value, *field, depth)) return fail_in(field->name);
        }
        return true;
    }

private:
    static const JsonField* find(std::span<const JsonField> fields, std::string_view name,
                                 std::size_t& next) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const auto at = next + i < fields.size() ? next + i : next + i - fields.size();
            if (fields[at].name == name) {
                next = at + 1 < fields.size() ? at + 1 : 0;
                return &fields[at];
            }
        }
        if (name.find('_') == std::string_view::npos) return nullptr;
        const auto found = std::find_if(fields.begin(), fields.end(), [&](const JsonField& field) {
            return is_same_name(name, field.name);
        });
        return found == fields.end() ? nullptr : &*found;
    }

    bool member(const element& json, const JsonField& field, int depth) {
        if (!field.repeated) return single(json, field, depth);
        simdjson::dom::array array;
        if (json.get(array) != simdjson::SUCCESS) return fail("an array", json);
        std::size_t index = 0;
        for (const auto item : array) {
            if (!single(item, field, depth)) return fail_in(fmt::format("[{}]", index));
            ++index;
        }
        return true;
    }

    bool single(const element& json, const JsonField& field, int depth) {
        switch (field.kind) {
            case JsonKind::message: {
                const auto begin = open(field.number);
                return this->message(json, *field.message, depth + 1) && close(begin);
            }
            case JsonKind::text: {
                std::string_view text;
                if (json.get(text) != simdjson::SUCCESS) return fail("a string", json);
                tag(field.number, WireType::bytes);
                varint(text.size());
                out_.append(text);
                return true;
            }
            case JsonKind::bytes:
                return bytes(json, field.number);
            case JsonKind::trace_id:
                return id(json, field.number, 16);
            case JsonKind::span_id:
                return id(json, field.number, 8);
            case JsonKind::boolean: {
                bool value = false;
                if (json.get(value) != simdjson::SUCCESS) return fail("true or false", json);
                return varint_field(field.number, value ? 1 : 0);
            }
            case JsonKind::real:
                return real(json, field.number);
            case JsonKind::enumerated:
                return enumerated(json, field);
            case JsonKind::fixed32:
            case JsonKind::fixed64:
            case JsonKind::sfixed64:
            case JsonKind::int64:
            case JsonKind::uint32:
            case JsonKind::uint64:
            case JsonKind::sint32:
                return integer(json, field);
        }
        return true;
    }

    bool bytes(const element& json, std::uint32_t number) {
        std::string_view text;
        if (json.get(text) != simdjson::SUCCESS) return fail("base64", json);
        const auto begin = open(number);
        if (!append_from_base64(out_, text)) return fail("base64", json);
        return close(begin);
    }

    bool id(const element& json, std::uint32_t number, std::size_t id_bytes) {
        std::string_view text;
        if (json.get(text) != simdjson::SUCCESS) return fail_id(json, id_bytes);
        if (text.empty()) return true;
        const auto begin = open(number);
        const auto before = out_.size();
        if (text.size() == 2 * id_bytes) {
            for (std::size_t i = 0; i < text.size(); i += 2) {
                const auto high = hex_digit(text[i]);
                const auto low = hex_digit(text[i + 1]);
                if (high < 0 || low < 0) return fail_id(json, id_bytes);
                out_.push_back(static_cast<char>(high << 4 | low));
            }
        } else if (!append_from_base64(out_, text) || out_.size() - before != id_bytes) {
            return fail_id(json, id_bytes);
        }
        return close(begin);
    }

    bool real(const element& json, std::uint32_t number) {
        double value = 0;
        std::string_view text;
        if (json.get(text) == simdjson::SUCCESS) {
            const auto parsed = real_of(text);
            if (!parsed) return fail("a number", json);
            value = *parsed;
        } else if (json.get(value) != simdjson::SUCCESS) {
            return fail("a number", json);
        }
        tag(number, WireType::fixed64);
        append_bits(std::bit_cast<std::uint64_t>(value));
        return true;
    }

    static std::optional<double> real_of(std::string_view text) {
        if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
        if (text == "Infinity") return std::numeric_limits<double>::infinity();
        if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
        double value = 0;
        const auto* const end = text.data() + text.size();
        const auto [stop, failure] = std::from_chars(text.data(), end, value);
        if (text.empty() || failure != std::errc() || stop != end || !std::isfinite(value)) {
            return std::nullopt;
        }
        return value;
    }

    bool enumerated(const element& json, const JsonField& field) {
        std::string_view text;
        if (json.get(text) != simdjson::SUCCESS) return integer(json, field);
        for (const auto& known : field.names) {
            if (known.name == text) {
                return varint_field(field.number, static_cast<std::uint64_t>(known.number));
            }
        }
        return fail("one of the names of its enum", json);
    }

    // What the kinds of integers may be.
    struct Range {
        std::int64_t min;
        std::uint64_t max;
    };
    static Range range_of(JsonKind kind) {
        using Int32 = std::numeric_limits<std::int32_t>;
        using Int64 = std::numeric_limits<std::int64_t>;
        switch (kind) {
            case JsonKind::fixed32:
            case JsonKind::uint32:
                return {.min = 0, .max = std::numeric_limits<std::uint32_t>::max()};
            case JsonKind::fixed64:
            case JsonKind::uint64:
                return {.min = 0, .max = std::numeric_limits<std::uint64_t>::max()};
            case JsonKind::sint32:
            case JsonKind::enumerated:
                return {.min = Int32::min(), .max = static_cast<std::uint64_t>(Int32::max())};
            default:
                return {.min = Int64::min(), .max = static_cast<std::uint64_t>(Int64::max())};
        }
    }

    bool integer(const element& json, const JsonField& field) {
        const auto bits = bits_of(json, range_of(field.kind));
        if (!bits) return fail("a whole number in its range", json);
        switch (field.kind) {
            case JsonKind::fixed32: {
                tag(field.number, WireType::fixed32);
                const auto half = static_cast<std::uint32_t>(*bits);
                char four[4];
                std::memcpy(four, &half, sizeof four);
                out_.append(four, sizeof four);
                return true;
            }
            case JsonKind::fixed64:
            case JsonKind::sfixed64:
                tag(field.number, WireType::fixed64);
                append_bits(*bits);
                return true;
            case JsonKind::sint32: {
                const auto value = static_cast<std::int32_t>(*bits);
                const auto zigzag = static_cast<std::uint32_t>(value) << 1 ^
                                    static_cast<std::uint32_t>(value >> 31);
                return varint_field(field.number, zigzag);
            }
            default:
                return varint_field(field.number, *bits);
        }
    }

    // The 64 bits of a whole number, which may be a text, or have an exponent.
    static std::optional<std::uint64_t> bits_of(const element& json, Range range) {
        std::int64_t negative = 0;
        std::uint64_t positive = 0;
        double real = 0;
        std::string_view text;
        if (json.get(text) == simdjson::SUCCESS) {
            const auto* const end = text.data() + text.size();
            if (text.empty()) return std::nullopt;
            if (text.front() == '-') {
                const auto [stop, failure] = std::from_chars(text.data(), end, negative);
                if (failure != std::errc() || stop != end) return std::nullopt;
            } else {
                const auto [stop, failure] = std::from_chars(text.data(), end, positive);
                if (failure != std::errc() || stop != end) return std::nullopt;
            }
        } else if (json.get(negative) == simdjson::SUCCESS) {
            if (negative > 0) positive = static_cast<std::uint64_t>(std::exchange(negative, 0));
        } else if (json.get(positive) == simdjson::SUCCESS) {
        } else if (json.get(real) == simdjson::SUCCESS && real == std::trunc(real) &&
                   std::abs(real) < 9e18) {
            if (real < 0) negative = static_cast<std::int64_t>(real);
            if (real >= 0) positive = static_cast<std::uint64_t>(real);
        } else {
            return std::nullopt;
        }
        if (negative < range.min || positive > range.max) return std::nullopt;
        return negative < 0 ? static_cast<std::uint64_t>(negative) : positive;
    }

    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
        out_.push_back(static_cast<char>(value));
    }
    void tag(std::uint32_t number, WireType type) {
        varint(std::uint64_t{number} << 3 | static_cast<std::uint64_t>(type));
    }
    bool varint_field(std::uint32_t number, std::uint64_t value) {
        tag(number, WireType::varint);
        varint(value);
        return true;
    }
    void append_bits(std::uint64_t bits) {
        char eight[8];
        std::memcpy(eight, &bits, sizeof eight);
        out_.append(eight, sizeof eight);
    }

    // Room for the length of what follows, which is known at its end.
    std::size_t open(std::uint32_t number) {
        tag(number, WireType::bytes);
        out_.append(kLengthBytes, '\0');
        return out_.size();
    }
    bool close(std::size_t begin) {
        auto length = out_.size() - begin;
        if (length < 0x80) {  // as most are: WireReader passes over a length of one byte fastest
            out_[begin - kLengthBytes] = static_cast<char>(length);
            out_.erase(begin - kLengthBytes + 1, kLengthBytes - 1);
            return true;
        }
        for (std::size_t i = 0; i < kLengthBytes; ++i) {
            const bool is_last = i + 1 == kLengthBytes;
            out_[begin - kLengthBytes + i] =
                static_cast<char>((length & 0x7f) | (is_last ? 0U : 0x80U));
            length >>= 7;
        }
        return true;
    }

    bool fail_with(std::string_view text) {
        problem = text;
        return false;
    }
    bool fail(std::string_view wanted, const element& json) {
        problem = fmt::format("expected {}, found {}", wanted,
                              shortened(simdjson::minify(json), kShownMax));
        return false;
    }
    bool fail_id(const element& json, std::size_t id_bytes) {
        return fail(fmt::format("{} hexadecimal digits", 2 * id_bytes), json);
    }
    // The way to what is wrong grows at its front.
    bool fail_in(std::string_view name) {
        const auto separator = is_path_ ? (problem.starts_with('[') ? "" : ".") : ": ";
        problem = fmt::format("{}{}{}", name, separator, problem);
        is_path_ = true;
        return false;
    }

    std::string& out_;
    bool is_path_ = false;
};

}  // namespace

struct JsonRequest::State {
    std::unique_ptr<simdjson::dom::parser> parser;
    std::string wire;
};

JsonRequest::JsonRequest() : state_(std::make_unique<State>()) {}
JsonRequest::~JsonRequest() = default;

Result<std::string_view> JsonRequest::to_wire(Signal signal, std::string_view json) {
    auto& [parser, wire] = *state_;
    wire.clear();
    if (parser == nullptr) parser = std::make_unique<simdjson::dom::parser>();
    element root;
    auto fault = parser->parse(json.data(), json.size()).get(root);
    std::string mended;
    for (int kinds = 2; kinds > 0; --kinds) {
        auto changed = mended_after(fault, json);
        if (!changed) break;
        mended = std::move(*changed);
        json = mended;
        fault = parser->parse(mended).get(root);
    }
    if (fault == simdjson::MEMALLOC) throw std::bad_alloc();
    if (fault != simdjson::SUCCESS) {
        return Error(Code::invalid,
                     fmt::format("the body is not JSON: {}", simdjson::error_message(fault)));
    }
    Transcoder transcoder(wire);
    if (transcoder.message(root, json_request_of(signal), 1)) return std::string_view(wire);
    return Error(Code::invalid, std::move(transcoder.problem));
}

void JsonRequest::release() {
    if (state_->wire.capacity() > kKeptBytes) std::string().swap(state_->wire);
    if (state_->parser != nullptr && state_->parser->capacity() > kKeptBytes) {
        state_->parser.reset();
    }
}

}  // namespace millrace::otlp
