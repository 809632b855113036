#include "tests/fuzz/http_oracle.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace millrace::fuzz {
namespace {

using Kind = Expected::Kind;
constexpr auto kNone = std::string_view::npos;

bool is_token(std::string_view text) {
    const std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != kNone;
    });
}

bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == '\x7f';
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == kNone;
}

std::string lower(std::string_view text) {
    std::string all(text);
    for (auto& c : all) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return all;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == kNone) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Cuts the text before `end` and `end` itself off the front; nothing if there is none.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
    const auto at = text.find(end);
    if (at == kNone) return {};
    const auto taken = text.substr(0, at);
    text.remove_prefix(at + end.size());
    return taken;
}

// The length of a head, however badly its lines end; 0: it has no end yet.
std::size_t end_of_head(std::string_view bytes) {
    for (auto at = bytes.find('\n'); at != kNone; at = bytes.find('\n', at + 1)) {
        const auto rest = bytes.substr(at + 1);
        if (rest.starts_with("\n")) return at + 2;
        if (rest.starts_with("\r\n")) return at + 3;
    }
    return 0;
}

bool has_only_whole_line_ends(std::string_view head) {
    for (std::size_t at = 0; at < head.size(); ++at) {
        if (head[at] == '\n') return false;
        if (head[at] == '\r' && !head.substr(at).starts_with("\r\n")) return false;
        if (head[at] == '\r') ++at;
    }
    return true;
}

struct Head {
    std::string method;
    std::string target;
    bool is_http_11 = true;
    bool is_bad = false;  // to be refused
    bool is_odd = false;  // may be refused
    std::optional<std::size_t> content_length = {};
    bool is_chunked = false;
    bool wants_end = false;
    bool has_coding = false;
    bool has_content_type = false;
    bool has_bearer = false;  // exactly `Authorization: Bearer s`
    int authorizations = 0;
    bool expects = false;

    void read_request_line(std::string_view line);
    void read_field(std::string_view line);

private:
    bool has_transfer_encoding_ = false;
    int hosts_ = 0;
    void read_connection(std::string_view value);
};

void Head::read_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == kNone || first == last) {
        is_bad = true;
        return;
    }
    method = line.substr(0, first);
    target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    is_http_11 = version == "HTTP/1.1";
    is_bad |= !is_token(method) || target.empty() || (!is_http_11 && version != "HTTP/1.0");
    for (const char c : target) is_bad |= is_control(c) || c == ' ';
    is_odd |= !is_ascii(target);
}

void Head::read_field(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == kNone || !is_token(line.substr(0, colon))) {
        is_bad = true;
        return;
    }
    const auto name = lower(line.substr(0, colon));
    const auto value = trimmed(line.substr(colon + 1));
    for (const char c : value) is_bad |= is_control(c) && c != '\t';

    if (name == "content-length") {
        is_bad |= content_length.has_value() || has_transfer_encoding_ || !is_digits(value);
        std::size_t length = 0;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), length);
        is_bad |= read.ec != std::errc();
        content_length = length;
    } else if (name == "transfer-encoding") {
        is_bad |= content_length.has_value() || has_transfer_encoding_ ||
                  lower(value) != "chunked" || !is_http_11;
        has_transfer_encoding_ = is_chunked = true;
    } else if (name == "host") {
        is_bad |= ++hosts_ > 1;
    } else if (name == "connection" || name == "proxy-connection") {
        read_connection(value);
    } else if (name == "content-encoding") {
        has_coding = true;
    } else if (name == "content-type") {
        has_content_type = true;
    } else if (name == "authorization") {
        has_bearer = ++authorizations == 1 && value == "Bearer s";
    } else if (name == "expect") {
        expects |= lower(value) == "100-continue";
    }
}

void Head::read_connection(std::string_view value) {
    while (true) {
        const auto comma = value.find(',');
        const auto option = trimmed(value.substr(0, comma));
        is_odd |= !is_token(option);
        wants_end |= lower(option) == "close";
        if (comma == kNone) return;
        value.remove_prefix(comma + 1);
    }
}

Head read_head(std::string_view text) {
    Head head;
    if (!has_only_whole_line_ends(text)) {
        head.is_bad = true;
        return head;
    }
    head.read_request_line(*take_until(text, "\r\n"));
    while (true) {
        const auto line = *take_until(text, "\r\n");
        if (line.empty()) return head;
        head.read_field(line);  // a folded line begins with a space, which no name has
    }
}

