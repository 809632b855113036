#pragma once
// Error is the one error vocabulary: a code callers decide by, a wire name, a text for the client
// and a text for the operator.
//
// A code exists only where some caller reacts to it differently. The difference that matters most:
// `unavailable` says the operation did not happen, `unknown_outcome` that it may have; only
// adapters in storage/ create the latter, and every operation that can return it is idempotent by
// key.

#include <string>
#include <string_view>
#include <utility>

namespace millrace {

enum class Code {
    invalid,          // the input is wrong; repeating it will not help
    not_found,        //
    conflict,         // the state of the thing does not allow it (now)
    unauthorized,     //
    too_large,        // over a limit that the message names
    overloaded,       // a queue or a quota is full; repeat later
    unavailable,      // failed and did not happen
    unknown_outcome,  // failed and may have happened
    corrupt,          // stored bytes are not what was written
    internal,         // a bug or a broken environment
};

std::string_view to_string(Code code);

class Error {
public:
    // `text` is for the client when the code is one of invalid .. overloaded; the text of
    // the other codes is for those who run the service: in the log, and as the error of a task.
    Error(Code code, std::string text) : code_(code), text_(std::move(text)) {}

    // The name clients see, for example "stream.api.sourceNotFound"; api/ maps it to a status.
    Error named(std::string_view wire_name) && {
        name_ = wire_name;
        return std::move(*this);
    }
    // Says what the caller was doing, outermost first: "upload slice 42: open /x: No space left".
    Error in(std::string_view doing) && {
        context_.insert(0, std::string(doing) + ": ");
        return std::move(*this);
    }

    Code code() const { return code_; }
    const std::string& name() const { return name_; }
    const std::string& client_text() const { return text_; }
    std::string operator_text() const { return context_ + text_; }

private:
    Code code_;
    std::string name_;
    std::string text_;
    std::string context_;
};

}  // namespace millrace
