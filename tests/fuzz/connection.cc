// Goal    whatever bytes come, in whatever pieces, a connection answers exactly the requests that
//         are in them, stores no row that was not sent, and ends; the pieces make no difference.
// Method  the real connection over a stream in memory, the input whole, byte by byte and in random
//         pieces to a client that takes its answers in parts; then cut off, with a client that
//         ends, vanishes, or stays until its time is over. http_oracle.h says what is right.

#include "api/http/connection.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/http_oracle.h"
#include "tests/fuzz/memory_loop.h"

namespace millrace::fuzz {
namespace {

using Kind = Expected::Kind;
using Deadline = http::ConnectionHost::Deadline;

constexpr std::string_view kInterim = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr OracleLimits kLimits{.head_bytes = 600, .body_bytes = 1500};

std::shared_ptr<const pipeline::SourceRoute> route() {
    static const auto shared = [] {
        return std::make_shared<const pipeline::SourceRoute>(pipeline::SourceRoute{
            .key = {.project = ProjectId(1), .branch = BranchId(2), .source = SourceId("shop")},
            .secret = Secret("s"),
            .sinks = {{.sink = SinkId("bodies"),
                       .version = {.sink = SinkNumber(1), .mapping = MappingVersion(1)}}},
            .mapper = mapping::SourceMapper::compile({{body_column()}}, {}).value()});
    }();
    return shared;
}

config::Limits limits() {
    config::Limits all;
    all.header_bytes = kLimits.head_bytes;
    all.body_bytes = kLimits.body_bytes;
    all.decoded_bytes = 4 * kLimits.body_bytes;
    return all;
}

struct Exchange {
    MemoryClient client;  // outlives the connection
    MemoryLoop loop{limits()};

    Exchange() {
        loop.set_route(route());
        loop.connect(client);
    }
    void end() {
        client.finish();
        loop.run();
        if (loop.is_connected()) loop.expire();  // a client that does not read
        loop.run();
        check(!loop.is_connected(), "the connection goes on without its client");
        check(loop.memory_taken() == 0, "{} bytes are not given back", loop.memory_taken());
    }
};

bool is_success(const WireAnswer& answer) {
    return answer.status >= 200 && answer.status < 300;
}

std::string row_of(std::string_view body) {
    std::string row = "\"";
    for (const char c : body) row += c == '"' ? "\"\"" : std::string(1, c);
    return row + "\"\n";
}

bool is_ascii_text(std::string_view body) {
    return std::all_of(body.begin(), body.end(), [](char c) { return c > 0; });
}

// Where nobody knows the requests, nobody knows which of them is a HEAD.
bool may_have_heads(std::string_view input) {
    return input.find("HEAD") != std::string_view::npos;
}

// Compares what has happened on a connection with what was expected.
class Judge {
public:
    // `may_have_heads`: where nobody knows the requests, one of them may be a HEAD.
    Judge(const Exchange& exchange, bool may_have_heads)
        : may_have_heads_(may_have_heads),
          received_(exchange.client.received()),
          is_ended_(exchange.client.is_ended()),
          stored_(exchange.loop.stored()) {}

    // Returns the final answers.
    std::vector<WireAnswer> compare(const std::vector<Expected>& expected) {
        for (const auto& request : expected) {
            if (!compare(request)) return answers_;
        }
        check(at_ == received_.size(), "an answer to nothing: {}", received_.substr(at_));
        check(row_ == stored_.size(), "a row of nothing: {}", rest_of_rows());
        check(!is_ended_, "ended without a reason");
        return answers_;
    }

private:
    // What other text than ASCII becomes is not looked at here.
    static bool may_be_row_of(std::string_view body, std::string_view rows) {
        if (!is_ascii_text(body)) return true;
        return rows == row_of(body);
    }

    // Whether the connection should have gone on.
    bool compare(const Expected& request) {
        if (request.may_be_told_to_continue) skip_continue();
        if (request.kind == Kind::unclear) {
            read_the_rest();
            return false;
        }
        if (request.kind == Kind::unfinished) {
            check(at_ == received_.size(), "answered too soon: {}", received_.substr(at_));
            check(row_ == stored_.size(), "stored too soon: {}", rest_of_rows());
            check(!is_ended_, "ended too soon");
            return false;
        }
        auto answer = read_answer(received_, at_, request.is_head);
        if (!answer && request.kind == Kind::refused) answer = read_answer(received_, at_, true);
        check(answer.has_value(), "no answer, but {}", received_.substr(at_));
        at_ = answer->end;
        answers_.push_back(*answer);
        const auto rows = take_rows();
        switch (request.kind) {
            case Kind::stored:
                check(answer->status == 200, "answered {}: {}", answer->status, answer->body);
                check(may_be_row_of(request.body, rows), "{} was stored as {}", request.body, rows);
                break;
            case Kind::answered:
                check(rows.empty() || (is_success(*answer) && request.may_store),
                      "answered {} and stored {}", answer->status, rows);
                break;
            case Kind::refused:
                check(answer->status >= 400 && answer->status < 500 && answer->ends && rows.empty(),
                      "not refused: {}, {}, {}", answer->status, answer->ends, rows);
                break;
            case Kind::unfinished:
            case Kind::unclear:
                break;
        }
        check(!request.must_end || answer->ends, "the connection should end");
        if (!answer->ends) return true;
        check(is_ended_, "it said that it would end");
        check(at_ == received_.size(), "answered behind the end: {}", received_.substr(at_));
        check(row_ == stored_.size(), "stored behind the end: {}", rest_of_rows());
        return false;
    }

    void skip_continue() {
        if (std::string_view(received_).substr(at_).starts_with(kInterim)) at_ += kInterim.size();
    }

