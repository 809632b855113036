#include "tests/sim/volume_world.h"

#include <algorithm>

#include "core/base/csv.h"
#include "tests/support/outcome_bytes.h"

namespace millrace::sim {
namespace {

const std::string kVolume = "/data/volumes/default";
const Fingerprint kSource = fingerprint_of({"topic"});
constexpr std::uint64_t kSinks = 3;
constexpr std::size_t kColumns = 2;

SinkVersion sink(std::uint64_t number) {
    return {SinkNumber(number), MappingVersion(1)};
}

}  // namespace

VolumeWorld::VolumeWorld(SimDisk& disk, std::uint64_t seed) : disk_(disk), rng_(seed) {}

VolumeWorld::~VolumeWorld() {
    kill();
}

Result<void> VolumeWorld::start() {
    scheduler_ = std::make_unique<SimScheduler>(clock_, rng_.next());
    recovered_.clear();
    latest_ = std::max(latest_, clock_.age());
    if (rng_.chance(30)) clock_.set_back(std::chrono::minutes(10));
    if (rng_.chance(30)) clock_.set_ahead(std::chrono::hours(100));
    if (rng_.chance(30)) clock_.lose_ages(std::chrono::minutes(1));
    recovered_at_ = clock_.age();
    newest_ = catalog_.newest_waiting(VolumeId("default")).value();
    for (const auto& [id, file] : catalog_.files()) known_.insert(id.value);
    for (const auto& [id, slice] : catalog_.slices()) known_.insert(id.value);
    auto& slices_thread = scheduler_->make_executor();
    auto& journal_thread = scheduler_->make_executor();
    auto& background = scheduler_->make_executor();
    slices_ = std::make_unique<local::SliceFiles>(
        disk_, clock_, slices_thread,
        local::SliceFiles::Options{
            .directory = kVolume + "/slices", .gather_bytes = 200, .gather_all_bytes = 1500},
        local::SliceEvents{.write_failed = nullptr, .sync_failed = [this](const Error& error) {
                               check(journal_ != nullptr,
                                     "a failure was told before there was a journal");
                               journal_->fail(error);
                           }});
    const journal::VolumeJournal::Surroundings around{.disk = disk_,
                                                      .clock = clock_,
                                                      .rng = rng_,
                                                      .executor = journal_thread,
                                                      .background = background,
                                                      .slices = *slices_,
                                                      .catalog = catalog_,
                                                      .losses = catalog_,
                                                      .registry = catalog_};
    const journal::VolumeJournal::Options options{.volume = VolumeId("default"),
                                                  .volume_directory = kVolume,
                                                  .segment_bytes = 8 << 10,
                                                  .checkpoint_bytes = 6 << 10,
                                                  .distance_bytes_max = 64 << 10};
    const journal::JournalEvents events{
        .frame_synced = [this](const auto& frame) { told_rows_ += frame.rows; },
        .volume_failed = nullptr,
        .checkpoint_failed = [this](const Error&) { ++checkpoint_failures_; },
        .answer_recovered =
            [this](const RememberedAnswer& answer) {
                recovered_.insert_or_assign(answer.request.key, answer);
            }};
    // A recovery takes its time, and the other threads do what they are posted meanwhile.
    disk_.before_each([this] {
        if (rng_.chance(5)) scheduler_->run_for(Milliseconds(rng_.below(4000)));
    });
    const auto prepared = slices_->prepare();
    auto opened = journal::VolumeJournal::open(around, options, events, prepared);
    disk_.before_each(nullptr);
    latest_ = std::max(latest_, clock_.age());
    if (!opened.ok()) {
        kill();
        return std::move(opened).error();
    }
    journal_ = std::move(opened).value();
    for (const auto& file : journal_->open_files()) known_.insert(file.id.value);
    for (const auto& slice : journal_->local_slices()) {
        known_.insert(slice.opening.slice.value);
        known_.insert(slice.opening.file.value);
    }
    journal_->start(*this);
    return {};
}

void VolumeWorld::kill() {
    if (scheduler_ != nullptr) scheduler_->drop_all();
    journal_.reset();
    slices_.reset();
    scheduler_.reset();
}

void VolumeWorld::submit() {
    RowBatch batch;
    batch.arrived_at = clock_.wall();
    batch.age = clock_.age();
    batch.may_wait = rng_.chance(30);
    std::vector<std::string> texts;
    Taken taken;
    const auto groups = rng_.below(4);  // none: somebody asks whether the journal takes rows
    for (std::uint64_t g = 0; g < groups; ++g) {
        RowGroup group{.sink = sink(1 + rng_.below(kSinks))};
        const auto begin = batch.csv.size();
        for (auto rows = 1 + rng_.below(3); rows > 0; --rows) {
            auto text =
                "row \"" + std::to_string(next_row_++) + "\"\n" + std::string(rng_.below(120), 'x');
            append_csv_value(batch.csv, text);
            batch.csv.push_back(',');
            append_csv_value(batch.csv, std::to_string(group.sink.sink.value));
            batch.csv.push_back('\n');
            sent_.insert(text);
            taken.rows.emplace(group.sink.sink, text);
            texts.push_back(std::move(text));
            ++group.rows;
        }
        group.bytes = batch.csv.size() - begin;
        batch.groups.push_back(group);
    }
    std::vector<Fingerprint> keys;
    for (auto answers = rng_.chance(50) ? 1 + rng_.below(2) : 0; answers > 0; --answers) {
        batch.answers.push_back(make_answer());
        keys.push_back(batch.answers.back().request.key);
        keyed_.emplace(keys.back(), Keyed{.answer = batch.answers.back(), .texts = texts});
    }
    std::vector<std::pair<std::string, std::size_t>> places;  // in positioned_
    for (auto positions = rng_.below(3); positions > 0; --positions) {
        batch.positions.push_back(make_position());
        auto& of_partition = positioned_[batch.positions.back().partition];
        places.emplace_back(batch.positions.back().partition, of_partition.size());
        of_partition.push_back({.position = batch.positions.back(), .texts = texts});
    }
    std::vector<SinkNumber> sinks;
    for (const auto& group : batch.groups) sinks.push_back(group.sink.sink);
    batch.done = [this, texts, keys, places, sinks](const Result<void>& result) {
        if (!result.ok()) return;
        for (const auto& [partition, place] : places) {
            for (const auto& one : sinks) {
                check_behind(one, positioned_.at(partition)[place].position);
            }
        }
        answered_rows_ += texts.size();
        check(answered_rows_ <= told_rows_, "rows were answered before their frame was told");
        acknowledged_.insert(texts.begin(), texts.end());
        for (const auto& key : keys) keyed_.at(key).is_acknowledged = true;
        for (const auto& [partition, place] : places) {
            positioned_.at(partition)[place].is_acknowledged = true;
        }
    };
    // A refusal is an answer too: these rows were not acknowledged.
    const auto ticket = journal_->submit(std::move(batch));
    if (!ticket.ok()) return;
    taken.ticket = ticket.value();
    taken_.push_back(std::move(taken));
}

RememberedAnswer VolumeWorld::make_answer() {
    const auto number = std::to_string(keyed_.size());
    const auto now = clock_.age();
    const auto window =
        rng_.chance(50) ? Milliseconds(1 + rng_.below(3000)) : Milliseconds(std::chrono::hours(24));
    return {.request = {.source = fingerprint_of({"source"}),
                        .key = fingerprint_of({"key", number}),
                        .request = fingerprint_of({"request", number})},
            .arrived_at = now,
            .expires_at = now + window,
            .outcome = testing_support::outcome_bytes({.status = 200,
                                                       .media = 2,
                                                       .records = 1,
                                                       .headers = "X: " + number + "\r\n",
                                                       .body = std::string(rng_.below(100), 'a')})};
}

// One that no batch had before. Some partitions have one position and no newer one that could stand
// for it when it is lost. Now and then the source begins again.
SourcePosition VolumeWorld::make_position() {
    const auto partition = rng_.chance(20) ? "once " + std::to_string(positioned_.size())
                                           : "p" + std::to_string(rng_.below(3));
    const auto& before = positioned_[partition];
    SourcePosition position{.source = kSource, .partition = partition};
    if (!before.empty()) position = before.back().position;
    if (rng_.chance(5)) {
        ++position.epoch;
        position.next_offset = 0;
    }
    position.next_offset += 1 + rng_.below(5);
    return position;
}

void VolumeWorld::step() {
    const auto dice = rng_.below(100);
    if (dice < 25) {
        submit();
    } else if (dice < 92) {
        scheduler_->run_one();
    } else if (dice < 98) {
        const auto files = journal_->open_files();
        if (files.empty()) return;
        const auto& file = files[rng_.below(files.size())];
        if (rng_.chance(40)) {
            journal_->close_file(file.id);
        } else if (file.slice) {
            journal_->close_slice(file.slice->opening.slice);
        }
    } else {
        journal_->checkpoint([](const Result<void>&) {});
    }
}

void VolumeWorld::settle() {
    scheduler_->run_for(std::chrono::seconds(3));
}

bool VolumeWorld::checkpoint() {
    bool stored = false;
    journal_->checkpoint([&stored](const Result<void>& result) { stored = result.ok(); });
    settle();
    return stored;
}

void VolumeWorld::accept_failure() {
    // It is not there when its own writing failed; then there is nothing to accept.
    static_cast<void>(disk_.remove(kVolume + "/FAILED").ok());
    static_cast<void>(disk_.sync_directory(kVolume).ok());
}

void VolumeWorld::slice_sealed(const OpenSlice& slice) {
    check(catalog_.record_sealed(slice).ok(), "the catalog in memory failed");
    journal_->slice_recorded(slice.opening.slice);
}

void VolumeWorld::file_closed(const OpenFile& file) {
    check(catalog_.close_file(file).ok(), "the catalog in memory failed");
}

void VolumeWorld::file_covers(const CoveredPositions& covered) {
    ++covers_;
    for (const auto& position : covered.positions) {
        covered_[covered.sink].insert_or_assign(position.partition, position);
    }
}

void VolumeWorld::check_behind(SinkNumber sink, const SourcePosition& position) const {
    const auto covered = covered_.find(sink);
    if (covered == covered_.end()) return;
    const auto known = covered->second.find(position.partition);
    check(known == covered->second.end() || is_newer(position, known->second),
          "rows of sink {} came with a position that an earlier file covers", sink.value);
}

void VolumeWorld::batches_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) {
    check(catalog_.record_lost(volume, first, last).ok(), "the catalog in memory failed");
}

