#include "api/ingest/answerer.h"

#include <string_view>

namespace millrace::ingest {

void Answerer::end(const Ending& ending, const Place& place, Requester& requester) {
    counters_.accepted.add(ending.accepted);
    counters_.rejected.add(ending.rejected);
    std::string_view headers;
    if (ending.has_receipt) headers = receipts_.of(ending, place);
    if (ending.has_no_sink) headers = kAckNone;
    if (ending.report) {
        auto answer = *ending.report;
        answer.headers += headers;
        requester.reply(answer);
    } else {
        requester.reply_ok(ending.status, headers);
    }
}

void Answerer::fail(const Ending& ending, const Answer& answer, Requester& requester) {
    counters_.failed.add(ending.accepted + ending.rejected);
    requester.reply(answer);
}

}  // namespace millrace::ingest
