#pragma once
// OTLP over gRPC: unary calls of Export, each a request of HTTP/2.
//
//     POST /opentelemetry.proto.collector.logs.v1.LogsService/Export    (and for the others)
//     content-type: application/grpc, millrace-source: {projectId}/{sourceId},
//     authorization: Bearer {secret}
//
// Source  https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
// See     docs/otlp.md, "gRPC"

#include <optional>
#include <string>
#include <string_view>

#include "api/http/content_coding.h"
#include "api/http/door.h"
#include "api/otlp/otlp_url.h"
#include "core/base/result.h"

namespace millrace::otlp {

// Whether the target is a method of one of the collector's services, whichever.
bool is_grpc_target(std::string_view target);

// Whether the request is such a call, whatever is wrong with it.
bool is_grpc_call(const http::RequestView& request);

// What it asks for. Without a source where its header is missing.
// Nothing: there is no such method.
std::optional<OtlpUrl> url_of_call(const http::RequestView& request);

// The one message of a call.
struct GrpcMessage {
    std::string_view bytes;
    bool is_compressed = false;  // as grpc-encoding says
};
// Errors  invalid stream.in.badRequest: cut off, or more than one
Result<GrpcMessage> read_message(std::string_view body);

// Of compressed messages. Nothing for one that is not known.
std::optional<http::ContentCoding> coding_of_call(const http::RequestView& request);

// A refusal of OTLP/HTTP in protobuf -> an answer to the call that is nothing but a head, which the
// specification calls Trailers-Only: of a call that could not be read as a whole.
http::Answer refusal_of_call(const http::Answer& refusal);

// Answers of OTLP/HTTP in protobuf -> those of gRPC: a message and trailers with the status. What
// the exporter should send again is UNAVAILABLE.
class GrpcWriter final : public http::ResponseWriter {
public:
    // `inner` has a stream(), and outlives this.
    explicit GrpcWriter(http::ResponseWriter& inner) : inner_(inner) {}

    void reply(const http::Answer& answer) override;
    void reply_ok(int status, std::string_view headers) override;
    void allow_scripts(std::string_view exposed_headers) override {
        inner_.allow_scripts(exposed_headers);
    }
    void resume_body() override { inner_.resume_body(); }
    std::optional<std::string_view> client_certificate() override {
        return inner_.client_certificate();
    }

private:
    http::ResponseWriter& inner_;
};

}  // namespace millrace::otlp