void VolumeWorld::checkpointed(const VolumeId&, Sequence sequence) {
    std::map<FileId, std::uint32_t> ended;  // slices that the catalog may forget
    for (const auto& [id, slice] : catalog_.slices()) {
        if (slice.content.last_sequence <= sequence) ++ended[slice.opening.file];
    }
    std::vector<FileId> forgettable;
    for (const auto& [id, file] : catalog_.files()) {
        if (file.state == FileState::closing && ended[id] == file.slices) forgettable.push_back(id);
    }
    for (const auto id : forgettable) forget(id);
}

void VolumeWorld::forget(FileId file) {
    auto imported = imported_;
    std::vector<std::string> paths;
    for (const auto& [id, slice] : catalog_.slices()) {
        if (slice.opening.file != file) continue;
        paths.push_back(kVolume + "/slices/" + to_string(id) + ".csv");
        // A disk that fails now is read at the next checkpoint.
        if (!count_rows(paths.back(), slice.content, imported).ok()) return;
    }
    imported_ = std::move(imported);
    for (const auto& [id, slice] : catalog_.slices()) {
        if (slice.opening.file != file) continue;
        forgotten_batches_[slice.opening.sink.sink].emplace_back(slice.content.first_batch,
                                                                 slice.content.last_batch);
    }
    // A name that stays harms nobody.
    for (const auto& path : paths) static_cast<void>(disk_.remove(path).ok());
    catalog_.forget(file);
    ++forgotten_;
}

