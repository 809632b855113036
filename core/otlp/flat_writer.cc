#include "core/otlp/flat_writer.h"

#include <algorithm>

namespace millrace::otlp {
namespace {

constexpr std::uint64_t kFoundValuesMax = 500'000;  // of a request, of 12 bytes each

bool is_zero(std::string_view id) {
    return std::all_of(id.begin(), id.end(), [](char c) { return c == '\0'; });
}

}  // namespace

void FlatWriter::clear(const mapping::PathTrie* paths) {
    out.clear();
    text_ = &out;  // where the last request ended with an exception it may be a part
    fault.clear();
    records = 0;
    is_too_large = false;
    find(paths);
}

void FlatWriter::find(const mapping::PathTrie* paths) {
    const bool is_wanted = paths != nullptr && paths->slot_count() > 0;
    slots_ = is_wanted ? paths->slot_count() : 0;
    walk_.begin(is_wanted ? paths : nullptr);
    found.begin(paths);
    object_ = walk_.root();
}

void FlatWriter::begin_record() {
    walk_.begin_text();
    record_ = out.size();
}

void FlatWriter::end_record() {
    out.raw('}');
    if (slots_ > 0) {
        walk_.note(walk_.root(), {.begin = static_cast<std::uint32_t>(record_),
                                  .bytes = static_cast<std::uint32_t>(out.size() - record_)});
        walk_.find(record_, found.add());
    }
    out.raw('\n');
    ++records;
    if (records * slots_ > kFoundValuesMax) find(nullptr);
    if (out.size() > bytes_max_) is_too_large = true;
}

void FlatWriter::add(const SharedPart& part) {
    const auto begin = text_->size();
    raw(part.text.text());
    walk_.note_part(part.notes, begin);
}

void FlatWriter::once(OneMessage& slot, WireReader& reader, const WireField& field) {
    if (slot) fault.note("a message twice that may be there once", reader.position());
    slot = reader.bytes(field);
}

void FlatWriter::time(std::string_view name, std::uint64_t unix_nanos) {
    member(name, [&](StateId) { text_->time(unix_nanos); });
}

void FlatWriter::text(std::string_view name, std::string_view value) {
    member(name, [&](StateId) { text_->string(value); });
}

void FlatWriter::number(std::string_view name, std::int64_t value) {
    member(name, [&](StateId) { text_->number(value); });
}

void FlatWriter::count(std::string_view name, std::uint64_t value) {
    member(name, [&](StateId) { text_->count(value); });
}

void FlatWriter::real(std::string_view name, double value) {
    member(name, [&](StateId) { text_->number(value); });
}

void FlatWriter::boolean(std::string_view name, bool value) {
    member(name, [&](StateId) { text_->boolean(value); });
}

void FlatWriter::null(std::string_view name) {
    member(name, [&](StateId) { raw("null"); });
}

void FlatWriter::id(std::string_view name, std::string_view bytes) {
    member(name, [&](StateId) { text_->hex(is_zero(bytes) ? std::string_view() : bytes); });
}

void FlatWriter::id_if_set(std::string_view name, std::string_view bytes) {
    if (!is_zero(bytes)) id(name, bytes);
}

void FlatWriter::count_if_set(std::string_view name, std::uint64_t value) {
    if (value > 0) count(name, value);
}

void FlatWriter::name_of(std::string_view name, std::uint64_t value,
                         std::span<const std::string_view> names) {
    if (value < names.size()) return text(name, names[value]);
    member(name, [&](StateId) {
        raw('"');
        text_->number(std::int64_t{static_cast<std::int32_t>(value)});
        raw('"');
    });
}

void FlatWriter::any(std::string_view name, const OneMessage& value, int depth) {
    member(name, [&](StateId state) { write_any(value, depth, state); });
}

void FlatWriter::attributes(std::string_view name, std::string_view message, std::uint32_t number,
                            int depth) {
    member(name, [&](StateId state) { write_entries(message, number, depth, state); });
}

bool FlatWriter::is_too_deep(int depth) {
    if (depth <= kMessageDepthMax) return false;
    fault.note("values that are nested too deep");
    return true;
}

void FlatWriter::write_entries(std::string_view message, std::uint32_t number, int depth,
                               StateId state) {
    raw('{');
    const auto begin = text_->size();
    WireReader reader(message, fault);
    for (WireField field; reader.next(field);) {
        if (field.number != number) continue;
        if (text_->size() > begin) raw(',');
        write_entry(reader.bytes(field), depth + 1, state);
    }
    raw('}');
}

// A KeyValue, in the object at that place.
void FlatWriter::write_entry(std::string_view message, int depth, StateId object) {
    if (is_too_deep(depth)) return;
    std::string_view key;
    OneMessage any;
    WireReader reader(message, fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 1) key = reader.bytes(field);
        if (field.number == 2) once(any, reader, field);
    }
    const auto begin = text_->size();
    text_->string(key);
    const auto written = text_->text().substr(begin);
    const auto inside = written.substr(1, written.size() - 2);
    const auto state =
        text_->is_escaped() ? walk_.escaped_member(object, inside) : walk_.member(object, inside);
    raw(':');
    value(state, [&](StateId at) { write_any(any, depth + 1, at); });
}

void FlatWriter::write_items(std::string_view message, int depth, StateId state) {
    list(state, [&](FlatList& items) {
        WireReader reader(message, fault);
        for (WireField field; reader.next(field);) {
            if (field.number != 1) continue;
            items.add([&](StateId at) { write_any(reader.bytes(field), depth + 1, at); });
        }
    });
}

void FlatWriter::write_any(const OneMessage& value, int depth, StateId state) {
    if (!value) return raw("null");
    if (is_too_deep(depth)) return;
    const auto begin = text_->size();
    WireReader reader(*value, fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 0 || field.number > 7) continue;
        if (text_->size() > begin) fault.note("a value that is two values", reader.position());
        switch (field.number) {
            case 1:
                text_->string(reader.bytes(field));
                break;
            case 2:
                text_->boolean(reader.varint(field) != 0);
                break;
            case 3:
                text_->number(reader.int64(field));
                break;
            case 4:
                text_->number(reader.real(field));
                break;
            case 5:
                if (!is_too_deep(depth + 1)) write_items(reader.bytes(field), depth + 1, state);
                break;
            case 6:
                if (!is_too_deep(depth + 1)) {
                    write_entries(reader.bytes(field), 1, depth + 1, state);
                }
                break;
            default:
                text_->base64(reader.bytes(field));
                break;
        }
    }
    if (text_->size() == begin) raw("null");
}

void FlatWriter::set_tail(const OneMessage& resource, const OneMessage& scope) {
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
    share(tail, [&] {
        attributes(",\"resource\":", resource.value_or(std::string_view()), 1, kRecordDepth - 1);
        member(",\"scope\":", [&](StateId state) {
            in_object(state, [&] {
                text("{\"name\":", name);
                text(",\"version\":", version);
                if (has_attributes) {
                    attributes(",\"attributes\":", of_scope, 3, kRecordDepth);
                }
                raw('}');
            });
        });
    });
}

void write_objects(FlatWriter& writer, std::string_view message, std::uint32_t number,
                   FlatWriter::StateId of_list, void (*write)(std::string_view, FlatWriter&)) {
    writer.list(of_list, [&](FlatList& items) {
        each_message(writer, message, number, [&](std::string_view item) {
            items.add([&](FlatWriter::StateId state) {
                writer.in_object(state, [&] { write(item, writer); });
            });
        });
    });
}

}  // namespace millrace::otlp
