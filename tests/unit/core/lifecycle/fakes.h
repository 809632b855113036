#pragma once
// In-memory ports for tests of the lifecycle, made to be nastier than the real ones.
//
// What they do to the code under test:
//   - any call may fail, without or after having done its work (Unreliable);
//   - sources hand out three bytes at a time and tell about damage only at the end;
//   - the journal acts on requests late, and reports in any order.
// What they check themselves, as test failures: a level is deleted only after the catalog has the
// next one, states never go back, and what is not whole is never recorded as whole.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/crc32c.h"
#include "core/lifecycle/stores.h"
#include "core/ports/journal.h"
#include "tests/support/manual_executor.h"
#include "tests/support/quiet_journal.h"

namespace millrace::test {

// Decides the fate of every operation of all fakes, in the order they come.
class Unreliable {
public:
    enum class Fate { works, does_not_happen, happens_but_reports_failure };
    using Plan = std::function<Fate(int operation)>;

    static Fate works(int) { return Fate::works; }
    void set(Plan plan) {
        plan_ = std::move(plan);
        operations_ = 0;
        faults_ = 0;
    }
    int faults() const { return faults_; }

    template <typename Operation>
    auto run(std::string_view name, const Operation& operation) -> decltype(operation()) {
        const auto fate = plan_(operations_++);
        if (fate == Fate::works) return operation();
        ++faults_;
        if (fate == Fate::does_not_happen)
            return Error(Code::unavailable, std::string(name) + " failed");
        if (auto done = operation(); !done.ok()) return done;
        return Error(Code::unknown_outcome, std::string(name) + " timed out");
    }

private:
    Plan plan_ = works;
    int operations_ = 0;
    int faults_ = 0;
};

class DribblingSource : public ByteSource {
public:
    explicit DribblingSource(std::string bytes, std::optional<Error> at_end = std::nullopt)
        : bytes_(std::move(bytes)), at_end_(std::move(at_end)) {}

    Result<std::size_t> read(std::span<char> buffer) override {
        const auto count = std::min({buffer.size(), bytes_.size() - offset_, std::size_t{3}});
        if (count == 0 && at_end_) return *at_end_;
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset_), count, buffer.begin());
        offset_ += count;
        return count;
    }

private:
    std::string bytes_;
    std::optional<Error> at_end_;
    std::size_t offset_ = 0;
};

inline Result<std::string> read_all(ByteSource& source) {
    std::string text;
    char buffer[64];
    for (;;) {
        TRY_ASSIGN(const auto count, source.read(buffer));
        if (count == 0) return text;
        text.append(buffer, count);
    }
}

class FakeCatalog : public LifecycleCatalog {
public:
    explicit FakeCatalog(Unreliable& fate) : fate_(fate) {}

    struct Row {
        Slice slice;
        bool local_left = true;
        bool staged_left = false;
    };
    struct FileRow {
        File file;
        WallTime imported_at;
    };
    std::map<SliceId, Row> slices;
    std::map<FileId, FileRow> files;
    std::set<std::tuple<VolumeId, BatchNumber, BatchNumber>> lost;

