#pragma once
// In-memory ports for tests of the lifecycle, made to be nastier than the real ones.
//
// What they do to the code under test:
//   - any call may fail, without or after having done its work (Unreliable);
//   - sources hand out three bytes at a time and tell about damage only at the end;
//   - the journal acts on requests late, and reports in any order.
// What they check themselves, as test failures: a level is deleted only after the catalog has the
// next one, states never go back, and what is not whole is never recorded as whole.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/lifecycle/stores.h"
#include "core/ports/target_care.h"
#include "tests/unit/core/lifecycle/fake_catalog.h"
#include "tests/unit/core/lifecycle/fake_definitions.h"
#include "tests/unit/core/lifecycle/unreliable.h"

namespace millrace::test {

class DribblingSource : public ByteSource {
public:
    explicit DribblingSource(std::string bytes, std::optional<Error> at_end = std::nullopt)
        : bytes_(std::move(bytes)), at_end_(std::move(at_end)) {}

    Result<std::size_t> read(std::span<char> buffer) override;

private:
    std::string bytes_;
    std::optional<Error> at_end_;
    std::size_t offset_ = 0;
};

Result<std::string> read_all(ByteSource& source);

class FakeSlices : public SealedSlices {
public:
    FakeSlices(Unreliable& fate, FakeCatalog& catalog) : fate_(fate), catalog_(catalog) {}

    std::map<SliceId, std::string> files;
    std::map<SliceId, OpenSlice> sealed;  // and not forgotten
    std::function<bool(SliceId slice)> refuses_to_remove = [](SliceId) { return false; };

    void forget(SliceId slice);
    Result<std::unique_ptr<ByteSource>> read(const Slice& slice) override;
    bool is_here(const VolumeId&) const override { return true; }
    Result<void> remove(const LocalSlice& slice) override;

    Result<VolumeId> volume_of(const SourceId&) override;
    Result<void> add(const LocalSlice& slice, std::string_view csv) override;
    Result<std::unique_ptr<SliceOutput>> create(const LocalSlice&) override {
        return Error(Code::unavailable, "no slice is written piece by piece");
    }

private:
    Unreliable& fate_;
    FakeCatalog& catalog_;
};

class FakeStaging : public Staging {
public:
    FakeStaging(Unreliable& fate, FakeCatalog& catalog, StagingName called = kDefaultStaging)
        : name(std::move(called)), fate_(fate), catalog_(catalog) {
        catalog.is_staged = [this, others = catalog.is_staged](const auto& key) {
            return objects.contains(key) || others(key);
        };
    }

    StagingName name = kDefaultStaging;
    std::map<std::string, std::string> objects;
    std::function<bool(const std::string& key)> refuses = [](const auto&) { return false; };

    Result<std::uint64_t> put(const std::string& key, ByteSource& bytes) override;
    Result<std::unique_ptr<ByteSource>> get(const std::string& key) override;
    Result<void> remove(const std::string& key) override;
    Result<std::vector<std::string>> list(const ListPage& page) override;

private:
    Unreliable& fate_;
    FakeCatalog& catalog_;
};

// Packs nothing, and says so in the first byte: what was not packed cannot be unpacked.
class FakeCodec : public Codec {
public:
    std::unique_ptr<ByteSource> pack(ByteSource& plain, int level) override;
    std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed) override;
};

class FakeTarget : public Target, public TargetCare {
public:
    FakeTarget(Unreliable& fate, FakeCatalog& catalog) : fate_(fate), catalog_(catalog) {
        catalog.is_in_target = [this](FileId file) { return ledger.contains(file); };
    }

    struct Entry {
        std::string digest;
        std::uint64_t rows = 0;
    };
    std::map<FileId, Entry> ledger;
    std::map<FileId, std::string> notes;
    std::map<std::string, std::vector<std::string>> tables;  // rows in order of import
    std::function<bool(const ImportRequest& request)> refuses = [](const auto&) { return false; };
    std::function<bool(std::string_view row)> refuses_row = [](auto) { return false; };
    // Of the first byte of a slice, before its end is read.
    std::function<bool(char first)> refuses_byte = [](auto) { return false; };
    // What another installation does; no failure takes it back.
    std::function<void(const ImportRequest& request)> before_import = [](const auto&) {};
    // What refuses a row ends the transaction too, as RAISE(ROLLBACK) of a trigger does.
    bool refusal_ends_transaction = false;
    bool knows_other_imports = false;  // of an installation that went on behind a backup
    std::function<bool()> refuses_commit = [] { return false; };  // for no row that it would name

    Result<void> ensure_table(const TableSpec&) override { return {}; }
    Result<void> drop_table(const TableId&) override { return {}; }
    Result<bool> is_empty(const TableId&) override { return true; }
    Result<ImportReceipt> import(const ImportRequest& request) override;
    Result<std::vector<ImportReceipt>> import_all(std::span<const ImportRequest> requests) override;
    Result<std::optional<std::string>> imported_digest(const TableId& table, FileId file) override;
    Result<std::vector<RowRefusal>> find_refused(const ImportRequest& request,
                                                 std::size_t at_most) override;
    Result<void> forget(const TableId& table, const std::vector<FileId>& files) override;
    Result<void> forget_old(const OldImports& old) override {
        forgotten_old.push_back(old);
        return {};
    }
    Result<void> probe() override { return {}; }
    std::vector<OldImports> forgotten_old;

private:
    Result<std::vector<std::string>> taken_rows(const ImportRequest& request) const;
    Result<ImportReceipt> apply(const ImportRequest& request);

    Unreliable& fate_;
    FakeCatalog& catalog_;
};

// All fakes around one catalog, and sinks to use them with.
struct FakeStores {
    Unreliable fate;
    FakeCatalog catalog{fate};
    FakeDefinitions definitions{fate};
    FakeSlices slices{fate, catalog};
    FakeStaging staging{fate, catalog};
    FakeTarget target{fate, catalog};

    FakeCodec gzip;
    lifecycle::Stagings stagings{{{kDefaultStaging, &staging}}, kDefaultStaging};
    lifecycle::Targets targets{{{kDefaultTarget, &target}}};
    // Another configuration: the same with one more of each.
    FakeStaging cold{fate, catalog, StagingName("cold")};
    lifecycle::Stagings more_stagings{{{kDefaultStaging, &staging}, {StagingName("cold"), &cold}},
                                      StagingName("cold")};
    lifecycle::Targets more_targets{{{kDefaultTarget, &target}, {TargetName("lake"), &target}}};
    bool has_more = false;
    lifecycle::RemovalHold hold;

    lifecycle::Stores stores() {
        return {.catalog = catalog,
                .refused = catalog,
                .definitions = definitions,
                .slices = slices,
                .stagings = has_more ? more_stagings : stagings,
                .gzip = gzip,
                .targets = has_more ? more_targets : targets,
                .hold = &hold,
                .old_files = &catalog};
    }

    SinkVersion add_sink(std::uint64_t number, const Settings& settings, std::uint32_t mapping = 1,
                         std::string_view table = {});
};

// Conditions that never hold by themselves, to change one of.
Settings patient_settings();

}  // namespace millrace::test