Result<void> VolumeWorld::count_rows(const std::string& path, const SliceContent& content,
                                     std::map<std::string, int>& seen) {
    TRY_ASSIGN(auto file, disk_.open(path, Disk::Open::existing));
    std::string bytes(content.bytes, '\0');
    TRY_ASSIGN(const auto count,
               file->read_at(0, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))));
    if (count != bytes.size()) return Error(Code::corrupt, path + " is too short");
    CsvRowReader reader(kColumns);
    reader.feed(bytes);
    while (true) {
        TRY_ASSIGN(const bool more, reader.next());
        if (!more) break;
        ++seen[reader.row()[0]];
    }
    TRY(reader.finish());
    if (reader.rows() != content.rows)
        return Error(Code::corrupt, path + " has another number of rows");
    return {};
}

std::string VolumeWorld::verdict() {
    auto seen = imported_;
    const auto count = [&](SliceId slice, const SliceContent& content) -> std::string {
        if (content.rows == 0) return "";
        const auto counted =
            count_rows(kVolume + "/slices/" + to_string(slice) + ".csv", content, seen);
        return counted.ok() ? "" : counted.error().operator_text();
    };
    for (const auto& [id, slice] : catalog_.slices()) {
        if (auto problem = count(id, slice.content); !problem.empty()) return problem;
    }
    for (const auto& file : journal_->open_files()) {
        if (!file.slice) continue;
        if (auto problem = count(file.slice->opening.slice, file.slice->content); !problem.empty())
            return problem;
    }
    for (const auto& text : acknowledged_) {
        const auto found = seen.find(text);
        if (found == seen.end()) return "lost: " + text;
    }
    for (const auto& [text, times] : seen) {
        if (!sent_.contains(text)) return "never sent: " + text;
        if (times != 1) return "there " + std::to_string(times) + " times: " + text;
    }
    if (auto problem = verdict_on_keys(seen); !problem.empty()) return problem;
    if (auto problem = verdict_on_positions(seen); !problem.empty()) return problem;
    // Every file that is closed has as many slices as it was closed with.
    std::map<FileId, std::uint32_t> slices_of;
    for (const auto& [id, slice] : catalog_.slices()) ++slices_of[slice.opening.file];
    for (const auto& [id, file] : catalog_.files()) {
        if (file.state == FileState::closing && slices_of[id] != file.slices) {
            return fmt::format("file {} was closed with {} slices and has {}", to_string(id),
                               file.slices, slices_of[id]);
        }
    }
    return receipts_verdict(seen);
}