    Result<void> record_sealed(const OpenSlice& slice) override {
        return fate_.run("record_sealed", [&]() -> Result<void> {
            const auto& opening = slice.opening;
            auto& file = open_file(opening.file, opening.sink, opening.opened_at, opening.volume);
            if (slices.contains(slice.opening.slice)) return {};
            EXPECT_LT(file.state, FileState::importing)
                << "a slice came after its file's import began";
            slices[slice.opening.slice].slice = {.opening = slice.opening,
                                                 .content = slice.content,
                                                 .state = SliceState::closing,
                                                 .staged_bytes = 0,
                                                 .staging_key = {},
                                                 .retry = {}};
            return {};
        });
    }
    Result<void> close_file(const OpenFile& closed) override {
        return fate_.run("close_file", [&]() -> Result<void> {
            auto& file = open_file(closed.id, closed.sink, closed.opened_at, closed.volume);
            if (file.state != FileState::writing) return {};
            file.state = FileState::closing;
            file.slices = closed.slices;
            return {};
        });
    }
    Result<std::optional<Slice>> find_slice(SliceId id) override {
        const auto found = slices.find(id);
        return found == slices.end() ? std::optional<Slice>() : found->second.slice;
    }
    Result<std::optional<File>> find_file(FileId id) override {
        const auto found = files.find(id);
        return found == files.end() ? std::optional<File>() : found->second.file;
    }
    Result<std::vector<OpenFile>> writing_files(const VolumeId& volume) override {
        using Found = Result<std::vector<OpenFile>>;
        return fate_.run("writing_files", [&]() -> Found {
            std::vector<OpenFile> found;
            for (const auto& [id, row] : files) {
                if (row.file.state != FileState::writing || row.file.volume != volume) continue;
                OpenFile file;
                file.id = id;
                file.sink = row.file.sink;
                file.opened_at = row.file.opened_at;
                for (const auto& slice : of(id)) {
                    ++file.slices;
                    file.rows += slice.content.rows;
                    file.bytes += slice.content.bytes;
                }
                found.push_back(file);
            }
            return found;
        });
    }
    int lists = 0;  // calls of slices_to_upload()
    Result<std::vector<Slice>> slices_to_upload(WallTime now, std::uint32_t limit) override {
        ++lists;
        return fate_.run("slices_to_upload", [&]() -> Result<std::vector<Slice>> {
            std::vector<Slice> due;
            for (const auto& [id, row] : slices) {
                if (row.slice.state < SliceState::uploaded && row.slice.retry.after <= now &&
                    due.size() < limit) {
                    due.push_back(row.slice);
                }
            }
            return due;
        });
    }
    Result<std::vector<File>> files_to_import(WallTime now, std::uint32_t limit) override {
        return fate_.run("files_to_import", [&]() -> Result<std::vector<File>> {
            std::vector<File> due;
            std::set<std::pair<SinkNumber, VolumeId>> seen;  // only the oldest file of a sink
            for (const auto& [id, row] : files) {
                const auto& file = row.file;
                if (file.state == FileState::imported ||
                    !seen.insert({file.sink.sink, file.volume}).second) {
                    continue;
                }
                const auto parts = of(id);
                const bool staged = std::all_of(parts.begin(), parts.end(), [](const Slice& slice) {
                    return slice.state == SliceState::uploaded;
                });
                if (file.state != FileState::writing && staged && parts.size() == file.slices &&
                    file.retry.after <= now && due.size() < limit) {
                    due.push_back(file);
                }
            }
            return due;
        });
    }
    Result<std::vector<Slice>> slices_of(FileId file) override {
        return fate_.run("slices_of", [&]() -> Result<std::vector<Slice>> { return of(file); });
    }
    Result<void> mark_uploading(SliceId id) override {
        return fate_.run("mark_uploading", [&]() -> Result<void> {
            auto& slice = slices.at(id).slice;
            EXPECT_LT(slice.state, SliceState::uploaded) << "a finished upload was started again";
            slice.state = SliceState::uploading;
            return {};
        });
    }
    Result<void> mark_uploaded(SliceId id, const std::string& key, std::uint64_t bytes) override {
        return fate_.run("mark_uploaded", [&]() -> Result<void> {
            auto& row = slices.at(id);
            EXPECT_EQ(row.slice.state, SliceState::uploading);
            EXPECT_TRUE(is_staged(key)) << "recorded as uploaded, and staging does not have it";
            row.slice.state = SliceState::uploaded;
            row.slice.staging_key = key;
            row.slice.staged_bytes = bytes;
            row.staged_left = true;
            return {};
        });
    }
    Result<void> mark_importing(FileId id) override {
        return fate_.run("mark_importing", [&]() -> Result<void> {
            auto& file = files.at(id).file;
            EXPECT_TRUE(file.state == FileState::closing || file.state == FileState::importing);
            file.state = FileState::importing;
            return {};
        });
    }
    Result<void> mark_imported(FileId id, WallTime now) override {
        return fate_.run("mark_imported", [&]() -> Result<void> {
            auto& row = files.at(id);
            EXPECT_EQ(row.file.state, FileState::importing);
            EXPECT_TRUE(of(id).empty() || is_in_target(id)) << "imported, and not in the target";
            row.file.state = FileState::imported;
            row.imported_at = now;
            for (auto& [slice, slice_row] : slices) {
                if (slice_row.slice.opening.file == id)
                    slice_row.slice.state = SliceState::imported;
            }
            return {};
        });
    }
    Result<void> retry_slice(SliceId id, const Retry& retry) override {
        return fate_.run("retry_slice", [&]() -> Result<void> {
            slices.at(id).slice.retry = retry;
            return {};
        });
    }
    Result<void> retry_file(FileId id, const Retry& retry) override {
        return fate_.run("retry_file", [&]() -> Result<void> {
            files.at(id).file.retry = retry;
            return {};
        });
    }
    Result<Leftovers> leftovers(std::uint32_t limit) override {
        return fate_.run("leftovers", [&]() -> Result<Leftovers> {
            Leftovers found;
            for (const auto& [id, row] : slices) {
                if (row.local_left && row.slice.state >= SliceState::uploaded &&
                    found.local.size() < limit) {
                    found.local.push_back({.volume = row.slice.opening.volume, .slice = id});
                }
                if (row.staged_left && row.slice.state == SliceState::imported &&
                    found.staged.size() < limit) {
                    found.staged.emplace_back(id, row.slice.staging_key);
                }
            }
            return found;
        });
    }
    Result<void> mark_local_removed(SliceId id) override {
        return fate_.run("mark_local_removed", [&]() -> Result<void> {
            slices.at(id).local_left = false;
            return {};
        });
    }
    Result<void> mark_staged_removed(SliceId id) override {
        return fate_.run("mark_staged_removed", [&]() -> Result<void> {
            slices.at(id).staged_left = false;
            return {};
        });
    }
    Result<std::uint64_t> delete_imported(const VolumeId& volume, WallTime before,
                                          Sequence checkpointed, std::uint32_t limit) override {
        return fate_.run("delete_imported", [&]() -> Result<std::uint64_t> {
            std::uint64_t count = 0;
            for (auto row = files.begin(); row != files.end() && count < limit;) {
                const auto parts = of(row->first);
                const bool is_done =
                    std::all_of(parts.begin(), parts.end(), [&](const Slice& slice) {
                        const auto& left = slices.at(slice.opening.slice);
                        return !left.local_left && !left.staged_left &&
                               slice.content.last_sequence <= checkpointed;
                    });
                if (row->second.file.state != FileState::imported || !is_done ||
                    row->second.imported_at >= before || row->second.file.volume != volume) {
                    ++row;
                    continue;
                }
                for (const auto& slice : parts) slices.erase(slice.opening.slice);
                row = files.erase(row);
                ++count;
            }
            return count;
        });
    }
    Result<std::optional<Uuid>> volume_id(const VolumeId&) override {
        return std::optional<Uuid>();
    }
    Result<BatchNumber> open_volume(const VolumeId&, const Uuid&, BatchNumber) override {
        return BatchNumber(0);
    }
    Result<void> record_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) override {
        return fate_.run("record_lost", [&]() -> Result<void> {
            lost.emplace(volume, first, last);
            return {};
        });
    }
    Result<bool> is_lost(const Ticket&) override { return false; }
    Result<std::vector<Slice>> slices_with(SinkNumber, const Ticket&) override {
        return std::vector<Slice>();
    }
    Result<SinkStatistics> statistics(SinkNumber) override { return SinkStatistics{}; }
    Result<std::vector<NumberedStatistics>> all_statistics() override {
        return std::vector<NumberedStatistics>{};
    }

    // Set by the other fakes: how the catalog's promises are checked.
    std::function<bool(const std::string& key)> is_staged = [](const auto&) { return true; };
    std::function<bool(FileId file)> is_in_target = [](FileId) { return true; };

