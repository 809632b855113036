#include <array>

#include "core/otlp/flat_writer.h"

namespace millrace::otlp {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"Unspecified", "Internal", "Server",
                                                    "Client",      "Producer", "Consumer"};
constexpr std::array<std::string_view, 3> kStatusCodes = {"Unset", "Ok", "Error"};

struct Span {
    std::string_view trace_id;
    std::string_view span_id;
    std::string_view trace_state;
    std::string_view parent_span_id;
    std::string_view name;
    std::uint64_t kind = 0;
    std::uint64_t start_time = 0;
    std::uint64_t end_time = 0;
    OneMessage status;
    std::uint32_t flags = 0;
    std::uint64_t dropped_attributes = 0;
    std::uint64_t dropped_events = 0;
    std::uint64_t dropped_links = 0;
};

struct Status {
    std::uint64_t code = 0;
    std::string_view message;
};

Span read(std::string_view message, FlatWriter& writer) {
    Span span;
    WireReader reader(message, writer.fault);
    for (WireField field; reader.next(field);) {
        switch (field.number) {
            case 1:
                span.trace_id = reader.bytes(field);
                break;
            case 2:
                span.span_id = reader.bytes(field);
                break;
            case 3:
                span.trace_state = reader.bytes(field);
                break;
            case 4:
                span.parent_span_id = reader.bytes(field);
                break;
            case 5:
                span.name = reader.bytes(field);
                break;
            case 6:
                span.kind = reader.varint(field);
                break;
            case 7:
                span.start_time = reader.fixed64(field);
                break;
            case 8:
                span.end_time = reader.fixed64(field);
                break;
            case 10:
                span.dropped_attributes = static_cast<std::uint32_t>(reader.varint(field));
                break;
            case 12:
                span.dropped_events = static_cast<std::uint32_t>(reader.varint(field));
                break;
            case 14:
                span.dropped_links = static_cast<std::uint32_t>(reader.varint(field));
                break;
            case 15:
                writer.once(span.status, reader, field);
                break;
            case 16:
                span.flags = reader.fixed32(field);
                break;
            default:
                break;
        }
    }
    return span;
}

Status read_status(const OneMessage& message, FlatWriter& writer) {
    Status status;
    WireReader reader(message.value_or(std::string_view()), writer.fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 2) status.message = reader.bytes(field);
        if (field.number == 3) status.code = reader.varint(field);
    }
    return status;
}

void write_event(std::string_view message, FlatWriter& writer) {
    std::uint64_t time = 0;
    std::string_view name;
    WireReader reader(message, writer.fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 1) time = reader.fixed64(field);
        if (field.number == 2) name = reader.bytes(field);
    }
    writer.time("{\"timestamp\":", time);
    writer.text(",\"name\":", name);
    writer.attributes(",\"attributes\":", message, 3, kRecordDepth + 1);
    writer.raw('}');
}

void write_link(std::string_view message, FlatWriter& writer) {
    std::string_view trace_id;
    std::string_view span_id;
    std::string_view trace_state;
    std::uint32_t flags = 0;
    WireReader reader(message, writer.fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 1) trace_id = reader.bytes(field);
        if (field.number == 2) span_id = reader.bytes(field);
        if (field.number == 3) trace_state = reader.bytes(field);
        if (field.number == 6) flags = reader.fixed32(field);
    }
    writer.id("{\"trace_id\":", trace_id);
    writer.id(",\"span_id\":", span_id);
    writer.text(",\"trace_state\":", trace_state);
    writer.attributes(",\"attributes\":", message, 4, kRecordDepth + 1);
    writer.count(",\"flags\":", flags);
    writer.raw('}');
}

void write_list(FlatWriter& writer, std::string_view name, std::string_view span,
                std::uint32_t number, void (*write)(std::string_view, FlatWriter&)) {
    writer.member(name, [&](FlatWriter::StateId state) {
        write_objects(writer, span, number, state, write);
    });
}

void write(std::string_view message, FlatWriter& writer) {
    const auto span = read(message, writer);
    const auto status = read_status(span.status, writer);
    writer.begin_record();
    writer.time("{\"timestamp\":", span.start_time);
    writer.time(",\"end_timestamp\":", span.end_time);
    writer.id(",\"trace_id\":", span.trace_id);
    writer.id(",\"span_id\":", span.span_id);
    writer.id_if_set(",\"parent_span_id\":", span.parent_span_id);
    writer.text(",\"trace_state\":", span.trace_state);
    writer.text(",\"name\":", span.name);
    writer.name_of(",\"kind\":", span.kind, kKinds);
    writer.count(",\"flags\":", span.flags);
    writer.name_of(",\"status_code\":", status.code, kStatusCodes);
    writer.text(",\"status_message\":", status.message);
    writer.attributes(",\"attributes\":", message, 9, kRecordDepth);
    write_list(writer, ",\"events\":", message, 11, write_event);
    write_list(writer, ",\"links\":", message, 13, write_link);
    writer.add(writer.tail);
    writer.count_if_set(",\"dropped_attributes_count\":", span.dropped_attributes);
    writer.count_if_set(",\"dropped_events_count\":", span.dropped_events);
    writer.count_if_set(",\"dropped_links_count\":", span.dropped_links);
    writer.end_record();
}

}  // namespace

void flatten_traces(FlatWriter& writer, std::string_view request) {
    each_scope(writer, request, [&](std::string_view scope) {
        each_message(writer, scope, 2, [&](std::string_view span) { write(span, writer); });
    });
}

}  // namespace millrace::otlp
