#pragma once
// MemoryClient: a client and its network in memory; MemoryStream is the service's end of it.
//
// The network is as bad as a real one: a piece arrives when the test says so, an answer is taken in
// parts, the client may be gone in the middle of anything. Nothing happens but in step().

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/http/byte_stream.h"
#include "core/base/check.h"

namespace millrace::fuzz {

class MemoryClient {
public:
    void send(std::string_view piece) {
        if (!piece.empty()) pieces_.emplace_back(piece);
    }
    void finish() { is_finished_ = true; }  // after what was sent
    void vanish() { is_gone_ = true; }

    const std::string& received() const { return received_; }
    bool is_ended() const { return is_ended_; }  // the service sends nothing more

    // How many of so many bytes the network takes at once.
    std::function<std::size_t(std::size_t)> takes = [](std::size_t bytes) { return bytes; };

    // Lets the network do one thing; false: there is nothing to do.
    bool step() {
        if (writer_ != nullptr) {
            if (!is_gone_ && !is_closed_) received_ += unsent_;
            std::exchange(writer_, nullptr)->on_sent(!is_gone_ && !is_closed_);
            return true;
        }
        if (reader_ == nullptr) return false;
        if (is_gone_ || is_closed_ || (pieces_.empty() && is_finished_)) return receive(0);
        if (pieces_.empty()) return false;
        auto& piece = pieces_.front();
        const auto count = std::min(piece.size(), room_.size());
        std::copy_n(piece.begin(), count, room_.begin());
        piece.erase(0, count);
        if (piece.empty()) pieces_.pop_front();
        return receive(count);
    }

private:
    friend class MemoryStream;

    bool receive(std::size_t bytes) {
        std::exchange(reader_, nullptr)->on_received(bytes);
        return true;
    }

    std::deque<std::string> pieces_;
    std::string received_;
    bool is_finished_ = false;
    bool is_gone_ = false;
    bool is_ended_ = false;
    bool is_closed_ = false;  // by the service
    http::StreamUser* reader_ = nullptr;
    std::span<char> room_;
    http::StreamUser* writer_ = nullptr;
    std::string_view unsent_;
};

class MemoryStream final : public http::ByteStream {
public:
    explicit MemoryStream(MemoryClient& client) : client_(client) {}
    ~MemoryStream() override {
        check(client_.reader_ == nullptr && client_.writer_ == nullptr,
              "a connection is gone that was to be called");
    }

    void receive(std::span<char> room, http::StreamUser& user) override {
        check(client_.reader_ == nullptr, "two receives at a time");
        check(!room.empty(), "received into nothing");
        client_.room_ = room;
        client_.reader_ = &user;
    }
    std::optional<std::size_t> send_now(std::string_view bytes) override {
        check(!client_.is_ended_, "sent behind the end: {}", bytes);
        check(client_.writer_ == nullptr, "two sends at a time");
        if (client_.is_gone_) return {};
        const auto taken = std::min(client_.takes(bytes.size()), bytes.size());
        client_.received_ += bytes.substr(0, taken);
        return taken;
    }
    void send(std::string_view bytes, http::StreamUser& user) override {
        check(!client_.is_ended_ && client_.writer_ == nullptr, "two sends at a time");
        client_.unsent_ = bytes;
        client_.writer_ = &user;
    }
    bool is_gone(std::uint64_t bytes) override {
        std::uint64_t here = 0;
        for (const auto& piece : client_.pieces_) here += piece.size();
        return client_.is_gone_ || (client_.is_finished_ && here < bytes);
    }
    void finish_sending() override { client_.is_ended_ = true; }
    void close() override { client_.is_ended_ = client_.is_closed_ = true; }

private:
    MemoryClient& client_;
};

}  // namespace millrace::fuzz
