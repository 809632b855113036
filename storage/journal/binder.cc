#include "storage/journal/binder.h"

#include <algorithm>
#include <utility>

namespace millrace::journal {

void Binder::restore(const OpenFile& file) {
    check(!files_.contains(file.sink), "two open files of sink {}", file.sink.sink.value);
    files_.emplace(file.sink, file);
    by_id_.emplace(file.id, file.sink);
    if (file.slice) slices_.emplace(file.slice->opening.slice, file.sink);
}

void Binder::begin_after(const SliceOpening& opening) {
    newest_id_ = std::max({newest_id_, opening.slice.value, opening.file.value});
}

void Binder::begin_after(const Uuid& id) {
    newest_id_ = std::max(newest_id_, id);
}

Uuid Binder::next_id(AgeTime now) {
    auto id = rng_.uuid_v7(now);
    if (id <= newest_id_) {
        // RFC 9562 6.2, method 2: not the next number, which a life before this one may have given
        // to something that is forgotten.
        id = newest_id_;
        auto rest = std::uint64_t{1} + static_cast<std::uint32_t>(rng_.next());
        for (auto byte = id.bytes.rbegin(); byte != id.bytes.rend() && rest > 0; ++byte) {
            rest += *byte;
            *byte = static_cast<std::uint8_t>(rest);
            rest >>= 8;
        }
    }
    newest_id_ = id;
    return id;
}

SliceId Binder::bind(const RowGroup& group, const Arrival& arrival,
                     std::optional<SliceOpening>& opened) {
    auto found = files_.find(group.sink);
    if (found == files_.end()) {
        before_.push_back({.sink = group.sink, .file = std::nullopt});
    } else if (!found->second.slice ||
               found->second.slice->content.last_sequence != arrival.frame) {  // not in this frame
        before_.push_back({.sink = group.sink, .file = found->second});
    }
    if (found == files_.end()) {
        OpenFile file;
        file.id = FileId(next_id(arrival.age));
        file.sink = group.sink;
        file.opened_at = arrival.at;
        file.volume = volume_;
        found = files_.emplace(group.sink, file).first;
        by_id_.emplace(file.id, group.sink);
    }
    auto& file = found->second;
    if (!file.slice) {
        opened = SliceOpening{.slice = SliceId(next_id(arrival.age)),
                              .file = file.id,
                              .sink = group.sink,
                              .opened_at = arrival.at,
                              .volume = volume_};
        file.slice = OpenSlice{.opening = *opened,
                               .content = {.first_at = arrival.at, .first_batch = arrival.batch}};
        slices_.emplace(opened->slice, group.sink);
        ++file.slices;
    }
    auto& content = file.slice->content;
    content.rows += group.rows;
    content.bytes += group.bytes;
    content.last_at = arrival.at;
    content.last_sequence = arrival.frame;
    content.last_batch = arrival.batch;
    file.rows += group.rows;
    file.bytes += group.bytes;
    return file.slice->opening.slice;
}

void Binder::undo() {
    for (auto before = before_.rbegin(); before != before_.rend(); ++before) {
        const auto undone = close(files_.find(before->sink));
        if (undone.slice) sealing_.erase(undone.slice->opening.slice);
        if (before->file) restore(*before->file);
    }
    before_.clear();
}

bool Binder::close_slice(SliceId slice) {
    const auto found = slices_.find(slice);
    if (found == slices_.end()) return false;
    auto& file = files_.at(found->second);
    close_slice_of(file);
    file.slice.reset();
    return true;
}

void Binder::close_slice_of(OpenFile& file) {
    const auto slice = file.slice->opening.slice;
    sealing_.emplace(slice, *file.slice);
    slices_.erase(slice);
}

OpenFile Binder::close(std::unordered_map<SinkVersion, OpenFile>::iterator file) {
    auto closed = std::move(file->second);
    files_.erase(file);
    by_id_.erase(closed.id);
    if (closed.slice) close_slice_of(closed);
    return closed;
}

std::optional<OpenFile> Binder::close_file(FileId file) {
    const auto found = by_id_.find(file);
    if (found == by_id_.end()) return std::nullopt;
    return close(files_.find(found->second));
}

std::vector<OpenFile> Binder::close_versions(SinkNumber sink, MappingVersion below) {
    std::vector<OpenFile> closed;
    for (auto file = files_.begin(); file != files_.end();) {
        const auto next = std::next(file);
        if (file->first.sink == sink && file->first.mapping < below) closed.push_back(close(file));
        file = next;
    }
    return closed;
}

void Binder::restore_sealing(const OpenSlice& slice) {
    sealing_.emplace(slice.opening.slice, slice);
}

std::vector<OpenSlice> Binder::local_slices() const {
    std::vector<OpenSlice> slices;
    for (const auto& [id, slice] : sealing_) slices.push_back(slice);
    for (const auto& [version, file] : files_) {
        if (file.slice) slices.push_back(*file.slice);
    }
    return slices;
}

std::vector<OpenFile> Binder::open_files() const {
    std::vector<OpenFile> files;
    files.reserve(files_.size());
    for (const auto& [version, file] : files_) files.push_back(file);
    return files;
}

bool Binder::has_open_file(SinkNumber sink) const {
    return std::ranges::any_of(files_, [&](const auto& file) { return file.first.sink == sink; });
}

}  // namespace millrace::journal
