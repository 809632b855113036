#pragma once
// MemoryStream: what cpp-httplib reads a request from and writes its answer to.

#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace millrace::control {

class MemoryStream final : public httplib::Stream {
public:
    // Both must outlive the stream.
    MemoryStream(std::string_view request, const std::string& client_ip)
        : unread_(request), client_ip_(client_ip) {}

    const std::string& written() const { return written_; }

    bool is_readable() const override { return !unread_.empty(); }
    bool is_writable() const override { return true; }
    ssize_t read(char* room, std::size_t size) override {
        const auto count = std::min(size, unread_.size());
        std::memcpy(room, unread_.data(), count);
        unread_.remove_prefix(count);
        return static_cast<ssize_t>(count);
    }
    ssize_t write(const char* bytes, std::size_t size) override {
        written_.append(bytes, size);
        return static_cast<ssize_t>(size);
    }
    void get_remote_ip_and_port(std::string& ip, int& port) const override {
        ip = client_ip_;
        port = 0;
    }
    void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
    socket_t socket() const override { return INVALID_SOCKET; }

private:
    std::string_view unread_;
    const std::string& client_ip_;
    std::string written_;
};

}  // namespace millrace::control