struct Body {
    enum class State { whole, unfinished, bad, unclear } state = State::whole;
    std::string text = {};
    std::size_t bytes = 0;  // on the wire
};

// The size in the line of a chunk; nothing if there is none.
std::optional<std::uint64_t> chunk_size(std::string_view line) {
    const auto digits = line.substr(0, line.find_first_not_of("0123456789abcdefABCDEF"));
    std::uint64_t size = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (digits.empty() || digits.size() > 16 || read.ec != std::errc()) return {};
    return size;
}

bool is_plain_extension(std::string_view text) {
    if (text.empty()) return true;
    const auto equals = text.find('=');
    return text[0] == ';' && is_token(text.substr(1, equals == kNone ? kNone : equals - 1)) &&
           (equals == kNone || is_token(text.substr(equals + 1)));
}

// What stands between the data of two chunks, counted without some bytes of its line ends.
Body::State state_of_line(std::size_t bytes, const OracleLimits& limits) {
    constexpr std::size_t kUncounted = 40;
    if (bytes > limits.head_bytes) return Body::State::bad;
    return bytes + kUncounted > limits.head_bytes ? Body::State::unclear : Body::State::whole;
}

// Trailers are read by their grammar only where they are simple. `last_line` is that of the last
// chunk.
Body read_trailers(Body body, std::string_view last_line, std::string_view all,
                   std::string_view rest, const OracleLimits& limits) {
    const auto bytes = last_line.size() + rest.size();
    while (true) {
        const auto line = take_until(rest, "\r\n");
        if (!line) {
            // A part of a line may already be wrong.
            const bool may_go_on = (rest.empty() || rest == "\r") &&
                                   state_of_line(bytes, limits) == Body::State::whole;
            body.state = may_go_on ? Body::State::unfinished : Body::State::unclear;
            return body;
        }
        if (line->empty()) break;
        const auto colon = line->find(':');
        const bool is_simple = colon != kNone && lower(line->substr(0, colon)) == "x" &&
                               is_token(trimmed(line->substr(colon + 1)));
        if (!is_simple) {
            body.state = Body::State::unclear;
            return body;
        }
    }
    body.bytes = all.size() - rest.size();
    body.state = state_of_line(bytes - rest.size(), limits);
    return body;
}

Body read_chunks(std::string_view all, const OracleLimits& limits) {
    Body body;
    auto rest = all;
    while (true) {
        const auto line = take_until(rest, "\r\n");
        if (!line) {
            // Whether a part of a line is refused at once is nobody's business.
            body.state =
                rest.empty() || is_digits(rest) ? Body::State::unfinished : Body::State::unclear;
            const auto length = state_of_line(rest.size(), limits);
            if (length != Body::State::whole) body.state = length;
            return body;
        }
        const auto size = chunk_size(*line);
        const auto digits = line->find_first_not_of("0123456789abcdefABCDEF");
        const auto extension = digits == kNone ? "" : line->substr(digits);
        // What is wrong with the line of a last chunk may be said when its trailers have come.
        const bool is_last = size && *size == 0;
        const bool is_dirty = std::any_of(extension.begin(), extension.end(),
                                          [](char c) { return is_control(c) && c != '\t'; });
        if (!size || (!is_last && !extension.empty() && extension[0] != ';') || is_dirty ||
            line->size() > limits.head_bytes || *size > limits.body_bytes - body.text.size()) {
            body.state = is_last ? Body::State::unclear : Body::State::bad;
            return body;
        }
        if (!is_plain_extension(extension) ||
            state_of_line(line->size(), limits) == Body::State::unclear) {
            body.state = Body::State::unclear;
            return body;
        }
        if (*size == 0) return read_trailers(std::move(body), *line, all, rest, limits);
        const auto data = rest.substr(0, *size);
        body.text += data;
        rest.remove_prefix(data.size());
        const auto line_end = rest.substr(0, 2);
        if (data.size() < *size || std::string_view("\r\n").starts_with(line_end)) {
            if (data.size() < *size || line_end.size() < 2) {
                body.state = Body::State::unfinished;
                return body;
            }
            rest.remove_prefix(2);
        } else {  // may be seen with what follows it
            body.state = rest.size() < 4 ? Body::State::unclear : Body::State::bad;
            return body;
        }
    }
}

