#include "tests/unit/core/lifecycle/fake_journal.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/crc32c.h"

namespace millrace::test {

void FakeJournal::append(const SinkVersion& sink, const std::string& row) {
    auto& file = files_[sink];
    if (file.id.value.is_nil()) {
        file.id = FileId(next_id());
        file.sink = sink;
        file.opened_at = clock_.wall();
    }
    if (!file.slice) {
        ++file.slices;
        file.slice = OpenSlice{};
        file.slice->opening = {
            .slice = SliceId(next_id()), .file = file.id, .sink = sink, .opened_at = clock_.wall()};
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

bool FakeJournal::pump(VolumeObserver& observer) {
    auto requests = std::exchange(requests_, {});
    for (const auto& request : requests) request();
    auto reports = std::exchange(reports_, {});
    std::shuffle(reports.begin(), reports.end(), random_);
    for (const auto& report : reports) report(observer);
    return !requests.empty() || !reports.empty();
}

void FakeJournal::crash() {
    requests_.clear();
    reports_.clear();
}

void FakeJournal::recover(VolumeObserver& observer) {
    for (const auto& [id, slice] : store_.sealed) {
        reports_.push_back([slice = slice](auto& hears) { hears.slice_sealed(slice); });
    }
    for (const auto& file : closed_) {
        reports_.push_back([file](auto& hears) { hears.file_closed(file); });
    }
    pump(observer);
}

std::vector<OpenFile> FakeJournal::open_files() const {
    std::vector<OpenFile> open;
    for (const auto& [sink, file] : files_) open.push_back(file);
    return open;
}

void FakeJournal::close_slice(SliceId slice) {
    ++close_requests;
    requests_.push_back([this, slice] {
        for (auto& [sink, file] : files_) {
            if (file.slice && file.slice->opening.slice == slice) seal(file);
        }
    });
}

void FakeJournal::close_file(FileId id) {
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

void FakeJournal::slice_recorded(SliceId slice) {
    store_.forget(slice);
}

void FakeJournal::seal(OpenFile& file) {
    const auto slice = *std::exchange(file.slice, std::nullopt);
    store_.sealed[slice.opening.slice] = slice;
    reports_.push_back([slice](auto& observer) { observer.slice_sealed(slice); });
}

Uuid FakeJournal::next_id() {
    const auto number = ++ids_;  // the clock may stand still: the number keeps the order
    return make_uuid_v7(clock_.age(), number, random_());
}

}  // namespace millrace::test
