#include "api/http/proxy_head.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace millrace::http {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

constexpr std::string_view kLine = "PROXY ";
constexpr std::size_t kLineMax = 107;  // with its end
constexpr std::string_view kBinary("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixed = 16;      // of v2, before the addresses
constexpr std::size_t kBytesOfV4 = 12;  // two addresses, two ports
constexpr std::size_t kBytesOfV6 = 36;
constexpr std::size_t kKeptMax = kFixed + kBytesOfV6;
constexpr unsigned kLocal = 0;  // commands of v2
constexpr unsigned kProxy = 1;
constexpr unsigned kUnspecified = 0x00;  // families with their protocols
constexpr unsigned kTcp4 = 0x11;
constexpr unsigned kTcp6 = 0x21;
constexpr unsigned kUnixStream = 0x31;

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

bool begins_like(std::string_view bytes, std::string_view whole) {
    return whole.starts_with(bytes.substr(0, whole.size()));
}

// Up to the next space; what is left begins behind it.
std::string_view take_word(std::string_view& rest) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, port);
    return !text.empty() && failure == std::errc() && stop == end &&
           (text.size() == 1 || text.front() != '0');
}

std::optional<address> read_address(std::string_view text, bool is_v6) {
    // No zone of an address, and nothing that ends a text of C.
    if (text.find_first_not_of("0123456789abcdefABCDEF.:") != std::string_view::npos) return {};
    boost::system::error_code failed;
    const std::string copy(text);
    if (is_v6) {
        const auto found = boost::asio::ip::make_address_v6(copy, failed);
        return failed ? std::optional<address>() : address(found);
    }
    const auto found = boost::asio::ip::make_address_v4(copy, failed);
    return failed ? std::optional<address>() : address(found);
}

template <typename Bytes>
Bytes bytes_at(std::string_view text, std::size_t at) {
    Bytes bytes{};
    std::transform(text.begin() + static_cast<std::ptrdiff_t>(at),
                   text.begin() + static_cast<std::ptrdiff_t>(at + bytes.size()), bytes.begin(),
                   [](char c) { return static_cast<unsigned char>(c); });
    return bytes;
}

}  // namespace

std::size_t ProxyHead::take(std::string_view bytes) {
    std::size_t taken = 0;
    while (state_ == State::open && taken < bytes.size()) add(bytes[taken++]);
    return taken;
}

void ProxyHead::add(char c) {
    ++size_;
    if (kept_.size() < std::max(kKeptMax, kLineMax)) kept_ += c;
    if (begins_like(kept_, kLine)) return look_at_line();
    if (begins_like(kept_, kBinary)) return look_at_binary();
    state_ = State::absent;
}

void ProxyHead::look_at_line() {
    if (kept_.ends_with("\r\n")) {
        return read_line(std::string_view(kept_).substr(0, kept_.size() - 2));
    }
    if (size_ >= kLineMax) fail("its line is longer than 107 bytes");
}

void ProxyHead::read_line(std::string_view line) {
    line.remove_prefix(std::min(kLine.size(), line.size()));
    const auto family = take_word(line);
    if (family == "UNKNOWN") {  // what is behind it is not to be read
        state_ = State::whole;
        return;
    }
    if (family != "TCP4" && family != "TCP6") return fail("it is of no family that is known");
    const bool is_v6 = family == "TCP6";
    const auto client = read_address(take_word(line), is_v6);
    const auto service = read_address(take_word(line), is_v6);
    if (!client || !service) return fail("it has no addresses of its family");
    const auto from = take_word(line);
    if (!is_port(from) || !is_port(line)) return fail("its ports are no numbers");
    client_ = client;
    state_ = State::whole;
}

void ProxyHead::look_at_binary() {
    if (size_ < kFixed) return;
    if (size_ == kFixed) {
        if (byte_at(kept_, 12) >> 4 != 2) return fail("it is of another version");
        whole_size_ = kFixed + (byte_at(kept_, 14) << 8 | byte_at(kept_, 15));
    }
    if (size_ == whole_size_) read_binary();
}

void ProxyHead::read_binary() {
    const auto command = byte_at(kept_, 12) & 0xf;
    const auto family = byte_at(kept_, 13);
    const auto bytes = whole_size_ - kFixed;
    if (command > kProxy) return fail("its command is not known");
    if (command == kLocal || family == kUnspecified || family == kUnixStream) {
        state_ = State::whole;
        return;
    }
    if (family == kTcp4) {
        if (bytes < kBytesOfV4) return fail("its addresses are cut off");
        client_ = address_v4(bytes_at<address_v4::bytes_type>(kept_, kFixed));
    } else if (family == kTcp6) {
        if (bytes < kBytesOfV6) return fail("its addresses are cut off");
        client_ = address_v6(bytes_at<address_v6::bytes_type>(kept_, kFixed));
    } else {
        return fail("it is of no family that is known");
    }
    state_ = State::whole;
}

void ProxyHead::fail(std::string_view cause) {
    cause_ = cause;
    state_ = State::broken;
}

}  // namespace millrace::http
