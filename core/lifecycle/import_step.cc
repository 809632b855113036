#include "core/lifecycle/import_step.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/lifecycle/earlier_import.h"
#include "core/lifecycle/file_rows.h"
#include "core/lifecycle/refused_rows.h"
#include "core/lifecycle/slice_digest.h"

namespace millrace::lifecycle {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

// The slices of the file, when they are all there and all staged.
Result<std::vector<Slice>> staged_slices(const File& file, FileCatalog& catalog) {
    TRY_ASSIGN(auto slices, catalog.slices_of(file.id));
    if (slices.size() != file.slices) {
        return Error(Code::corrupt,
                     fmt::format("the catalog has {} slices, the file was closed with {}",
                                 slices.size(), file.slices));
    }
    for (const auto& slice : slices) {
        if (slice.state != SliceState::uploaded) {
            return Error(Code::corrupt,
                         fmt::format("slice {} is {}, not uploaded", to_string(slice.opening.slice),
                                     to_string(slice.state)));
        }
    }
    return slices;
}

// A file that is about to be imported, with what the target is told of it.
struct Prepared {
    ImportedFile file;
    bool is_of_load = false;
    KnownKeys known_keys = KnownKeys::replace;
    std::optional<WholeFile> whole = {};
    ImportNote note = {};  // once no file in front of it waits
    std::uint64_t earlier_waiting = 0;
    const Slice* opened = nullptr;  // the last that the target has asked for

