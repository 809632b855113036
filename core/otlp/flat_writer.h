#pragma once
// FlatWriter: what the records of all signals have in common, on their way from protobuf to JSON.
//
// A message is read as often as its JSON needs another order than its bytes have: its fields are
// found by their lengths, so that costs little, and nothing is kept of it but its bytes.
//
// Where values are that somebody wants is noted while they are written.
//
// Thread  one.
// See     docs/otlp.md, "What a record looks like"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/mapping/found_records.h"
#include "core/mapping/path_walk.h"
#include "core/otlp/json_writer.h"
#include "core/otlp/wire_reader.h"

namespace millrace::otlp {

// A message that may be there once.
using OneMessage = std::optional<std::string_view>;

// What several records have in common: members of theirs, and where wanted values are in them.
struct SharedPart {
    JsonWriter text;
    std::vector<mapping::PathWalk::Note> notes;
};

class FlatWriter {
public:
    using StateId = mapping::PathWalk::StateId;  // of a place in a record, for those who look there

    explicit FlatWriter(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
    FlatWriter(const FlatWriter&) = delete;
    FlatWriter& operator=(const FlatWriter&) = delete;

    JsonWriter out;               // the records, each with its line end
    mapping::FoundRecords found;  // in the records
    WireFault fault;              // of the request
    SharedPart tail;              // of all records of a scope: ,"resource":{...},"scope":{...}
    SharedPart head;              // of all points of a metric
    std::uint64_t records = 0;
    bool is_too_large = false;  // there is more than may be

    // Another request, of whose records the values at `paths` are to be found; null: none. Of a
    // request with very many nothing is found, as the places of values would need much memory.
    void clear(const mapping::PathTrie* paths);

    void begin_record();
    void end_record();

    // Writes a part anew: `write` its members.
    template <typename Write>
    void share(SharedPart& part, Write write) {
        part.text.clear();
        walk_.begin_text();
        text_ = &part.text;
        write();
        text_ = &out;
        part.notes = walk_.notes();
    }
    // Writes it as it is.
    void add(const SharedPart& part);

    // Keeps the message in `slot`.
    void once(OneMessage& slot, WireReader& reader, const WireField& field);

    // Punctuation, or JSON that is made already.
    void raw(std::string_view json) { text_->raw(json); }
    void raw(char c) { text_->raw(c); }

    // A member of the object that is being written; `name` is `{"name":` or `,"name":`, and
    // `write(state)` writes its value, which is at that place.
    template <typename Write>
    void member(std::string_view name, Write write) {
        raw(name);
        const auto key = text_->text().substr(text_->size() - name.size() + 2, name.size() - 4);
        value(walk_.member(object_, key), write);
    }

    // A value that is a list; `write(list)` adds its elements.
    template <typename Write>
    void list(StateId state, Write write);

    // The members that `write()` writes are of the object at `state`.
    template <typename Write>
    void in_object(StateId state, Write write) {
        const auto outer = object_;
        object_ = state;
        write();
        object_ = outer;
    }

    // Members with such values.
    void time(std::string_view name, std::uint64_t unix_nanos);
    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::int64_t value);
    void count(std::string_view name, std::uint64_t value);
    void real(std::string_view name, double value);
    void boolean(std::string_view name, bool value);
    void null(std::string_view name);
    void id(std::string_view name, std::string_view bytes);
    void id_if_set(std::string_view name, std::string_view bytes);
    void count_if_set(std::string_view name, std::uint64_t value);
    // The name of an enum's value; the number as a text where this version does not know it.
    void name_of(std::string_view name, std::uint64_t value,
                 std::span<const std::string_view> names);
    // An AnyValue at `depth`, null where it is none.
    void any(std::string_view name, const OneMessage& value, int depth);
    // The object of all KeyValue fields `number` of `message`, itself at `depth`.
    void attributes(std::string_view name, std::string_view message, std::uint32_t number,
                    int depth);

    void set_tail(const OneMessage& resource, const OneMessage& scope);

private:
    template <typename Write>
    void value(StateId state, Write write) {
        const auto begin = text_->size();
        write(state);
        walk_.note(state, {.begin = static_cast<std::uint32_t>(begin),
                           .bytes = static_cast<std::uint32_t>(text_->size() - begin),
                           .escaped = text_->is_escaped()});
    }
    void write_any(const OneMessage& value, int depth, StateId state);
    void write_entries(std::string_view message, std::uint32_t number, int depth, StateId state);
    void write_entry(std::string_view message, int depth, StateId object);
    void write_items(std::string_view message, int depth, StateId state);
    bool is_too_deep(int depth);
    void find(const mapping::PathTrie* paths);

    const std::uint64_t bytes_max_;
    mapping::PathWalk walk_;
    JsonWriter* text_ = &out;                        // that is being written
    StateId object_ = mapping::PathWalk::kUnwanted;  // the same, in it
    std::uint64_t slots_ = 0;  // that are found of each record; 0: nobody looks
    std::size_t record_ = 0;   // where the record begins in `out`

    friend class FlatList;
};

// The list that is being written.
class FlatList {
public:
    FlatList(FlatWriter& writer, FlatWriter::StateId state) : writer_(writer), state_(state) {}

    // `write(state)` writes the next element.
    template <typename Write>
    void add(Write write) {
        if (count_ > 0) writer_.raw(',');
        writer_.value(writer_.walk_.element(state_, count_++), write);
    }

private:
    FlatWriter& writer_;
    const FlatWriter::StateId state_;
    std::uint32_t count_ = 0;
};

template <typename Write>
void FlatWriter::list(StateId state, Write write) {
    raw('[');
    FlatList items(*this, state);
    write(items);
    raw(']');
}

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

// The messages that are field `number` of `message`, each an object, as the list at `of_list`;
// `write` writes the members of one.
void write_objects(FlatWriter& writer, std::string_view message, std::uint32_t number,
                   FlatWriter::StateId of_list, void (*write)(std::string_view, FlatWriter&));

// Where the records of a request are nested: request, resource, scope, record.
inline constexpr int kRecordDepth = 4;

void flatten_logs(FlatWriter& writer, std::string_view request);
void flatten_metrics(FlatWriter& writer, std::string_view request);
void flatten_traces(FlatWriter& writer, std::string_view request);

}  // namespace millrace::otlp
