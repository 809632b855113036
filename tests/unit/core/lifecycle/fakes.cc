#include "tests/unit/core/lifecycle/fakes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/crc32c.h"
#include "core/ports/refused_row_search.h"

namespace millrace::test {

Result<std::size_t> DribblingSource::read(std::span<char> buffer) {
    const auto count = std::min({buffer.size(), bytes_.size() - offset_, std::size_t{3}});
    if (count == 0 && at_end_) return *at_end_;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset_), count, buffer.begin());
    offset_ += count;
    return count;
}

Result<std::string> read_all(ByteSource& source) {
    std::string text;
    char buffer[64];
    for (;;) {
        TRY_ASSIGN(const auto count, source.read(buffer));
        if (count == 0) return text;
        text.append(buffer, count);
    }
}

void FakeSlices::forget(SliceId slice) {
    EXPECT_TRUE(catalog_.slices.contains(slice)) << "forgotten before the catalog has it";
    sealed.erase(slice);
}

Result<std::unique_ptr<ByteSource>> FakeSlices::read(const Slice& slice) {
    return fate_.run("read", [&]() -> Result<std::unique_ptr<ByteSource>> {
        const auto file = files.find(slice.opening.slice);
        if (file == files.end()) return Error(Code::not_found, "no such slice file");
        std::optional<Error> damage;
        if (crc32c(0, file->second) != slice.content.crc)
            damage = Error(Code::corrupt, "wrong CRC");
        return std::unique_ptr<ByteSource>(new DribblingSource(file->second, damage));
    });
}

Result<void> FakeSlices::remove(const LocalSlice& slice) {
    return fate_.run("remove local", [&]() -> Result<void> {
        EXPECT_GE(catalog_.slices.at(slice.slice).slice.state, SliceState::uploaded)
            << "a local file was deleted before its upload was recorded";
        if (refuses_to_remove(slice.slice)) return Error(Code::unavailable, "it stays");
        files.erase(slice.slice);
        return {};
    });
}

Result<VolumeId> FakeSlices::volume_of(const SourceId& /*source*/) {
    return VolumeId("default");
}

Result<void> FakeSlices::add(const LocalSlice& slice, std::string_view csv) {
    files[slice.slice] = csv;
    return {};
}

Result<std::uint64_t> FakeStaging::put(const std::string& key, ByteSource& bytes) {
    return fate_.run("put", [&]() -> Result<std::uint64_t> {
        if (refuses(key)) return Error(Code::unavailable, "staging refuses");
        TRY_ASSIGN(auto text, read_all(bytes));
        const auto size = text.size();
        objects[key] = std::move(text);
        return std::uint64_t{size};
    });
}

Result<std::unique_ptr<ByteSource>> FakeStaging::get(const std::string& key) {
    return fate_.run("get", [&]() -> Result<std::unique_ptr<ByteSource>> {
        const auto object = objects.find(key);
        if (object == objects.end()) return Error(Code::not_found, key);
        return std::unique_ptr<ByteSource>(new DribblingSource(object->second));
    });
}

Result<void> FakeStaging::remove(const std::string& key) {
    return fate_.run("remove staged", [&]() -> Result<void> {
        for (const auto& [id, row] : catalog_.slices) {
            if (row.slice.staged.key != key || row.slice.staged.staging != name) continue;
            EXPECT_GE(row.slice.state, SliceState::imported)
                << "a staged object was deleted before its import was recorded";
        }
        objects.erase(key);
        return {};
    });
}

Result<std::vector<std::string>> FakeStaging::list(const ListPage& page) {
    return fate_.run("list", [&]() -> Result<std::vector<std::string>> {
        std::vector<std::string> keys;
        for (auto object = objects.upper_bound(page.after);
             object != objects.end() && keys.size() < page.limit; ++object) {
            if (object->first.starts_with(page.prefix)) keys.push_back(object->first);
        }
        return keys;
    });
}