    // Whether it was set aside from another file, which may be in the target with it.
    bool is_part() const { return whole && whole->id != file.file; }
};

// That of the whole file, which has to stay where it is: the request refers to it.
ImportRequest request_of(Prepared& prepared, const MappingSnapshot& snapshot, WallTime now,
                         const Stores& stores, const std::atomic<bool>& stop) {
    const auto& file = prepared.file;
    ImportRequest request{
        .file = file.file,
        .table = table_spec(snapshot.table, snapshot.columns),
        .rows = 0,
        .bytes = file.bytes,
        .digest = slice_digest(file.slices),
        .slices = static_cast<std::uint32_t>(file.slices.size()),
        .open_slice =
            [&prepared, &stores](std::uint32_t index) {
                prepared.opened = &prepared.file.slices.at(index);
                return open_slice(*prepared.opened, stores);
            },
        .now = now,
        .only_missing = prepared.known_keys == KnownKeys::keep,
        .stop = &stop,
    };
    for (const auto& slice : file.slices) request.rows += slice.content.rows;
    return request;
}

Result<void> prepare(const File& file, const Stores& stores, Prepared& prepared) {
    auto& [id, slices, rows, bytes, refused, already_done] = prepared.file;
    id = file.id;
    TRY_ASSIGN(slices, staged_slices(file, stores.catalog));
    TRY_ASSIGN(auto known, stores.refused.refused_rows(file.id));
    prepared.is_of_load = known.is_of_load;
    prepared.known_keys = known.known_keys;
    prepared.whole = std::move(known.whole);
    prepared.note = {.owner = std::move(known.covered_owner), .text = std::move(known.covered)};
    prepared.earlier_waiting = known.earlier_waiting;
    refused = std::move(known.rows);
    for (const auto& slice : slices) {
        TRY(stores.stagings.at(slice.staged.staging));
        rows += slice.content.rows;
        bytes += slice.content.bytes;
    }
    if (refused.size() > rows) {
        return Error(Code::corrupt,
                     fmt::format("{} of {} rows are known as refused", refused.size(), rows));
    }
    rows -= refused.size();
    return stores.catalog.mark_importing(file.id);
}

// Whether the slice is what was sealed.
Result<void> prove(const Slice& slice, const Stores& stores, const std::atomic<bool>& stop) {
    TRY_ASSIGN(const auto bytes, open_slice(slice, stores));
    std::vector<char> buffer(kPieceBytes);
    while (!stop) {
        TRY_ASSIGN(const auto count, bytes->read(buffer));
        if (count == 0) break;
    }
    return {};
}

// A slice that has changed in staging may be no CSV, or have a value that is none of its column,
// long before its end, where it is proved: then the target fails for what it read. Says which slice
// that was, and that it is damaged where it is.
Error with_slice(Error error, std::span<const Prepared> prepared, const Stores& stores,
                 const std::atomic<bool>& stop) {
    if (error.code() != Code::corrupt) return error;
    const Slice* last = nullptr;
    for (const auto& one : prepared) last = one.opened != nullptr ? one.opened : last;
    if (last == nullptr) return error;
    const auto id = to_string(last->opening.slice);
    if (error.operator_text().find(id) != std::string::npos) return error;
    auto proved = prove(*last, stores, stop);
    const bool is_damaged = !proved.ok() && (proved.error().code() == Code::corrupt ||
                                             proved.error().code() == Code::not_found);
    if (is_damaged) return std::move(proved).error();
    return std::move(error).in("slice " + id);
}

Result<std::vector<ImportedFile>> import_prepared(std::span<Prepared> prepared,
                                                  const MappingSnapshot& snapshot,
                                                  const Instant& now, const Stores& stores,
                                                  const std::atomic<bool>& stop) {
    TRY_ASSIGN(auto* const target, stores.targets.at(snapshot.target));
    std::vector<ImportRequest> requests;
    std::vector<ImportedFile*> with_rows;
    for (auto& one : prepared) {
        auto& file = one.file;
        if (file.slices.empty()) continue;  // is only marked
        requests.push_back(without_rows(request_of(one, snapshot, now.wall, stores, stop),
                                        file.slices, file.refused));
        // Those that wait in front of it are imported with it.
        const auto place = static_cast<std::uint64_t>(&one - prepared.data());
        if (one.earlier_waiting == place) requests.back().note = one.note;
        with_rows.push_back(&file);
    }
    std::size_t done = 0;
    if (!requests.empty()) {
        auto tried = target->import_all(requests);
        if (!tried.ok()) return with_slice(std::move(tried).error(), prepared, stores, stop);
        const auto receipts = std::move(tried).value();
        for (; done < receipts.size(); ++done) {
            auto& file = *with_rows.at(done);
            // Pairs with the counts written when the slices were sealed.
            if (receipts[done].rows != file.rows) {
                return Error(Code::corrupt,
                             fmt::format("{} rows arrived in {}, {} were staged",
                                         receipts[done].rows, snapshot.table.text(), file.rows));
            }
            file.already_done = receipts[done].already_done;
        }
    }
    // Those before the first that the target has left for later.
    const auto* const left = done < with_rows.size() ? with_rows[done] : nullptr;
    std::vector<ImportedFile> imported;
    std::vector<FileId> ids;
    for (auto& one : prepared) {
        if (&one.file == left) break;
        ids.push_back(one.file.file);
        imported.push_back(std::move(one.file));
    }
    TRY(stores.catalog.mark_all_imported(ids, now));
    return imported;
}

Result<std::vector<ImportedFile>> import_together(std::span<const File> files,
                                                  const MappingSnapshot& snapshot,
                                                  const Instant& now, const Stores& stores,
                                                  const std::atomic<bool>& stop) {
    TRY(stores.targets.at(snapshot.target));
    std::vector<Prepared> prepared(files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        TRY(prepare(files[i], stores, prepared[i]));
        if (prepared[i].is_part()) {
            return Error(Code::conflict, "a part of another file is imported by itself");
        }
    }
    return import_prepared(prepared, snapshot, now, stores, stop);
}

constexpr auto kUnclear =
    "the target has file {}, of which slices were set aside as this file, with the digest {}: by "
    "an installation that went on behind the backup of this one. Whether it has these slices "
    "cannot be told. Look into the table, load what it lacks from GET .../files/{}/rows, and "
    "discard this file";

// One file, in rounds: whatever one finds to be left out, the next one leaves out.
class OneImport {
public:
    OneImport(File file, const MappingSnapshot& snapshot, const Instant& now, const Stores& stores,
              const std::atomic<bool>& stop)
        : file_(std::move(file)), snapshot_(snapshot), now_(now), stores_(stores), stop_(stop) {}

    Result<std::vector<ImportedFile>> run() {
        TRY_ASSIGN(target_, stores_.targets.at(snapshot_.target));
        for (int round = 0;; ++round) {
            TRY(look());
            auto imported = attempt();
            if (imported.ok() || (!begins_anew_ && !is_row_refused(imported.error()))) {
                return imported;
            }
            const auto& why = imported.error();
            if (round < kRounds) {
                if (begins_anew_) continue;
                auto found = leave_out_refused(why);
                if (!found.ok()) {
                    return with_slice(std::move(found).error(), std::span(&prepared_, 1), stores_,
                                      stop_);
                }
                if (found.value()) continue;
            }
            return Error(why.code(), why.operator_text());  // without the name
        }
    }

private:
    // Rows that are refused by themselves are all found at once. Others may show up when those are
    // left out: there is a next attempt for them.
    static constexpr int kRounds = 4;

    Result<void> look() {
        if (std::exchange(begins_anew_, false)) {
            TRY_ASSIGN(auto changed, stores_.catalog.find_file(file_.id));
            if (changed) file_ = std::move(*changed);
        }
        prepared_ = {};
        return prepare(file_, stores_, prepared_);
    }