private:
    File& open_file(FileId id, const SinkVersion& sink, WallTime opened_at,
                    const VolumeId& volume) {
        auto& row = files[id];
        row.file.id = id;
        row.file.sink = sink;
        row.file.opened_at = opened_at;
        row.file.volume = volume;
        return row.file;
    }
    std::vector<Slice> of(FileId file) const {
        std::vector<Slice> found;
        for (const auto& [id, row] : slices) {
            if (row.slice.opening.file == file) found.push_back(row.slice);
        }
        return found;
    }

    Unreliable& fate_;
};

// Knows mapping snapshots and nothing else.
class FakeDefinitions : public DefinitionCatalog {
public:
    explicit FakeDefinitions(Unreliable& fate) : fate_(fate) {}
    std::map<SinkVersion, MappingSnapshot> snapshots;
    int asked = 0;

    Result<MappingSnapshot> mapping(const SinkVersion& version) override {
        ++asked;
        return fate_.run("mapping", [&]() -> Result<MappingSnapshot> {
            const auto found = snapshots.find(version);
            if (found == snapshots.end()) return Error(Code::not_found, "no such mapping");
            return found->second;
        });
    }

    static Error none() { return Error(Code::internal, "not in this fake"); }
    Result<std::optional<Source>> find_source(const SourceKey&) override { return none(); }
    Result<std::optional<Sink>> find_sink(const SinkKey&) override { return none(); }
    Result<Page<Source>> sources(ProjectId, BranchId, const PageRequest&) override {
        return none();
    }
    Result<Page<Sink>> sinks(const SourceKey&, const PageRequest&) override { return none(); }
    Result<std::vector<Source>> all_sources() override { return none(); }
    Result<std::vector<Sink>> all_sinks(const SourceKey&) override { return none(); }
    Result<Page<Source>> deleted_sources(ProjectId, BranchId, const PageRequest&) override {
        return none();
    }
    Result<Page<Sink>> deleted_sinks(const SourceKey&, const PageRequest&) override {
        return none();
    }
    Result<std::vector<Sink>> sinks_with_deleted(const SourceKey&) override { return none(); }
    Result<std::vector<SinkKey>> sinks_of_table(const TableId&) override { return none(); }
    Result<std::map<SinkNumber, SinkKey>> sink_keys() override { return none(); }
    Result<Page<Version>> source_versions(const SourceKey&, const VersionPageRequest&) override {
        return none();
    }
    Result<Page<Version>> sink_versions(SinkNumber, const VersionPageRequest&) override {
        return none();
    }
    Result<std::optional<Source>> find_source_version(const SourceKey&, std::uint32_t) override {
        return none();
    }
    Result<std::optional<Sink>> find_sink_version(SinkNumber, std::uint32_t) override {
        return none();
    }
    Result<void> save(const DefinitionEdit&) override { return none(); }
    Result<void> remove_source(const SourceKey&) override { return none(); }
    Result<SinkNumber> next_sink_number() override { return none(); }
    Result<MappingVersion> newest_mapping(SinkNumber) override { return none(); }
    Result<void> save_task(const Task&) override { return none(); }
    Result<std::optional<Task>> find_task(ProjectId, const std::string&) override { return none(); }
    Result<std::vector<Task>> unfinished_tasks() override { return none(); }
    Result<void> delete_tasks(TaskStatus, WallTime) override { return none(); }

private:
    Unreliable& fate_;
};

