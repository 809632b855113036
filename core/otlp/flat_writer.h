#pragma once
// FlatWriter: what the records of all signals have in common, on their way from protobuf to JSON.
//
// A message is read as often as its JSON needs another order than its bytes have: its fields are
// found by their lengths, so that costs little, and nothing is kept of it but its bytes.
//
// Thread  one.
// See     docs/otlp.md, "What a record looks like"

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/otlp/json_writer.h"
#include "core/otlp/wire_reader.h"

namespace millrace::otlp {

// A message that may be there once.
using OneMessage = std::optional<std::string_view>;

class FlatWriter {
public:
    explicit FlatWriter(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    JsonWriter out;   // the records, each with its line end
    WireFault fault;  // of the request
    JsonWriter tail;  // what all records of a scope have: "resource":{...},"scope":{...}
    JsonWriter head;  // what all points of a metric begin with
    std::uint64_t records = 0;
    bool is_too_large = false;  // there is more than may be

    void clear();

    // Between two records.
    void end_record();

    // Keeps the message in `slot`.
    void once(OneMessage& slot, WireReader& reader, const WireField& field);

    // Members of the record that is being written; `name` is `,"name":`.
    void time(std::string_view name, std::uint64_t unix_nanos);
    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::int64_t value);
    void count(std::string_view name, std::uint64_t value);
    void real(std::string_view name, double value);
    void id(std::string_view name, std::string_view bytes);
    void id_if_set(std::string_view name, std::string_view bytes);
    void count_if_set(std::string_view name, std::uint64_t value);
    // The object of all KeyValue fields `number` of `message`, itself at `depth`.
    void attributes(std::string_view name, std::string_view message, std::uint32_t number,
                    int depth);

    // An AnyValue at `depth`, null where it is none.
    void any(JsonWriter& to, const OneMessage& value, int depth);
    void entries(JsonWriter& to, std::string_view message, std::uint32_t number, int depth);

    void set_tail(const OneMessage& resource, const OneMessage& scope);

private:
    void entry(JsonWriter& to, std::string_view message, int depth);
    void items(JsonWriter& to, std::string_view message, int depth);
    bool is_too_deep(int depth);

    const std::uint64_t bytes_max_;
};

// Calls `visit(scope)` with each message of a request that has records as its fields 2, when what
// they have in common is in `tail`: the frame of all three signals is the same.
template <typename Visit>
void each_scope(FlatWriter& writer, std::string_view request, Visit visit) {
    auto& fault = writer.fault;
    WireReader requests(request, fault);
    for (WireField field; requests.next(field);) {
        if (field.number != 1) continue;
        const auto of_resource = requests.bytes(field);
        OneMessage resource;
        WireReader look(of_resource, fault);
        for (WireField inner; look.next(inner);) {
            if (inner.number == 1) writer.once(resource, look, inner);
        }
        WireReader scopes(of_resource, fault);
        for (WireField inner; scopes.next(inner);) {
            if (inner.number != 2) continue;
            const auto of_scope = scopes.bytes(inner);
            OneMessage scope;
            bool has_records = false;
            WireReader again(of_scope, fault);
            for (WireField part; again.next(part);) {
                if (part.number == 1) writer.once(scope, again, part);
                has_records = has_records || part.number == 2;
            }
            if (!has_records) continue;
            writer.set_tail(resource, scope);
            visit(of_scope);
        }
    }
}

// Calls `write(record)` with the bytes of each message that is field `number` of `message`.
template <typename Write>
void each_message(FlatWriter& writer, std::string_view message, std::uint32_t number, Write write) {
    WireReader reader(message, writer.fault);
    for (WireField field; !writer.is_too_large && reader.next(field);) {
        if (field.number == number) write(reader.bytes(field));
    }
}

// Where the records of a request are nested: request, resource, scope, record.
inline constexpr int kRecordDepth = 4;

void flatten_logs(FlatWriter& writer, std::string_view request);
void flatten_metrics(FlatWriter& writer, std::string_view request);
void flatten_traces(FlatWriter& writer, std::string_view request);

}  // namespace millrace::otlp
