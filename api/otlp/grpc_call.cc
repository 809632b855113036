#include "api/otlp/grpc_call.h"

#include <fmt/format.h>

#include <array>
#include <boost/beast/core/string.hpp>
#include <cstdint>
#include <utility>

#include "api/http/request_target.h"
#include "api/otlp/otlp_answers.h"
#include "core/base/error_names.h"
#include "core/otlp/wire_reader.h"

namespace millrace::otlp {
namespace {

constexpr std::string_view kServices = "/opentelemetry.proto.collector.";
constexpr std::string_view kMediaType = "application/grpc";
constexpr std::size_t kMessageHead = 5;  // whether it is compressed, and its length
constexpr int kOk = 0;
constexpr int kResourceExhausted = 8;
constexpr int kUnavailable = 14;

constexpr std::array<std::pair<std::string_view, Signal>, 3> kMethods = {{
    {"logs.v1.LogsService/Export", Signal::logs},
    {"metrics.v1.MetricsService/Export", Signal::metrics},
    {"trace.v1.TraceService/Export", Signal::traces},
}};

std::string_view header_of(const http::RequestView& request, std::string_view name) {
    for (const auto& header : request.head.headers) {
        if (boost::beast::iequals(request.text(header.name), name)) {
            return request.text(header.value);
        }
    }
    return {};
}

struct RpcStatus {
    int code = 0;
    std::string_view message;
};

// What is in a google.rpc.Status; nothing of another body.
RpcStatus read_status(std::string_view body) {
    RpcStatus status;
    WireFault fault;
    WireReader reader(body, fault);
    for (WireField field; reader.next(field);) {
        if (field.number == 1) status.code = static_cast<int>(reader.varint(field));
        if (field.number == 2) status.message = reader.bytes(field);
    }
    return fault.is_noted() ? RpcStatus() : status;
}

// "grpc-message" is printable ASCII; all else is percent-encoded.
std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c >= ' ' && c <= '~' && c != '%') {
            out.push_back(c);
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

// The lines but that of the type, which is gRPC's own.
std::string head_of(std::string_view lines) {
    std::string head = fmt::format("Content-Type: {}\r\n", kMediaType);
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        const auto line = lines.substr(0, end);
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
        const auto name = line.substr(0, line.find(':'));
        if (!boost::beast::iequals(name, "content-type")) head += fmt::format("{}\r\n", line);
    }
    return head;
}

// Of an answer that is none of 200.
std::string status_lines(const http::Answer& answer) {
    auto status = read_status(answer.body);
    if (status.code == kOk) status = {.code = rpc_code_of(answer.status), .message = answer.body};
    // Without details it would be for good: an exporter sends again what is UNAVAILABLE.
    if (status.code == kResourceExhausted) status.code = kUnavailable;
    return fmt::format("grpc-status: {}\r\ngrpc-message: {}\r\n", status.code,
                       encoded(status.message));
}

std::string framed(std::string_view message) {
    std::string frame(kMessageHead, '\0');
    const auto bytes = static_cast<std::uint32_t>(message.size());
    for (unsigned i = 0; i < 4; ++i) frame[1 + i] = static_cast<char>(bytes >> (24 - 8 * i) & 0xff);
    frame += message;
    return frame;
}

}  // namespace

bool is_grpc_target(std::string_view target) {
    return http::origin_form(target).starts_with(kServices);
}

bool is_grpc_call(const http::RequestView& request) {
    const auto type = request.text(request.head.content_type);
    return is_grpc_target(request.text(request.head.target)) && type.starts_with(kMediaType);
}

std::optional<OtlpUrl> url_of_call(const http::RequestView& request) {
    auto path = http::path_of(http::origin_form(request.text(request.head.target)));
    if (!path.starts_with(kServices)) return std::nullopt;
    path.remove_prefix(kServices.size());
    for (const auto& [method, signal] : kMethods) {
        if (path != method) continue;
        const auto source = header_of(request, "millrace-source");
        const auto slash = source.find('/');
        return OtlpUrl{.project = source.substr(0, slash),
                       .source = slash == std::string_view::npos ? std::string_view()
                                                                 : source.substr(slash + 1),
                       .secret = {},
                       .signal = signal};
    }
    return std::nullopt;
}

Result<GrpcMessage> read_message(std::string_view body) {
    std::uint32_t bytes = 0;
    if (body.size() >= kMessageHead) {
        for (std::size_t i = 1; i < kMessageHead; ++i) {
            bytes = bytes << 8 | static_cast<unsigned char>(body[i]);
        }
    }
    if (body.size() < kMessageHead || body.size() - kMessageHead != bytes ||
        static_cast<unsigned char>(body[0]) > 1) {
        return Error(Code::invalid, "The body is not one message of gRPC.")
            .named(error_names::kInBadRequest);
    }
    return GrpcMessage{.bytes = body.substr(kMessageHead), .is_compressed = body[0] == 1};
}

std::optional<http::ContentCoding> coding_of_call(const http::RequestView& request) {
    const auto name = header_of(request, "grpc-encoding");
    if (name.empty() || name == "identity") return http::ContentCoding::identity;
    if (name == "gzip") return http::ContentCoding::gzip;
    if (name == "deflate") return http::ContentCoding::deflate;
    if (name == "zstd") return http::ContentCoding::zstd;
    return std::nullopt;
}

void GrpcWriter::reply(const http::Answer& answer) {
    auto& out = *inner_.stream();
    out.begin(200, head_of(answer.headers));
    if (answer.status == 200) {
        out.write(framed(answer.body));
        return out.end(fmt::format("grpc-status: {}\r\n", kOk));
    }
    out.end(status_lines(answer));
}

void GrpcWriter::reply_ok(int status, std::string_view headers) {
    reply({.status = status, .headers = std::string(headers), .body = {}});
}

http::Answer refusal_of_call(const http::Answer& refusal) {
    return {.status = 200, .headers = head_of(refusal.headers) + status_lines(refusal), .body = {}};
}

}  // namespace millrace::otlp