Body read_body(const Head& head, std::string_view bytes, const OracleLimits& limits) {
    if (head.is_chunked) return read_chunks(bytes, limits);
    const auto length = head.content_length.value_or(0);
    if (length > limits.body_bytes) return {.state = Body::State::bad};
    if (bytes.size() < length) return {.state = Body::State::unfinished};
    return {
        .state = Body::State::whole, .text = std::string(bytes.substr(0, length)), .bytes = length};
}

bool stores_its_body(const Head& head) {
    const std::string_view target = head.target;
    const bool is_by_path = target == "/stream/1/shop/s" || target == "/stream/1/shop/s?verbose=1";
    const bool is_by_header =
        target == "/stream/1/shop" && head.authorizations == 1 && head.has_bearer;
    return head.method == "POST" && (is_by_path || is_by_header) && !head.has_coding &&
           !head.has_content_type && !head.is_odd;
}

// What is expected of a whole head with what has come of its body.
Expected expected_of(const Head& head, const Body& body) {
    Expected expected{.may_store = head.method == "POST",
                      .must_end = head.wants_end && head.is_http_11 && !head.is_odd,
                      .is_head = head.method == "HEAD",
                      .may_be_told_to_continue = head.expects && head.is_http_11};
    const bool has_body = head.is_chunked || head.content_length.value_or(0) > 0;
    const bool may_be_early = !stores_its_body(head);
    expected.may_end = has_body && may_be_early;
    switch (body.state) {
        case Body::State::whole:
            expected.kind = stores_its_body(head) ? Kind::stored : Kind::answered;
            expected.body = body.text;
            break;
        case Body::State::unfinished:
            expected.kind = may_be_early ? Kind::unclear : Kind::unfinished;
            break;
        case Body::State::bad:
            expected.kind = may_be_early ? Kind::unclear : Kind::refused;
            break;
        case Body::State::unclear:
            break;
    }
    if (head.is_odd) expected.kind = Kind::unclear;
    return expected;
}

}  // namespace

std::vector<Expected> expect(std::string_view bytes, const OracleLimits& limits) {
    std::vector<Expected> all;
    while (true) {
        while (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
        if (bytes.empty() || bytes == "\r") return all;
        const auto head_bytes = end_of_head(bytes);
        if (std::max(head_bytes, head_bytes == 0 ? bytes.size() : 0) > limits.head_bytes) {
            all.push_back({.kind = Kind::refused});
            return all;
        }
        if (head_bytes == 0 && bytes.front() == '\x16') {  // TLS
            all.push_back({.kind = Kind::refused});
            return all;
        }
        if (head_bytes == 0) {
            all.push_back({.kind = Kind::unfinished});
            return all;
        }
        const auto head = read_head(bytes.substr(0, head_bytes));
        bytes.remove_prefix(head_bytes);
        if (head.is_bad) {
            all.push_back({.kind = Kind::refused});
            return all;
        }
        const auto body = read_body(head, bytes, limits);
        all.push_back(expected_of(head, body));
        if (body.state != Body::State::whole || head.is_odd) return all;
        bytes.remove_prefix(body.bytes);
    }
}

std::optional<WireAnswer> read_answer(std::string_view received, std::size_t at, bool is_head) {
    auto rest = received.substr(at);
    const auto status_line = take_until(rest, "\r\n");
    if (!status_line || !status_line->starts_with("HTTP/1.1 ") || status_line->size() < 13 ||
        !is_digits(status_line->substr(9, 3)) || (*status_line)[12] != ' ') {
        return {};
    }
    WireAnswer answer;
    answer.status = std::stoi(std::string(status_line->substr(9, 3)));
    std::optional<std::size_t> length;
    while (true) {
        const auto line = take_until(rest, "\r\n");
        if (!line) return {};
        if (line->empty()) break;
        const auto colon = line->find(": ");
        if (colon == kNone || !is_token(line->substr(0, colon))) return {};
        const auto name = line->substr(0, colon);
        const auto value = line->substr(colon + 2);
        if (name == "Connection") answer.ends = value == "close";
        if (name == "Content-Length" && (length || !is_digits(value))) return {};
        if (name == "Content-Length") length = std::stoull(std::string(value));
    }
    if (answer.status >= 200 && !length) return {};
    const auto body_bytes = is_head || !length ? 0 : *length;
    if (rest.size() < body_bytes) return {};
    answer.body = rest.substr(0, body_bytes);
    answer.end = received.size() - rest.size() + body_bytes;
    return answer;
}

}  // namespace millrace::fuzz
