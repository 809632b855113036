#include "templates/worker_wire.h"

#include <memory>
#include <utility>

namespace millrace::templates {
namespace {

class Writer {
public:
    Writer& u8(std::uint8_t value) {
        bytes_.push_back(static_cast<char>(value));
        return *this;
    }
    Writer& u64(std::uint64_t value) { return integer(value, 8); }
    Writer& u32(std::uint64_t value) { return integer(value, 4); }
    Writer& text(std::string_view text) {
        u32(text.size());
        bytes_.append(text);
        return *this;
    }
    Writer& maybe(const std::optional<std::string>& text) {
        u8(text ? 1 : 0);
        return text ? this->text(*text) : *this;
    }
    std::string take() { return std::move(bytes_); }

private:
    Writer& integer(std::uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) u8(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }

    std::string bytes_;
};

// Reads beyond the end give zeros and make ok() false.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
    std::uint64_t u64() { return integer(8); }
    std::string text() { return std::string(take(u32())); }
    std::optional<std::string> maybe() {
        if (u8() == 0) return std::nullopt;
        return text();
    }
    // How many of something follow, each at least a byte.
    std::size_t count() {
        const std::size_t count = u32();
        if (count > rest_.size()) ok_ = false;
        return ok_ ? count : 0;
    }

    bool ok() const { return ok_; }
    Result<void> finish() const {
        if (ok_ && rest_.empty()) return {};
        return Error(Code::corrupt, "a frame of a template worker is not what it should be");
    }

private:
    std::string_view take(std::size_t bytes) {
        if (bytes > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        const auto taken = rest_.substr(0, bytes);
        rest_.remove_prefix(bytes);
        return taken;
    }
    std::uint64_t integer(std::size_t bytes) {
        std::uint64_t value = 0;
        const auto taken = take(bytes);
        for (std::size_t i = 0; i < taken.size(); ++i) {
            value |= std::uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
        }
        return value;
    }

    std::string_view rest_;
    bool ok_ = true;
};

void write_record(Writer& out, const TemplateRecord& record) {
    const auto& request = *record.request;
    out.u64(static_cast<std::uint64_t>(request.arrived_at.unix_ms)).text(request.client_ip);
    out.u32(request.headers.size());
    for (const auto& [name, value] : request.headers) out.text(name).text(value);
    out.text(record.body).u8(record.is_json ? 1 : 0).maybe(record.json);
}

TemplateRecord read_record(Reader& in) {
    TemplateRequest request;
    request.arrived_at.unix_ms = static_cast<std::int64_t>(in.u64());
    request.client_ip = in.text();
    for (auto left = in.count(); left > 0; --left) {
        auto name = in.text();
        request.headers.emplace_back(std::move(name), in.text());
    }
    TemplateRecord record;
    record.request = std::make_shared<const TemplateRequest>(std::move(request));
    record.body = in.text();
    record.is_json = in.u8() != 0;
    record.json = in.maybe();
    return record;
}

}  // namespace

std::string encode_frame(FrameKind kind, std::string_view payload) {
    auto frame = Writer().u32(payload.size()).u8(static_cast<std::uint8_t>(kind)).take();
    frame.append(payload);
    return frame;
}

Result<FrameHead> decode_frame_head(std::string_view bytes) {
    Reader in(bytes);
    const auto size = in.u32();
    const auto kind = in.u8();
    TRY(in.finish());
    if (kind > static_cast<std::uint8_t>(FrameKind::died)) {
        return Error(Code::corrupt, "a template worker sent a frame of no known kind");
    }
    return FrameHead{.kind = static_cast<FrameKind>(kind), .payload_bytes = size};
}

std::string encode(const Setup& setup) {
    Writer out;
    out.u8(setup.only_check ? 1 : 0).u8(static_cast<std::uint8_t>(setup.niceness));
    out.u64(setup.limits.memory_bytes).u32(setup.limits.stack_frames);
    out.u64(setup.limits.output_bytes);
    out.u64(static_cast<std::uint64_t>(setup.limits.time.count()));
    out.u32(setup.templates.size());
    for (const auto& text : setup.templates) out.text(text);
    return out.take();
}

Result<Setup> decode_setup(std::string_view payload) {
    Reader in(payload);
    Setup setup;
    setup.only_check = in.u8() != 0;
    setup.niceness = in.u8();
    setup.limits.memory_bytes = in.u64();
    setup.limits.stack_frames = in.u32();
    setup.limits.output_bytes = in.u64();
    setup.limits.time = Milliseconds(static_cast<std::int64_t>(in.u64()));
    for (auto left = in.count(); left > 0; --left) setup.templates.push_back(in.text());
    TRY(in.finish());
    return setup;
}

std::string encode(const Problems& problems) {
    Writer out;
    out.u32(problems.size());
    for (const auto& problem : problems) out.maybe(problem);
    return out.take();
}

Result<Problems> decode_problems(std::string_view payload) {
    Reader in(payload);
    Problems problems;
    for (auto left = in.count(); left > 0; --left) problems.push_back(in.maybe());
    TRY(in.finish());
    return problems;
}

std::string encode_batch(std::span<const TemplateRecord* const> records,
                         std::span<const Item> items) {
    Writer out;
    out.u32(records.size());
    for (const auto* const record : records) write_record(out, *record);
    out.u32(items.size());
    for (const auto& item : items) out.u32(item.record_index).u32(item.template_index);
    return out.take();
}

Result<Batch> decode_batch(std::string_view payload) {
    Reader in(payload);
    Batch batch;
    for (auto left = in.count(); left > 0; --left) batch.records.push_back(read_record(in));
    for (auto left = in.count(); left > 0; --left) {
        const auto record_index = in.u32();
        batch.items.push_back({.record_index = record_index, .template_index = in.u32()});
    }
    TRY(in.finish());
    return batch;
}

std::string encode(const Results& results) {
    Writer out;
    out.u8(results.ended ? 1 : 0).u32(results.items.size());
    for (const auto& item : results.items) {
        out.u8(static_cast<std::uint8_t>(item.outcome)).text(item.text);
    }
    return out.take();
}

Result<Results> decode_results(std::string_view payload) {
    Reader in(payload);
    Results results;
    results.ended = in.u8() != 0;
    bool known = true;
    for (auto left = in.count(); left > 0; --left) {
        const auto outcome = in.u8();
        known = known && outcome <= static_cast<std::uint8_t>(Outcome::too_large);
        results.items.push_back({.outcome = static_cast<Outcome>(outcome), .text = in.text()});
    }
    TRY(in.finish());
    if (!known) return Error(Code::corrupt, "a template worker sent no known outcome");
    return results;
}

std::string encode(const Died& died) {
    Writer out;
    out.u8(static_cast<std::uint8_t>(died.death)).u8(died.item ? 1 : 0);
    return out.u32(died.item.value_or(0)).take();
}

Result<Died> decode_died(std::string_view payload) {
    Reader in(payload);
    const auto death = in.u8();
    const bool has_item = in.u8() != 0;
    const auto item = in.u32();
    TRY(in.finish());
    if (death > static_cast<std::uint8_t>(Death::outside)) {
        return Error(Code::corrupt, "a template worker died in no known way");
    }
    return Died{.death = static_cast<Death>(death),
                .item = has_item ? std::optional(item) : std::nullopt};
}

}  // namespace millrace::templates
