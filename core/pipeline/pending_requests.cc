#include "core/pipeline/pending_requests.h"

#include <algorithm>
#include <utility>

namespace millrace::pipeline {
namespace {

constexpr std::size_t kRequestsMax = 4096;
constexpr std::size_t kBytesMax = 64 << 20;

bool is_of(const Request& request, const SourceAddress& address) {
    const auto& key = request.route->key;
    return key.project == address.project && key.source == address.source;
}

}  // namespace

SourceAddress address_of(const SourceRoute& route) {
    return {.project = route.key.project, .source = route.key.source};
}

bool PendingRequests::has_room() const {
    return requests_.size() < kRequestsMax && bytes_ < kBytesMax;
}

PendingRequests::Id PendingRequests::add(RequestPtr request) {
    const auto id = request->waits_as ? *request->waits_as : next_++;
    request->waits_as = id;
    const auto bytes = request->bytes();
    requests_.emplace(id, std::move(request));
    bytes_ += bytes;
    return id;
}

void PendingRequests::set_bytes_elsewhere(Id id, std::size_t bytes) {
    auto& request = *requests_.at(id);
    bytes_ -= request.bytes();
    request.bytes_elsewhere = bytes;
    bytes_ += request.bytes();
}

RequestPtr PendingRequests::take(Id id) {
    const auto found = requests_.find(id);
    if (found == requests_.end()) return nullptr;
    auto request = std::move(found->second);
    requests_.erase(found);
    bytes_ -= request->bytes();
    request->bytes_elsewhere = 0;
    return request;
}

bool PendingRequests::is_left(const Wait& wait) const {
    const auto end = requests_.lower_bound(wait.before);
    return std::none_of(requests_.begin(), end,
                        [&](const auto& pending) { return is_of(*pending.second, wait.address); });
}

void PendingRequests::when_empty(const SourceAddress& address, std::function<void()> then) {
    waits_.push_back({.address = address, .before = next_, .then = std::move(then)});
    settle();
}

bool PendingRequests::is_awaited(const SourceAddress& address) const {
    return std::any_of(waits_.begin(), waits_.end(),
                       [&](const Wait& wait) { return wait.address == address; });
}

void PendingRequests::settle() {
    for (auto wait = waits_.begin(); wait != waits_.end();) {
        if (!is_left(*wait)) {
            ++wait;
            continue;
        }
        const auto then = std::move(wait->then);
        wait = waits_.erase(wait);
        if (then) then();
    }
}

void PendingRequests::clear() {
    requests_.clear();
    bytes_ = 0;
    settle();
}

}  // namespace millrace::pipeline
