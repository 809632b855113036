#pragma once
// JsonRequest: an OTLP request as JSON -> the same request as protobuf, which has one reader.
//
// Accepted is what the protobuf JSON mapping allows and exporters write: names in camelCase and
// in snake_case, 64-bit numbers as texts and as numbers, enums by name and by number, ids in
// hexadecimal digits of both cases and in base64, null as absent, doubles as whole numbers of any
// length. Unknown names are ignored, and so are messages and groups below them.
//
// Lifetime  reused from request to request; a large buffer is given back by release().
// Thread    one.

#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "core/model/signal.h"

namespace millrace::otlp {

class JsonRequest {
public:
    JsonRequest();
    ~JsonRequest();
    JsonRequest(const JsonRequest&) = delete;
    JsonRequest& operator=(const JsonRequest&) = delete;

    // Valid until the next call.
    // Errors  invalid: it is no JSON, or a value is not what its field wants, which is told
    Result<std::string_view> to_wire(Signal signal, std::string_view json);

    // Gives memory back that only a large request needed.
    void release();

private:
    struct State;
    const std::unique_ptr<State> state_;
};

}  // namespace millrace::otlp