    // The error may be of an attempt after which the file `begins_anew_`.
    Result<std::vector<ImportedFile>> attempt() {
        if (prepared_.is_part()) {
            TRY_ASSIGN(const auto recorded,
                       target_->imported_digest(snapshot_.table, prepared_.whole->id));
            TRY_ASSIGN(const auto earlier, compare(recorded));
            if (earlier == EarlierImport::all) return mark_as_there();
            if (earlier == EarlierImport::some) return to_begin_anew();
            if (earlier == EarlierImport::unclear) {
                return Error(Code::conflict, fmt::format(kUnclear, to_string(prepared_.whole->id),
                                                         *recorded, to_string(file_.id)));
            }
        }
        auto imported = import_prepared(std::span(&prepared_, 1), snapshot_, now_, stores_, stop_);
        if (imported.ok() || imported.error().code() != Code::corrupt) return imported;
        // Perhaps because the target has the file with another digest.
        const auto recorded = target_->imported_digest(snapshot_.table, file_.id);
        if (!recorded.ok() || recorded.value() == digest_now()) return imported;
        TRY_ASSIGN(const auto earlier, compare(recorded.value()));
        if (earlier == EarlierImport::all) return mark_as_there();
        if (earlier == EarlierImport::some) return to_begin_anew();
        return imported;
    }

    ImportRequest request() { return request_of(prepared_, snapshot_, now_.wall, stores_, stop_); }
    // With which the attempt has asked for the file.
    std::string digest_now() {
        const auto& file = prepared_.file;
        return without_rows(request(), file.slices, file.refused).digest;
    }

    // With an import by an installation that went on behind the backup of this one.
    Result<EarlierImport> compare(const std::optional<std::string>& recorded) {
        if (!recorded) return EarlierImport::none;
        if (prepared_.is_of_load) return EarlierImport::unclear;
        const auto& whole = prepared_.whole ? prepared_.whole->slices : prepared_.file.slices;
        return compare_with_earlier(prepared_.file, request(), whole, *recorded, now_.wall,
                                    stores_);
    }

    Result<std::vector<ImportedFile>> mark_as_there() {
        prepared_.file.already_done = true;
        TRY(stores_.catalog.mark_all_imported({file_.id}, now_));
        return std::vector<ImportedFile>{std::move(prepared_.file)};
    }

    Error to_begin_anew() {
        begins_anew_ = true;
        return {Code::unavailable, "the target has some of the file; what it has not was left out"};
    }

    // After `why`, that a row of the file is refused. Returns whether more rows are left out now.
    Result<bool> leave_out_refused(const Error& why) {
        if (!prepared_.is_of_load) {
            return record_refused_rows(request(), prepared_.file.slices, prepared_.file.refused,
                                       *target_, stores_.refused);
        }
        auto found = first_refused_row(request(), *target_);
        if (!found.ok()) {
            // No part of it can be tried, as its trigger ends the transaction: it is refused whole.
            if (found.error().code() != Code::conflict) return std::move(found).error();
            return Error(why.code(), found.error().client_text()).named(why.name());
        }
        if (found.value().empty()) return false;
        return Error(why.code(), std::move(found).value()).named(why.name());
    }

    File file_;
    const MappingSnapshot& snapshot_;
    const Instant now_;
    const Stores& stores_;
    const std::atomic<bool>& stop_;
    Target* target_ = nullptr;
    Prepared prepared_;
    bool begins_anew_ = false;  // an import by another installation has changed what is left
};

}  // namespace

Result<ImportedFile> import_file(const File& file, const MappingSnapshot& snapshot,
                                 const Instant& now, const Stores& stores,
                                 const std::atomic<bool>& stop) {
    TRY_ASSIGN(auto imported, OneImport(file, snapshot, now, stores, stop).run());
    return std::move(imported.front());
}

Result<std::vector<ImportedFile>> import_files(std::span<const File> files,
                                               const MappingSnapshot& snapshot, const Instant& now,
                                               const Stores& stores,
                                               const std::atomic<bool>& stop) {
    if (files.size() > 1) {
        auto imported = import_together(files, snapshot, now, stores, stop);
        if (imported.ok() || stop) return imported;
    }
    return OneImport(files.front(), snapshot, now, stores, stop).run();
}

Result<void> remove_staged(SliceId slice, const StagedObject& object, const Stores& stores) {
    if (!stores.may_remove()) return {};
    TRY_ASSIGN(auto* const staging, stores.stagings.at(object.staging));
    TRY(staging->remove(object.key));
    return stores.catalog.mark_staged_removed(slice);
}

}  // namespace millrace::lifecycle