class FakeSlices : public SealedSlices {
public:
    FakeSlices(Unreliable& fate, FakeCatalog& catalog) : fate_(fate), catalog_(catalog) {}

    std::map<SliceId, std::string> files;
    std::map<SliceId, OpenSlice> sealed;  // and not forgotten

    void forget(SliceId slice) {
        EXPECT_TRUE(catalog_.slices.contains(slice)) << "forgotten before the catalog has it";
        sealed.erase(slice);
    }
    Result<std::unique_ptr<ByteSource>> read(const Slice& slice) override {
        return fate_.run("read", [&]() -> Result<std::unique_ptr<ByteSource>> {
            const auto file = files.find(slice.opening.slice);
            if (file == files.end()) return Error(Code::not_found, "no such slice file");
            std::optional<Error> damage;
            if (crc32c(0, file->second) != slice.content.crc)
                damage = Error(Code::corrupt, "wrong CRC");
            return std::unique_ptr<ByteSource>(new DribblingSource(file->second, damage));
        });
    }
    Result<void> remove(const LocalSlice& slice) override {
        return fate_.run("remove local", [&]() -> Result<void> {
            EXPECT_GE(catalog_.slices.at(slice.slice).slice.state, SliceState::uploaded)
                << "a local file was deleted before its upload was recorded";
            files.erase(slice.slice);
            return {};
        });
    }

    Result<VolumeId> healthy_volume() override { return VolumeId("default"); }
    Result<void> add(const LocalSlice& slice, std::string_view csv) override {
        files[slice.slice] = csv;
        return {};
    }

private:
    Unreliable& fate_;
    FakeCatalog& catalog_;
};

