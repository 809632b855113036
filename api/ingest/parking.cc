#include "api/ingest/parking.h"

#include <algorithm>
#include <utility>

namespace millrace::ingest {
namespace {

constexpr std::size_t kRequestsMax = 4096;
constexpr std::size_t kBytesMax = 64 << 20;

}  // namespace

ParkedRequest::ParkedRequest(const Record& from, pipeline::SourceAddress at)
    : address(std::move(at)) {
    std::size_t bytes = from.client_ip.size() + from.content_type.size() + from.body.size();
    for (const auto& header : from.headers) bytes += header.name.size() + header.value.size();
    texts_.reserve(bytes);  // views must stay
    const auto keep = [this](std::string_view text) {
        const auto begin = texts_.size();
        texts_.append(text);
        return std::string_view(texts_).substr(begin);
    };
    for (const auto& header : from.headers) {
        const auto name = keep(header.name);
        headers_.push_back({.name = name, .value = keep(header.value)});
    }
    record_ = {.arrived_at = from.arrived_at,
               .client_ip = keep(from.client_ip),
               .headers = headers_,
               .content_type = keep(from.content_type),
               .body = keep(from.body),
               .age = from.age};
}

bool Parking::has_room() const {
    return requests_.size() < kRequestsMax && bytes_ < kBytesMax;
}

Parking::Id Parking::park(std::unique_ptr<ParkedRequest> request) {
    return park_again(next_++, std::move(request));
}

Parking::Id Parking::park_again(Id id, std::unique_ptr<ParkedRequest> request) {
    bytes_ += request->bytes();
    requests_.emplace(id, std::move(request));
    return id;
}

void Parking::set_bytes_elsewhere(Id id, std::size_t bytes) {
    auto& request = *requests_.at(id);
    bytes_ -= request.bytes();
    request.bytes_elsewhere = bytes;
    bytes_ += request.bytes();
}

std::unique_ptr<ParkedRequest> Parking::take(Id id) {
    const auto found = requests_.find(id);
    if (found == requests_.end()) return nullptr;
    auto request = std::move(found->second);
    requests_.erase(found);
    bytes_ -= request->bytes();
    return request;
}

bool Parking::is_left(const Wait& wait) const {
    const auto end = requests_.lower_bound(wait.before);
    return std::none_of(requests_.begin(), end,
                        [&](const auto& parked) { return parked.second->address == wait.address; });
}

void Parking::when_empty(const pipeline::SourceAddress& address, std::function<void()> then) {
    waits_.push_back({.address = address, .before = next_, .then = std::move(then)});
    settle();
}

bool Parking::is_awaited(const pipeline::SourceAddress& address) const {
    return std::any_of(waits_.begin(), waits_.end(),
                       [&](const Wait& wait) { return wait.address == address; });
}

void Parking::settle() {
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

void Parking::clear() {
    requests_.clear();
    bytes_ = 0;
    settle();
}

}  // namespace millrace::ingest
