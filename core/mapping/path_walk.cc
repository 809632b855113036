#include "core/mapping/path_walk.h"

#include <algorithm>

#include "core/mapping/json_text.h"

namespace millrace::mapping {

void PathWalk::begin(const PathTrie* paths) {
    paths_ = paths;
    if (paths_ != nullptr && entered_.size() < paths_->states()) entered_.resize(paths_->states());
    begin_text();
}

void PathWalk::begin_text() {
    notes_.clear();
    if (++text_ != 0) return;
    // The counter has been through all its values: old marks would count again.
    std::ranges::fill(entered_, 0);
    text_ = 1;
}

PathWalk::StateId PathWalk::escaped_member(StateId object, std::string_view key) {
    if (object == kUnwanted) return kUnwanted;
    key_.clear();
    append_unescaped(key_, key);
    const auto bytes = key_.size();
    key_.append(kKeyPadding, '\0');
    return member(object, std::string_view(key_).substr(0, bytes));
}

PathWalk::StateId PathWalk::element_of(StateId array, std::uint32_t index) const {
    const auto elements = paths_->elements(array);
    const auto found = std::ranges::lower_bound(elements, index, {}, &PathTrie::Element::index);
    return found != elements.end() && found->index == index ? found->state : kUnwanted;
}

void PathWalk::note_part(std::span<const Note> part, std::size_t begin) {
    for (auto note : part) {
        note.value.begin += static_cast<std::uint32_t>(begin);
        notes_.push_back(note);
    }
}

void PathWalk::find(std::size_t begin, std::span<FoundValue> values) const {
    for (const auto& note : notes_) {
        auto& value = values[note.slot];
        value = note.value;
        value.begin -= static_cast<std::uint32_t>(begin);
    }
}

}  // namespace millrace::mapping
