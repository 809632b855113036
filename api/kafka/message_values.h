#pragma once
// MessageValues: what general templates make of messages that are to be mapped, some hundred of
// them at once, because an evaluation goes to other processes.
//
// Thread  that of the source, which waits for the templates.

#include <cstddef>
#include <span>

#include "api/kafka/batch_maker.h"
#include "api/kafka/reader_inbox.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/source_route.h"
#include "core/ports/evaluator.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

class MessageValues {
public:
    // Looks every `look` whether the inbox says that the source ends.
    MessageValues(Evaluator& evaluator, ReaderInbox& inbox, Milliseconds look)
        : evaluator_(evaluator), inbox_(inbox), look_(look) {}

    // Whether the next message was evaluated.
    bool has_next() const { return messages_ > 0; }
    // Of the messages that were evaluated and not taken; BatchMaker::add() takes from its front.
    Values& left() { return left_; }
    void took_message() {
        if (messages_ > 0) --messages_;
    }
    void drop() { messages_ = 0; }

    // Evaluates the first of the messages. False: the source ends.
    // Errors  unavailable: not now
    Result<bool> evaluate(const pipeline::SourceRoute& route, BatchMaker& maker,
                          std::span<const FetchedMessage> messages, const Instant& at);

private:
    Evaluator& evaluator_;
    ReaderInbox& inbox_;
    const Milliseconds look_;
    TemplateBatch::Values values_;
    Values left_;
    std::size_t messages_ = 0;  // of which left_ has the values
};

}  // namespace millrace::kafka
