#include "core/otlp/flat_writer.h"

#include <algorithm>

namespace millrace::otlp {
namespace {

bool is_zero(std::string_view id) {
    return std::all_of(id.begin(), id.end(), [](char c) { return c == '\0'; });
}

}  // namespace

void FlatWriter::clear() {
    out.clear();
    fault.clear();
    records = 0;
    is_too_large = false;
}

void FlatWriter::end_record() {
    out.raw("}\n");
    ++records;
    if (out.size() > bytes_max_) is_too_large = true;
}

void FlatWriter::once(OneMessage& slot, WireReader& reader, const WireField& field) {
    if (slot) fault.note("a message twice that may be there once", reader.position());
    slot = reader.bytes(field);
}

void FlatWriter::time(std::string_view name, std::uint64_t unix_nanos) {
    out.raw(name);
    out.time(unix_nanos);
}

void FlatWriter::text(std::string_view name, std::string_view value) {
    out.raw(name);
    out.string(value);
}

void FlatWriter::number(std::string_view name, std::int64_t value) {
    out.raw(name);
    out.number(value);
}

void FlatWriter::count(std::string_view name, std::uint64_t value) {
    out.raw(name);
    out.count(value);
}

void FlatWriter::real(std::string_view name, double value) {
    out.raw(name);
    out.number(value);
}

void FlatWriter::id(std::string_view name, std::string_view bytes) {
    out.raw(name);
    out.hex(is_zero(bytes) ? std::string_view() : bytes);
}

void FlatWriter::id_if_set(std::string_view name, std::string_view bytes) {
    if (!is_zero(bytes)) id(name, bytes);
}

void FlatWriter::count_if_set(std::string_view name, std::uint64_t value) {
    if (value > 0) count(name, value);
}

void FlatWriter::attributes(std::string_view name, std::string_view message, std::uint32_t number,
                            int depth) {
    out.raw(name);
    entries(out, message, number, depth);
}

bool FlatWriter::is_too_deep(int depth) {
    if (depth <= kMessageDepthMax) return false;
    fault.note("values that are nested too deep");
    return true;
}

void FlatWriter::entries(JsonWriter& to, std::string_view message, std::uint32_t number,
                         int depth) {
    to.raw('{');
    const auto begin = to.size();
    WireReader reader(message, fault);
    for (WireField field; reader.next(field);) {
        if (field.number != number) continue;
        if (to.size() > begin) to.raw(',');
        entry(to, reader.bytes(field), depth + 1);
    }
    to.raw('}');
}

// A KeyValue.
void FlatWriter::entry(JsonWriter& to, std::string_view message, int depth) {
    if (is_too_deep(depth)) return;
    std::string_view key;
    OneMessage value;
    WireReader reader(message, fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 1) key = reader.bytes(field);
        if (field.number == 2) once(value, reader, field);
    }
    to.string(key);
    to.raw(':');
    any(to, value, depth + 1);
}

void FlatWriter::items(JsonWriter& to, std::string_view message, int depth) {
    to.raw('[');
    const auto begin = to.size();
    WireReader reader(message, fault);
    for (WireField field; reader.next(field);) {
        if (field.number != 1) continue;
        if (to.size() > begin) to.raw(',');
        any(to, reader.bytes(field), depth + 1);
    }
    to.raw(']');
}

void FlatWriter::any(JsonWriter& to, const OneMessage& value, int depth) {
    if (!value) return to.raw("null");
    if (is_too_deep(depth)) return;
    const auto begin = to.size();
    WireReader reader(*value, fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 0 || field.number > 7) continue;
        if (to.size() > begin) fault.note("a value that is two values", reader.position());
        switch (field.number) {
            case 1:
                to.string(reader.bytes(field));
                break;
            case 2:
                to.boolean(reader.varint(field) != 0);
                break;
            case 3:
                to.number(reader.int64(field));
                break;
            case 4:
                to.number(reader.real(field));
                break;
            case 5:
                if (!is_too_deep(depth + 1)) items(to, reader.bytes(field), depth + 1);
                break;
            case 6:
                if (!is_too_deep(depth + 1)) entries(to, reader.bytes(field), 1, depth + 1);
                break;
            default:
                to.base64(reader.bytes(field));
                break;
        }
    }
    if (to.size() == begin) to.raw("null");
}

void FlatWriter::set_tail(const OneMessage& resource, const OneMessage& scope) {
    tail.clear();
    tail.raw("\"resource\":");
    entries(tail, resource.value_or(std::string_view()), 1, kRecordDepth - 1);
    std::string_view name;
    std::string_view version;
    bool has_attributes = false;
    const auto of_scope = scope.value_or(std::string_view());
    WireReader reader(of_scope, fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 1) name = reader.bytes(field);
        if (field.number == 2) version = reader.bytes(field);
        has_attributes = has_attributes || field.number == 3;
    }
    tail.raw(",\"scope\":{\"name\":");
    tail.string(name);
    tail.raw(",\"version\":");
    tail.string(version);
    if (has_attributes) {
        tail.raw(",\"attributes\":");
        entries(tail, of_scope, 3, kRecordDepth);
    }
    tail.raw('}');
}

}  // namespace millrace::otlp