class FakeStaging : public Staging {
public:
    FakeStaging(Unreliable& fate, FakeCatalog& catalog) : fate_(fate), catalog_(catalog) {
        catalog.is_staged = [this](const auto& key) { return objects.contains(key); };
    }

    std::map<std::string, std::string> objects;
    std::function<bool(const std::string& key)> refuses = [](const auto&) { return false; };

    Result<std::uint64_t> put(const std::string& key, ByteSource& csv, Encoding) override {
        return fate_.run("put", [&]() -> Result<std::uint64_t> {
            if (refuses(key)) return Error(Code::unavailable, "staging refuses");
            TRY_ASSIGN(auto text, read_all(csv));
            const auto bytes = text.size();
            objects[key] = std::move(text);
            return std::uint64_t{bytes};
        });
    }
    Result<std::unique_ptr<ByteSource>> get(const std::string& key, Compression) override {
        return fate_.run("get", [&]() -> Result<std::unique_ptr<ByteSource>> {
            const auto object = objects.find(key);
            if (object == objects.end()) return Error(Code::not_found, key);
            return std::unique_ptr<ByteSource>(new DribblingSource(object->second));
        });
    }
    Result<void> remove(const std::string& key) override {
        return fate_.run("remove staged", [&]() -> Result<void> {
            for (const auto& [id, row] : catalog_.slices) {
                if (row.slice.staging_key != key) continue;
                EXPECT_EQ(row.slice.state, SliceState::imported)
                    << "a staged object was deleted before its import was recorded";
            }
            objects.erase(key);
            return {};
        });
    }

private:
    Unreliable& fate_;
    FakeCatalog& catalog_;
};

class FakeTarget : public Target {
public:
    FakeTarget(Unreliable& fate, FakeCatalog& catalog) : fate_(fate) {
        catalog.is_in_target = [this](FileId file) { return ledger.contains(file); };
    }

    struct Entry {
        std::string digest;
        std::uint64_t rows = 0;
    };
    std::map<FileId, Entry> ledger;
    std::map<std::string, std::vector<std::string>> tables;  // rows in order of import
    std::function<bool(const ImportRequest& request)> refuses = [](const auto&) { return false; };

    Result<void> ensure_table(const TableSpec&) override { return {}; }
    Result<void> drop_table(const TableId&) override { return {}; }
    Result<ImportReceipt> import(const ImportRequest& request) override {
        return fate_.run("import", [&]() -> Result<ImportReceipt> {
            if (refuses(request)) return Error(Code::conflict, "the table is different");
            if (const auto known = ledger.find(request.file); known != ledger.end()) {
                if (known->second.digest != request.digest) {
                    ADD_FAILURE() << "the slice list of an imported file has changed";
                    return Error(Code::corrupt, "another digest");
                }
                return ImportReceipt{.rows = known->second.rows, .already_done = true};
            }
            std::vector<std::string> rows;
            for (std::uint32_t index = 0; index < request.slices; ++index) {
                TRY_ASSIGN(const auto source, request.open_slice(index));
                TRY_ASSIGN(const auto text, read_all(*source));
                for (std::size_t at = 0; at < text.size();) {
                    const auto end = text.find('\n', at);
                    rows.push_back(text.substr(at, end - at));
                    at = end + 1;
                }
            }
            auto& table = tables[request.table.id.text()];
            table.insert(table.end(), rows.begin(), rows.end());
            ledger[request.file] = {.digest = request.digest, .rows = rows.size()};
            return ImportReceipt{.rows = rows.size(), .already_done = false};
        });
    }

private:
    Unreliable& fate_;
};

// The journal of a volume without a disk: what was append()ed survives crash(), what was requested
// or not yet reported does not.
class FakeJournal : public testing_support::QuietJournal {
public:
    FakeJournal(FakeSlices& store, const ManualClock& clock, std::uint64_t seed)
        : store_(store), clock_(clock), random_(seed) {}

    int close_requests = 0;

