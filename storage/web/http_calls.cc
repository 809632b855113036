#include "storage/web/http_calls.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/check.h"

namespace millrace::web {
namespace {

constexpr std::size_t kIdleMax = 16;
constexpr std::size_t kHeadersBytesMax = 64 << 10;

void begin_library() {
    // Once, before any other thread uses it; the program ends with it.
    static const auto begun = curl_global_init(CURL_GLOBAL_DEFAULT);
    check(begun == CURLE_OK, "libcurl does not start: {}", static_cast<int>(begun));
}

struct HeaderList {
    curl_slist* list = nullptr;

    HeaderList() = default;
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;
    ~HeaderList() { curl_slist_free_all(list); }

    void add(const std::string& line) {
        auto* const longer = curl_slist_append(list, line.c_str());
        check(longer != nullptr, "no memory for a header");
        list = longer;
    }
};

// What the callbacks of one call use.
struct Exchange {
    const HttpRequest& request;
    const std::function<bool()>& is_stopped;
    HttpAnswer& answer;
    std::size_t sent = 0;
    std::size_t header_bytes = 0;
    bool is_too_large = false;
};

std::size_t send_body(char* buffer, std::size_t size, std::size_t count, void* user) noexcept {
    auto& exchange = *static_cast<Exchange*>(user);
    const auto rest = exchange.request.body.substr(exchange.sent);
    const auto taken = std::min(size * count, rest.size());
    std::memcpy(buffer, rest.data(), taken);
    exchange.sent += taken;
    return taken;
}

// Where a kept connection turns out closed, the library sends again on a new one.
int seek_body(void* user, curl_off_t offset, int origin) noexcept {
    auto& exchange = *static_cast<Exchange*>(user);
    const auto size = exchange.request.body.size();
    if (origin != SEEK_SET || offset < 0 || static_cast<std::uint64_t>(offset) > size) {
        return CURL_SEEKFUNC_FAIL;
    }
    exchange.sent = static_cast<std::size_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* user) noexcept {
    auto& exchange = *static_cast<Exchange*>(user);
    auto& body = exchange.answer.body;
    if (body.size() + size * count > exchange.request.answer_bytes_max) {
        exchange.is_too_large = true;
        return 0;
    }
    body.append(bytes, size * count);
    return size * count;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* user) noexcept {
    auto& exchange = *static_cast<Exchange*>(user);
    const std::string_view line(bytes, size * count);
    exchange.header_bytes += line.size();
    if (exchange.header_bytes > kHeadersBytesMax) {
        exchange.is_too_large = true;
        return 0;
    }
    if (line.starts_with("HTTP/")) exchange.answer.headers.clear();  // there was a 100 before
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return line.size();
    std::string name(line.substr(0, colon));
    for (auto& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    auto value = line.substr(colon + 1);
    const auto first = value.find_first_not_of(" \t\r\n");
    value = first == std::string_view::npos ? std::string_view() : value.substr(first);
    value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    exchange.answer.headers[std::move(name)] = value;
    return line.size();
}

int look_for_stop(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    return static_cast<const Exchange*>(user)->is_stopped() ? 1 : 0;
}

// Where a name leads is only known here.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) noexcept {
    const auto& options = *static_cast<const HttpOptions*>(user);
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (address->family == AF_INET) {
        bytes = &reinterpret_cast<const sockaddr_in*>(&address->addr)->sin_addr;
    } else if (address->family == AF_INET6) {
        bytes = &reinterpret_cast<const sockaddr_in6*>(&address->addr)->sin6_addr;
    }
    if (bytes == nullptr ||
        inet_ntop(address->family, bytes, text.data(), text.size()) == nullptr ||
        !options.may_connect(text.data())) {
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

template <typename Value>
void set(CURL* curl, CURLoption option, Value value) {
    const auto done = curl_easy_setopt(curl, option, value);
    check(done == CURLE_OK, "libcurl has no option {}", static_cast<int>(option));
}

void set_body(CURL* curl, const HttpRequest& request, Exchange& exchange) {
    if (request.method == "PUT" || request.method == "POST") {
        set(curl, CURLOPT_UPLOAD, 1L);
        set(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(curl, CURLOPT_READFUNCTION, send_body);
        set(curl, CURLOPT_READDATA, static_cast<void*>(&exchange));
        set(curl, CURLOPT_SEEKFUNCTION, seek_body);
        set(curl, CURLOPT_SEEKDATA, static_cast<void*>(&exchange));
    }
    set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_limits(CURL* curl, const HttpRequest& request, const HttpOptions& options) {
    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_TIMEOUT_MS,
        static_cast<long>(std::max<std::int64_t>(request.time_max.count(), 1)));
    set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_max.count()));
    const auto stall = std::chrono::ceil<std::chrono::seconds>(options.stall_max);
    set(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall.count()));
}

void set_trust(CURL* curl, const HttpOptions& options) {
    if (!options.ca_file.empty()) set(curl, CURLOPT_CAINFO, options.ca_file.c_str());
    if (!options.ca_pem.empty()) {
        curl_blob blob{};
        blob.data = const_cast<char*>(options.ca_pem.data());  // it is not written to
        blob.len = options.ca_pem.size();
        blob.flags = CURL_BLOB_COPY;
        set(curl, CURLOPT_CAINFO_BLOB, &blob);
    }
    if (options.may_connect) {
        set(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        set(curl, CURLOPT_OPENSOCKETDATA, static_cast<void*>(const_cast<HttpOptions*>(&options)));
        set(curl, CURLOPT_PROXY, "");  // of the environment: it would make the connection instead
    }
}

void set_callbacks(CURL* curl, Exchange& exchange) {
    set(curl, CURLOPT_WRITEFUNCTION, take_body);
    set(curl, CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    set(curl, CURLOPT_HEADERFUNCTION, take_header);
    set(curl, CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
    set(curl, CURLOPT_NOPROGRESS, 0L);
    set(curl, CURLOPT_XFERINFOFUNCTION, look_for_stop);
    set(curl, CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
}

// Whether bytes of the request may have left the machine.
bool may_be_sent(CURL* curl, CURLcode code) {
    if (code == CURLE_OK) return true;
    double ready_after = 0;  // 0 until a connection is ready for the request
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME, &ready_after);
    return ready_after > 0;
}

}  // namespace

std::string_view HttpAnswer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

class HttpCalls::Connection {
public:
    Connection() : curl_(curl_easy_init()) { check(curl_ != nullptr, "libcurl has no memory"); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { curl_easy_cleanup(curl_); }

    HttpAnswer run(const HttpRequest& request, const HttpOptions& options,
                   const std::function<bool()>& is_stopped) {
        curl_easy_reset(curl_);  // keeps the connection
        HttpAnswer answer;
        Exchange exchange{.request = request, .is_stopped = is_stopped, .answer = answer};
        HeaderList headers;
        for (const auto& [name, value] : request.headers) headers.add(name + ": " + value);
        // A server that does not know 100-continue would cost a second.
        for (const auto* unwanted : {"Expect:", "Transfer-Encoding:", "Accept:"}) {
            headers.add(unwanted);
        }
        char why[CURL_ERROR_SIZE] = "";
        set(curl_, CURLOPT_URL, request.url.c_str());
        set(curl_, CURLOPT_PROTOCOLS_STR, "http,https");
        set(curl_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(curl_, CURLOPT_PATH_AS_IS, 1L);
        set(curl_, CURLOPT_HTTPHEADER, headers.list);
        set(curl_, CURLOPT_ERRORBUFFER, static_cast<char*>(why));
        set(curl_, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
        set(curl_, CURLOPT_BUFFERSIZE, 256L << 10);
        set_trust(curl_, options);
        set_body(curl_, request, exchange);
        set_limits(curl_, request, options);
        set_callbacks(curl_, exchange);

        const auto code = curl_easy_perform(curl_);
        long status = 0;
        curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
        answer.status = static_cast<int>(status);
        answer.was_sent = may_be_sent(curl_, code);
        if (exchange.is_too_large) {
            answer.failure = "its answer is longer than it may be";
        } else if (code == CURLE_ABORTED_BY_CALLBACK && is_stopped()) {
            answer.failure = "the service stops";
        } else if (code != CURLE_OK) {
            answer.failure = why[0] != '\0' ? why : curl_easy_strerror(code);
        }
        return answer;
    }

private:
    CURL* curl_;
};

HttpCalls::HttpCalls(HttpOptions options, std::function<bool()> is_stopped)
    : options_(std::move(options)), is_stopped_(std::move(is_stopped)) {
    begin_library();
}

HttpCalls::~HttpCalls() = default;

std::unique_ptr<HttpCalls::Connection> HttpCalls::take() {
    auto kept = idle_.with([](auto& idle) -> std::unique_ptr<Connection> {
        if (idle.empty()) return nullptr;
        auto last = std::move(idle.back());
        idle.pop_back();
        return last;
    });
    return kept != nullptr ? std::move(kept) : std::make_unique<Connection>();
}

void HttpCalls::give_back(std::unique_ptr<Connection> connection) {
    idle_.with([&](auto& idle) {
        if (idle.size() < kIdleMax) idle.push_back(std::move(connection));
    });
}

HttpAnswer HttpCalls::run(const HttpRequest& request) {
    auto connection = take();
    auto answer = connection->run(request, options_, is_stopped_);
    give_back(std::move(connection));
    return answer;
}

}  // namespace millrace::web
