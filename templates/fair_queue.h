#pragma once
// FairQueue: the items that wait for a lane, those of each source in a line of its own. The lines
// have turns, so that a source with very many or slow items keeps no other from being evaluated.
//
// A source is known by its list of templates, of which all its requests have the same object.
//
// Thread  one at a time.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "templates/template_job.h"

namespace millrace::templates {

using Items = std::vector<QueuedItem>;

class FairQueue {
public:
    struct Limits {
        std::size_t items_max;          // with so many waiting there is no room
        std::size_t own_items_max = 0;  // but for a source of which fewer than so many wait
    };
    explicit FairQueue(Limits limits) : limits_(limits) {}

    bool empty() const { return lines_.empty(); }
    std::size_t size() const { return items_; }
    bool has_room(const TemplateTexts& source) const;

    // These queue all, beyond the limits too: has_room() is asked before.
    void add(Items items);
    // To the front of their lines, in this order: items that were taken and not evaluated, because
    // one of the source `tired` took the time. Its line has its next turn after all others; the
    // lines of the others, which no worker has come to, have theirs first.
    void put_back(Items items, const TemplateTexts& tired);

    // The first items of the line that has its turn, and where those are all, of the next ones:
    // many sources with little each share a batch. None if nothing waits. An item that is `alone`
    // is the only one.
    Items take(std::size_t items_max);
    Items take_all();

private:
    struct Line {
        std::deque<QueuedItem> items;  // never empty
        std::uint64_t bytes = 0;       // of their bodies
    };
    using Source = const TemplateTexts*;

    Line& line_of(const QueuedItem& item);
    void move_turn(Source source, bool to_front);
    void count_in(Line& line, const QueuedItem& item);
    QueuedItem pop(Line& line);

    const Limits limits_;
    std::unordered_map<Source, Line> lines_;
    std::deque<Source> turns_;  // each line once
    std::size_t items_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace millrace::templates