// What a receipt says of a batch that was taken is what became of its rows.
std::string VolumeWorld::receipts_verdict(const std::map<std::string, int>& seen) {
    const auto local = journal_->local_slices();
    for (const auto& [ticket, rows] : taken_) {
        for (const auto& [number, text] : rows) {
            const bool lost = catalog_.is_lost(ticket, number).value();
            const auto place = fmt::format("batch {} of sink {}", ticket.batch.value, number.value);
            if (lost && seen.contains(text))
                return place + " is called lost, and is there: " + text;
            if (journal_->state_of(ticket) != BatchState::durable)
                return place + " is called waiting";
            if (lost) continue;
            if (!seen.contains(text)) return place + " is gone, and not called lost: " + text;
            const auto covers = [&](const SliceContent& content) {
                return content.first_batch <= ticket.batch && ticket.batch <= content.last_batch;
            };
            const auto& old = forgotten_batches_[number];
            const bool has_slice =
                !catalog_.slices_with(number, ticket).value().empty() ||
                std::any_of(local.begin(), local.end(),
                            [&, sink = number](const OpenSlice& slice) {
                                return slice.opening.sink.sink == sink && covers(slice.content);
                            }) ||
                std::any_of(old.begin(), old.end(), [&](const auto& range) {
                    return range.first <= ticket.batch && ticket.batch <= range.second;
                });
            if (!has_slice) return place + " is in no slice: " + text;
        }
    }
    return "";
}

// Of this life, so it is to be asked at its end.
std::string VolumeWorld::verdict_on_order() const {
    const auto is_late = [&](const Uuid& id) { return known_.contains(id) || id > newest_; };
    const auto early = [](const Uuid& id) { return to_string(id) + " comes before what waits"; };
    for (const auto& [id, file] : catalog_.files()) {
        if (!is_late(id.value)) return early(id.value);
    }
    for (const auto& [id, slice] : catalog_.slices()) {
        if (!is_late(id.value)) return early(id.value);
    }
    if (journal_ == nullptr) return "";
    for (const auto& file : journal_->open_files()) {
        if (!is_late(file.id.value)) return early(file.id.value);
    }
    for (const auto& slice : journal_->local_slices()) {
        const auto& id = slice.opening.slice.value;
        if (!is_late(id)) return early(id);
    }
    return "";
}

std::string VolumeWorld::verdict_on_keys(const std::map<std::string, int>& seen) {
    for (const auto& [key, keyed] : keyed_) {
        if (!keyed.is_acknowledged || keyed.answer.expires_at <= latest_) continue;
        ++remembered_;
        if (!recovered_.contains(key)) return "forgotten: the key of " + keyed.answer.outcome;
    }
    for (const auto& [key, answer] : recovered_) {
        const auto found = keyed_.find(key);
        if (found == keyed_.end() || found->second.answer != answer)
            return "a key that was never sent";
        if (answer.expires_at <= recovered_at_) return "expired: the key of " + answer.outcome;
        for (const auto& text : found->second.texts) {
            if (!seen.contains(text)) return "a key without its row: " + text;
        }
    }
    return "";
}

std::string VolumeWorld::verdict_on_positions(const std::map<std::string, int>& seen) {
    const auto told = journal_->positions_of(kSource);
    if (has_failed()) return told.ok() ? "a failed volume tells positions" : "";
    if (!told.ok()) return "no positions: " + told.error().operator_text();
    std::map<std::string, SourcePosition> newest;
    for (const auto& position : told.value()) newest.emplace(position.partition, position);
    for (const auto& [partition, batches] : positioned_) {
        const auto found = newest.find(partition);
        bool is_known = found == newest.end();
        for (const auto& batch : batches) {
            const bool counts = found != newest.end() && !is_newer(batch.position, found->second);
            const bool is_newest = counts && batch.position == found->second;
            const auto place = fmt::format("position {}/{} of {}", batch.position.epoch,
                                           batch.position.next_offset, partition);
            if (batch.is_acknowledged && !counts) return "lost: " + place;
            positioned_count_ += batch.is_acknowledged ? 1 : 0;
            is_known = is_known || is_newest;
            for (const auto& text : batch.texts) {
                const bool is_there = seen.contains(text);
                if (is_there && !counts) return "a row without its " + place + ": " + text;
                if (!is_there && is_newest) return "without its row: " + place + ": " + text;
            }
        }
        if (!is_known) return "a position of " + partition + " that was never sent";
    }
    return "";
}

}  // namespace millrace::sim
