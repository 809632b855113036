#include "api/stream_load/load_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>

#include "api/http/json_string.h"
#include "core/base/shown_text.h"

namespace millrace::stream_load {
namespace {

// Fluent Bit reads no more.
constexpr std::size_t kBytesMax = 4000;
constexpr std::size_t kTextMax = 1000;  // characters
constexpr std::size_t kTextMin = 60;

class ResultJson {
public:
    void text(std::string_view name, std::string_view value) {
        key(name);
        http::append_json_string(text_, value);
    }
    // Some clients decode all but row counts to 32 bits.
    void time(std::string_view name, Milliseconds value) {
        const auto max = std::int64_t{std::numeric_limits<std::int32_t>::max()};
        number(name, std::clamp<std::int64_t>(value.count(), 0, max));
    }
    template <typename Number>
    void number(std::string_view name, Number value) {
        key(name);
        fmt::format_to(std::back_inserter(text_), "{}", value);
    }
    std::string take() && { return std::move(text_) + "\n}\n"; }

private:
    void key(std::string_view name) {
        text_ += text_.size() > 1 ? ",\n    " : "\n    ";
        http::append_json_string(text_, name);
        text_ += ": ";
    }

    std::string text_ = "{";
};

std::string_view existing_status(LoadState state) {
    switch (state) {
        case LoadState::open:
        case LoadState::written:
            return "RUNNING";
        case LoadState::prepared:
            return "PRECOMMITTED";
        case LoadState::committed:
            return "FINISHED";
        case LoadState::aborted:
            return "CANCELLED";
    }
    return "";
}

void add_first(ResultJson& json, const FirstLoad& first) {
    json.number("ExistingTxnId", first.load.number.value);
    json.text("ExistingTxnState", transaction_state(first));
    json.number("ExistingLoadedRows", first.load.counts.rows);
    json.number("ExistingFilteredRows", first.load.counts.filtered);
    json.number("ExistingUnselectedRows", first.load.counts.unselected);
    json.text("ExistingBeginTime", format_utc(first.load.begun_at));
}

std::string render_cut(const LoadResult& result, std::size_t text_max) {
    const bool has_failed = result.status == LoadStatus::fail;
    ResultJson json;
    json.number("TxnId", result.load && !result.first
                             ? static_cast<std::int64_t>(result.load->value)
                             : std::int64_t{-1});
    json.text("Label", result.label);
    json.text("Comment", shortened(result.comment, text_max));
    if (result.group_commit) {
        json.number("GroupCommit", true);
    } else {
        json.text("TwoPhaseCommit", result.two_phase_commit ? "true" : "false");
    }
    json.text("Status", to_string(result.status));
    if (result.first) json.text("ExistingJobStatus", existing_status(result.first->load.state));
    json.text("Message", shortened(result.message, text_max));
    json.number("NumberTotalRows", result.counts.total);
    json.number("NumberLoadedRows", has_failed ? 0 : result.counts.loaded);
    json.number("NumberFilteredRows", result.counts.filtered);
    json.number("NumberUnselectedRows", result.counts.unselected);
    json.number("LoadBytes", result.bytes);
    json.time("LoadTimeMs", result.timings.whole);
    if (!result.group_commit) json.time("BeginTxnTimeMs", result.timings.begin);
    json.time("StreamLoadPutTimeMs", result.timings.plan);
    json.time("ReadDataTimeMs", result.timings.read);
    json.time("WriteDataTimeMs", result.timings.write);
    json.time("ReceiveDataTimeMs", result.timings.receive);
    if (!result.group_commit) json.time("CommitAndPublishTimeMs", result.timings.commit);
    if (result.counts.nulled > 0) json.number("NumberNulledValues", result.counts.nulled);
    if (!result.error_url.empty()) json.text("ErrorURL", result.error_url);
    if (!result.first_error.empty() && has_failed) {
        json.text("FirstErrorMsg", shortened(result.first_error, text_max));
    }
    if (result.first) add_first(json, *result.first);
    if (!result.warning.empty()) json.text("Warning", shortened(result.warning, text_max));
    return std::move(json).take();
}

}  // namespace

std::string_view to_string(LoadStatus status) {
    constexpr std::array<std::string_view, kLoadStatuses> kTexts = {"Success", "Publish Timeout",
                                                                    "Label Already Exists", "Fail"};
    return kTexts[static_cast<std::size_t>(status)];
}

std::string_view transaction_state(const FirstLoad& load) {
    switch (load.load.state) {
        case LoadState::open:
        case LoadState::written:
            return "PREPARE";
        case LoadState::prepared:
            return "PRECOMMITTED";
        case LoadState::committed:
            return load.is_imported ? "VISIBLE" : "COMMITTED";
        case LoadState::aborted:
            return "ABORTED";
    }
    return "UNKNOWN";
}

LoadResult result_of(const LoadRequest& request) {
    LoadResult result;
    result.label = request.label;
    result.comment = request.comment;
    result.two_phase_commit = request.two_phase_commit;
    result.group_commit = request.group_commit != GroupCommit::off;
    result.warning = request.warning;
    return result;
}

std::string render(const LoadResult& result) {
    auto text_max = kTextMax;
    auto text = render_cut(result, text_max);
    while (text.size() > kBytesMax && text_max > kTextMin) {
        text_max /= 2;
        text = render_cut(result, text_max);
    }
    return text;
}

}  // namespace millrace::stream_load
