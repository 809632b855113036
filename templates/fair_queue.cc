#include "templates/fair_queue.h"

#include <utility>

namespace millrace::templates {
namespace {

constexpr std::uint64_t kBytesMax = 64 << 20;
constexpr std::uint64_t kBatchBytesMax = 1 << 20;

std::uint64_t bytes_of(const QueuedItem& item) {
    return item.record().body.size();
}

}  // namespace

bool FairQueue::has_room(const TemplateTexts& source) const {
    if (items_ < limits_.items_max && bytes_ < kBytesMax) return true;
    const auto found = lines_.find(&source);
    if (found == lines_.end()) return limits_.own_items_max > 0;
    return found->second.items.size() < limits_.own_items_max &&
           found->second.bytes < kBatchBytesMax;
}

FairQueue::Line& FairQueue::line_of(const QueuedItem& item) {
    const Source source = &item.job->texts();
    const auto [found, is_new] = lines_.try_emplace(source);
    if (is_new) turns_.push_back(source);
    return found->second;
}

void FairQueue::count_in(Line& line, const QueuedItem& item) {
    ++items_;
    bytes_ += bytes_of(item);
    line.bytes += bytes_of(item);
}

void FairQueue::add(Items items) {
    for (auto& item : items) {
        auto& line = line_of(item);
        count_in(line, item);
        line.items.push_back(std::move(item));
    }
}

// From the last to the first, so that the one that is first stays so.
void FairQueue::put_back(Items items, const TemplateTexts& tired) {
    Source moved = &tired;
    for (; !items.empty(); items.pop_back()) {
        const Source source = &items.back().job->texts();
        auto& line = line_of(items.back());
        count_in(line, items.back());
        line.items.push_front(std::move(items.back()));
        if (source != &tired && source != moved) move_turn(source, true);
        moved = source;
    }
    // It may have got a line of its own meanwhile, even if nothing of it came back.
    if (lines_.contains(&tired)) move_turn(&tired, false);
}

void FairQueue::move_turn(Source source, bool to_front) {
    std::erase(turns_, source);
    if (to_front) {
        turns_.push_front(source);
    } else {
        turns_.push_back(source);
    }
}

QueuedItem FairQueue::pop(Line& line) {
    auto item = std::move(line.items.front());
    line.items.pop_front();
    --items_;
    bytes_ -= bytes_of(item);
    line.bytes -= bytes_of(item);
    return item;
}

Items FairQueue::take(std::size_t items_max) {
    Items taken;
    std::uint64_t bytes = 0;
    const auto is_full = [&] { return taken.size() >= items_max || bytes >= kBatchBytesMax; };
    bool is_over = turns_.empty();
    while (!is_over) {
        const auto source = turns_.front();
        auto& line = lines_.at(source);
        const auto before = taken.size();
        while (!line.items.empty() && !is_full()) {
            const bool is_alone = line.items.front().is_alone;
            if (is_alone && !taken.empty()) break;
            taken.push_back(pop(line));
            bytes += bytes_of(taken.back());
            if (is_alone) break;
        }
        if (taken.size() == before) break;  // its first is to be alone: it keeps the next turn
        is_over = !line.items.empty() || is_full() || taken.back().is_alone;
        turns_.pop_front();
        if (line.items.empty()) {
            lines_.erase(source);
        } else {
            turns_.push_back(source);
        }
        is_over = is_over || turns_.empty();
    }
    return taken;
}

Items FairQueue::take_all() {
    Items all;
    for (auto& [source, line] : lines_) {
        for (auto& item : line.items) all.push_back(std::move(item));
    }
    lines_.clear();
    turns_.clear();
    items_ = 0;
    bytes_ = 0;
    return all;
}

}  // namespace millrace::templates