namespace {

constexpr char kPacked = 'Z';

class PackedSource : public ByteSource {
public:
    explicit PackedSource(ByteSource& plain) : plain_(plain) {}
    Result<std::size_t> read(std::span<char> buffer) override {
        if (std::exchange(has_begun_, true)) return plain_.read(buffer);
        buffer[0] = kPacked;
        return std::size_t{1};
    }

private:
    ByteSource& plain_;
    bool has_begun_ = false;
};

class UnpackedSource : public ByteSource {
public:
    explicit UnpackedSource(std::unique_ptr<ByteSource> packed) : packed_(std::move(packed)) {}
    Result<std::size_t> read(std::span<char> buffer) override {
        if (!std::exchange(has_begun_, true)) {
            char first = 0;
            TRY_ASSIGN(const auto count, packed_->read(std::span(&first, 1)));
            if (count == 0 || first != kPacked) return Error(Code::corrupt, "not packed");
        }
        return packed_->read(buffer);
    }

private:
    std::unique_ptr<ByteSource> packed_;
    bool has_begun_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> FakeCodec::pack(ByteSource& plain, int) {
    return std::make_unique<PackedSource>(plain);
}

std::unique_ptr<ByteSource> FakeCodec::unpack(std::unique_ptr<ByteSource> packed) {
    return std::make_unique<UnpackedSource>(std::move(packed));
}

Result<ImportReceipt> FakeTarget::apply(const ImportRequest& request) {
    if (refuses(request)) return Error(Code::conflict, "the table is different");
    if (const auto known = ledger.find(request.file); known != ledger.end()) {
        if (known->second.digest != request.digest) {
            EXPECT_TRUE(knows_other_imports) << "the slice list of an imported file has changed";
            return Error(Code::corrupt, "the ledger has the file with the digest of another");
        }
        return ImportReceipt{.rows = known->second.rows, .already_done = true};
    }
    TRY_ASSIGN(const auto rows, taken_rows(request));
    if (refuses_commit()) return Error(Code::conflict, "a deferred constraint");
    auto& table = tables[request.table.id.text()];
    table.insert(table.end(), rows.begin(), rows.end());
    ledger[request.file] = {.digest = request.digest, .rows = rows.size()};
    if (!request.note.owner.empty()) notes[request.file] = request.note.text;
    return ImportReceipt{.rows = rows.size(), .already_done = false};
}

// Refuses the first row that the table does not take.
Result<std::vector<std::string>> FakeTarget::taken_rows(const ImportRequest& request) const {
    std::vector<std::string> rows;
    for (std::uint32_t index = 0; index < request.slices; ++index) {
        if (request.stop != nullptr && *request.stop) return Error(Code::unavailable, "stopped");
        TRY_ASSIGN(const auto source, request.open_slice(index));
        std::string text(1, '\0');
        TRY_ASSIGN(const auto count, source->read(text));
        text.resize(count);
        if (count > 0 && refuses_byte(text.front())) {
            return Error(Code::corrupt, fmt::format("slice {} of {}: row 1: no whole number",
                                                    index + 1, request.slices));
        }
        TRY_ASSIGN(const auto rest, count > 0 ? read_all(*source) : std::string());
        text += rest;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            rows.push_back(text.substr(at, end - at));
            at = end + 1;
        }
    }
    if (std::ranges::none_of(rows, refuses_row)) return rows;
    return Error(Code::conflict, "the constraint is violated")
        .named(error_names::kImportRowRefused);
}

Result<std::vector<RowRefusal>> FakeTarget::find_refused(const ImportRequest& request,
                                                         std::size_t at_most) {
    return fate_.run("find_refused", [&] {
        return find_refused_rows(request, at_most, [&](const ImportRequest& part) {
            const auto rows = taken_rows(part);
            if (!rows.ok() && refusal_ends_transaction) {
                return TriedRows{
                    .outcome = Error(Code::conflict, "refused; no row can be left out"), .line = 0};
            }
            return TriedRows{.outcome = rows.ok() ? Result<void>() : rows.error(), .line = 0};
        });
    });
}

Result<std::optional<std::string>> FakeTarget::imported_digest(const TableId&, FileId file) {
    return fate_.run("imported_digest", [&]() -> Result<std::optional<std::string>> {
        const auto known = ledger.find(file);
        if (known == ledger.end()) return std::optional<std::string>();
        return std::optional(known->second.digest);
    });
}

Result<ImportReceipt> FakeTarget::import(const ImportRequest& request) {
    return fate_.run("import", [&] { return apply(request); });
}

Result<std::vector<ImportReceipt>> FakeTarget::import_all(std::span<const ImportRequest> requests) {
    return fate_.run("import", [&]() -> Result<std::vector<ImportReceipt>> {
        for (const auto& request : requests) before_import(request);
        const auto ledger_before = ledger;
        const auto tables_before = tables;
        std::vector<ImportReceipt> receipts;
        for (const auto& request : requests) {
            auto receipt = apply(request);
            if (!receipt.ok()) {
                ledger = ledger_before;
                tables = tables_before;
                return std::move(receipt).error();
            }
            receipts.push_back(receipt.value());
        }
        return receipts;
    });
}

Result<void> FakeTarget::forget(const TableId&, const std::vector<FileId>& files) {
    return fate_.run("forget", [&]() -> Result<void> {
        for (const auto& file : files) {
            EXPECT_EQ(catalog_.files.at(file).file.state, FileState::imported)
                << "the target forgot a file that may be imported again";
            ledger.erase(file);
        }
        return {};
    });
}

SinkVersion FakeStores::add_sink(std::uint64_t number, const Settings& settings,
                                 std::uint32_t mapping, std::string_view table) {
    const SinkVersion version{SinkNumber(number), MappingVersion(mapping)};
    const auto name =
        table.empty() ? "in.c-shop.sink" + std::to_string(number) : std::string(table);
    MappingSnapshot snapshot;
    snapshot.table = TableId::parse(name).value();
    snapshot.columns.resize(2);
    snapshot.columns[0].name = "id";
    snapshot.columns[0].primary_key = true;
    snapshot.columns[1].name = "body";
    snapshot.settings = settings;
    definitions.snapshots[version] = snapshot;
    return version;
}

Settings patient_settings() {
    Settings settings = resolve_settings({});
    settings.upload = {.count = 1'000'000, .bytes = 1 << 30, .interval = std::chrono::hours(24)};
    settings.import = settings.upload;
    return settings;
}

}  // namespace millrace::test