    // Where nobody knows the requests: answers are answers, and rows need a success.
    void read_the_rest() {
        while (at_ < received_.size()) {
            const auto answer = read_answer(received_, at_, false);
            if (!answer) return;  // perhaps to a HEAD
            at_ = answer->end;
            const auto rows = take_rows();
            // An answer to a HEAD says a length and has no body: what follows it looks like that.
            check(may_have_heads_ || rows.empty() || answer->status == 100 || is_success(*answer),
                  "answered {} and stored {}", answer->status, rows);
            if (answer->status != 100) answers_.push_back(*answer);
        }
    }

    // The rows that came before the answer that ends at at_.
    std::string take_rows() {
        std::string rows;
        for (; row_ < stored_.size() && stored_[row_].before_answer_at < at_; ++row_) {
            rows += stored_[row_].csv;
        }
        return rows;
    }
    std::string rest_of_rows() const {
        std::string rows;
        for (auto row = row_; row < stored_.size(); ++row) rows += stored_[row].csv;
        return rows;
    }

    const bool may_have_heads_;
    const std::string& received_;
    const bool is_ended_;
    const std::vector<StoredRows>& stored_;
    std::size_t at_ = 0;   // of received_
    std::size_t row_ = 0;  // of stored_
    std::vector<WireAnswer> answers_;
};

// Sends the input in pieces of the sizes that `piece` says, and ends.
std::vector<WireAnswer> answers_to(std::string_view input, const std::vector<Expected>& expected,
                                   const std::function<std::size_t()>& piece,
                                   std::function<std::size_t(std::size_t)> takes = {}) {
    Exchange exchange;
    const bool has_heads = may_have_heads(input);
    if (takes) exchange.client.takes = std::move(takes);
    while (!input.empty()) {
        const auto size = std::min(piece(), input.size());
        exchange.client.send(input.substr(0, size));
        input.remove_prefix(size);
        exchange.loop.run();
    }
    auto answers = Judge(exchange, has_heads).compare(expected);
    exchange.end();
    return answers;
}

bool is_refusal(const WireAnswer& answer) {
    return answer.ends && answer.status >= 400 && answer.status < 500;
}

// The same, but that one of them may have ended where a body had not come yet, and that of two
// mistakes in one line the first to be seen is told.
void check_same(const std::vector<WireAnswer>& some, const std::vector<WireAnswer>& others) {
    const auto count = std::min(some.size(), others.size());
    for (std::size_t i = 0; i < count; ++i) {
        const bool is_same = some[i].status == others[i].status && some[i].body == others[i].body;
        check(is_same || (is_refusal(some[i]) && is_refusal(others[i])),
              "answer {} is {} or {}, as the pieces are", i, some[i].status, others[i].status);
    }
    const auto& longer = some.size() > count ? some : others;
    const auto& shorter = some.size() > count ? others : some;
    check(longer.size() == count || (count > 0 && shorter.back().ends),
          "{} or {} answers, as the pieces are", count, longer.size());
}

// The client stops in the middle, and does one of three things.
void cut_off(std::string_view input, std::uint64_t choice) {
    input = input.substr(0, choice / 3 % (input.size() + 1));
    const auto expected = expect(input, kLimits);
    Exchange exchange;
    exchange.client.send(input);
    if (choice % 3 == 0) {
        exchange.client.vanish();
        exchange.loop.run();
        exchange.end();
        return;
    }
    exchange.loop.run();
    Judge(exchange, may_have_heads(input)).compare(expected);
    const auto before = exchange.client.received().size();
    if (choice % 3 == 1 && exchange.loop.is_connected()) {
        const auto kind = exchange.loop.expire();
        exchange.loop.run();
        const auto late = exchange.client.received().substr(before);
        const bool is_told = kind == Deadline::head || kind == Deadline::body;
        check(late.starts_with(is_told ? "HTTP/1.1 408 " : "") && (is_told || late.empty()),
              "told at its end: {}", late);
        check(exchange.client.is_ended(), "its time is over and nothing happened");
    }
    exchange.end();
}

// Whether one knows where each answer ends: one to a HEAD has no body.
bool has_clear_answers(std::string_view input, const std::vector<Expected>& expected) {
    const bool is_unclear = std::any_of(expected.begin(), expected.end(), [](const auto& request) {
        return request.kind == Kind::unclear;
    });
    return !is_unclear || !may_have_heads(input);
}

// Behind these HTTP/2 may begin, which is for http2.cc.
bool may_be_http2(std::string_view input) {
    return input.find("PRI * HTTP/2.0") != std::string_view::npos ||
           input.find("h2c") != std::string_view::npos;
}

void try_all(std::string_view input) {
    if (may_be_http2(input)) return;
    const auto expected = expect(input, kLimits);
    const bool is_comparable = has_clear_answers(input, expected);
    const auto whole = answers_to(input, expected, [&] { return input.size(); });
    const auto by_byte = answers_to(input, expected, [] { return 1; });
    if (is_comparable) check_same(whole, by_byte);

    std::mt19937_64 random(std::hash<std::string_view>()(input));
    const auto some = [&random](std::size_t bytes) { return random() % (bytes + 1); };
    const auto parts = [&some](std::size_t bytes) {
        // A client that takes only a part of `100 Continue` is closed.
        return bytes <= kInterim.size() ? some(1) * bytes : some(bytes);
    };
    const auto piece = [&some] { return 1 + some(63); };
    const auto in_pieces = answers_to(input, expected, piece, parts);
    if (is_comparable) check_same(whole, in_pieces);
    for (int i = 0; i < 3; ++i) cut_off(input, random() / 3 * 3 + static_cast<unsigned>(i));
}

}  // namespace
}  // namespace millrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    millrace::fuzz::try_all(millrace::fuzz::text_of(data, size));
    return 0;
}
