#include "core/otlp/flat_writer.h"

namespace millrace::otlp {
namespace {

struct LogRecord {
    std::uint64_t time = 0;
    std::uint64_t observed_time = 0;
    std::int32_t severity_number = 0;
    std::string_view severity_text;
    OneMessage body;
    std::uint64_t dropped_attributes = 0;
    std::uint32_t flags = 0;
    std::string_view trace_id;
    std::string_view span_id;
    std::string_view event_name;
    std::string_view attributes;  // the part of the message that has them: from the first one on
};

LogRecord read(std::string_view message, FlatWriter& writer) {
    LogRecord record;
    WireReader reader(message, writer.fault);
    const auto* begin = message.data();  // of the field
    for (WireField field; reader.next(field); begin = reader.position()) {
        switch (field.number) {
            case 1:
                record.time = reader.fixed64(field);
                break;
            case 2:
                record.severity_number = static_cast<std::int32_t>(reader.varint(field));
                break;
            case 3:
                record.severity_text = reader.bytes(field);
                break;
            case 5:
                writer.once(record.body, reader, field);
                break;
            case 6:
                if (record.attributes.empty()) {
                    record.attributes = {begin, message.data() + message.size()};
                }
                break;
            case 7:
                record.dropped_attributes = static_cast<std::uint32_t>(reader.varint(field));
                break;
            case 8:
                record.flags = reader.fixed32(field);
                break;
            case 9:
                record.trace_id = reader.bytes(field);
                break;
            case 10:
                record.span_id = reader.bytes(field);
                break;
            case 11:
                record.observed_time = reader.fixed64(field);
                break;
            case 12:
                record.event_name = reader.bytes(field);
                break;
            default:
                break;
        }
    }
    return record;
}

void write(std::string_view message, FlatWriter& writer) {
    const auto record = read(message, writer);
    writer.begin_record();
    writer.time("{\"timestamp\":", record.time);
    writer.time(",\"observed_timestamp\":", record.observed_time);
    writer.number(",\"severity_number\":", record.severity_number);
    writer.text(",\"severity_text\":", record.severity_text);
    writer.any(",\"body\":", record.body, kRecordDepth + 1);
    writer.count(",\"flags\":", record.flags);
    writer.id_if_set(",\"trace_id\":", record.trace_id);
    writer.id_if_set(",\"span_id\":", record.span_id);
    writer.attributes(",\"attributes\":", record.attributes, 6, kRecordDepth);
    writer.add(writer.tail);
    if (!record.event_name.empty()) writer.text(",\"event_name\":", record.event_name);
    writer.count_if_set(",\"dropped_attributes_count\":", record.dropped_attributes);
    writer.end_record();
}

}  // namespace

void flatten_logs(FlatWriter& writer, std::string_view request) {
    each_scope(writer, request, [&](std::string_view scope) {
        each_message(writer, scope, 2, [&](std::string_view record) { write(record, writer); });
    });
}

}  // namespace millrace::otlp