    void append(const SinkVersion& sink, const std::string& row) {
        auto& file = files_[sink];
        if (file.id.value.is_nil()) {
            file.id = FileId(next_id());
            file.sink = sink;
            file.opened_at = clock_.wall();
        }
        if (!file.slice) {
            ++file.slices;
            file.slice = OpenSlice{};
            file.slice->opening = {.slice = SliceId(next_id()),
                                   .file = file.id,
                                   .sink = sink,
                                   .opened_at = clock_.wall()};
            file.slice->content.first_at = clock_.wall();
        }
        auto& content = file.slice->content;
        const auto line = row + "\n";
        store_.files[file.slice->opening.slice] += line;
        content.bytes += line.size();
        content.rows += 1;
        content.crc = crc32c(content.crc, line);
        content.last_at = clock_.wall();
        content.last_sequence = Sequence(++sequence_);
        file.bytes += line.size();
        file.rows += 1;
    }

    // Does what was asked and reports it, to `observer`, in any order. False if there was nothing.
    bool pump(VolumeObserver& observer) {
        auto requests = std::exchange(requests_, {});
        for (const auto& request : requests) request();
        auto reports = std::exchange(reports_, {});
        std::shuffle(reports.begin(), reports.end(), random_);
        for (const auto& report : reports) report(observer);
        return !requests.empty() || !reports.empty();
    }

    void crash() {
        requests_.clear();
        reports_.clear();
    }
    // After crash(): what has ended is reported once more, in any order.
    void recover(VolumeObserver& observer) {
        for (const auto& [id, slice] : store_.sealed) {
            reports_.push_back([slice = slice](auto& hears) { hears.slice_sealed(slice); });
        }
        for (const auto& file : closed_) {
            reports_.push_back([file](auto& hears) { hears.file_closed(file); });
        }
        pump(observer);
    }

    std::vector<OpenFile> open_files() const override {
        std::vector<OpenFile> open;
        for (const auto& [sink, file] : files_) open.push_back(file);
        return open;
    }
    void close_slice(SliceId slice) override {
        ++close_requests;
        requests_.push_back([this, slice] {
            for (auto& [sink, file] : files_) {
                if (file.slice && file.slice->opening.slice == slice) seal(file);
            }
        });
    }
    void close_file(FileId id) override {
        ++close_requests;
        requests_.push_back([this, id] {
            for (auto file = files_.begin(); file != files_.end(); ++file) {
                if (file->second.id != id) continue;
                if (file->second.slice) seal(file->second);
                reports_.push_back(
                    [closed = file->second](auto& observer) { observer.file_closed(closed); });
                closed_.push_back(file->second);
                files_.erase(file);
                return;
            }
        });
    }

    void slice_recorded(SliceId slice) override { store_.forget(slice); }

private:
    void seal(OpenFile& file) {
        const auto slice = *std::exchange(file.slice, std::nullopt);
        store_.sealed[slice.opening.slice] = slice;
        reports_.push_back([slice](auto& observer) { observer.slice_sealed(slice); });
    }
    Uuid next_id() {
        const auto number = ++ids_;  // the clock may stand still: the number keeps the order
        return make_uuid_v7(clock_.wall(), number, random_());
    }

    FakeSlices& store_;
    const ManualClock& clock_;
    std::mt19937_64 random_;
    std::map<SinkVersion, OpenFile> files_;
    std::vector<std::function<void()>> requests_;
    std::vector<std::function<void(VolumeObserver&)>> reports_;
    std::vector<OpenFile> closed_;
    std::uint64_t sequence_ = 0;
    std::uint64_t ids_ = 0;
};

// All fakes around one catalog, and sinks to use them with.
struct FakeStores {
    Unreliable fate;
    FakeCatalog catalog{fate};
    FakeDefinitions definitions{fate};
    FakeSlices slices{fate, catalog};
    FakeStaging staging{fate, catalog};
    FakeTarget target{fate, catalog};

    lifecycle::Stores stores() { return {catalog, definitions, slices, staging, target}; }

    SinkVersion add_sink(std::uint64_t number, const Settings& settings, std::uint32_t mapping = 1,
                         std::string_view table = {}) {
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
};

// Conditions that never hold by themselves, to change one of.
inline Settings patient_settings() {
    Settings settings = resolve_settings({});
    settings.upload = {.count = 1'000'000, .bytes = 1 << 30, .interval = std::chrono::hours(24)};
    settings.import = settings.upload;
    return settings;
}

}  // namespace millrace::test
