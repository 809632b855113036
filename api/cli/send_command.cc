#include "api/cli/send_command.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <random>

#include "api/cli/api_client.h"
#include "api/cli/entity_fields.h"
#include "api/cli/event_sender.h"
#include "api/cli/interrupts.h"
#include "api/cli/known_names.h"
#include "api/cli/lines_job.h"
#include "api/cli/readable.h"
#include "api/cli/send_input.h"
#include "api/cli/text_table.h"
#include "core/base/byte_size.h"
#include "core/base/duration.h"

namespace millrace::cli {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kLinesType = "application/x-ndjson";
constexpr auto kEventType = "application/json";
constexpr std::size_t kEventMax = 64 << 20;  // no service takes more
constexpr std::size_t kBatchMin = 1 << 10;
constexpr std::size_t kBatchMax = 64 << 20;

std::string random_key() {
    std::random_device random;
    return fmt::format("send-{:08x}{:08x}", random(), random());
}

Result<std::uint64_t> number_option(const config::ClientLine& line, std::string_view name) {
    const auto text = line.value(name);
    if (!text) return std::uint64_t{0};
    std::uint64_t number = 0;
    const auto* const end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, number);
    if (read.ec == std::errc() && read.ptr == end) return number;
    return wrong_usage(line, fmt::format("--{} is a number of lines, not \"{}\"", name, *text));
}

bool is_key(const std::string& text) {
    return !text.empty() && text.size() <= 200 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '"'; });
}

Result<SendJob> read_job(const config::ClientLine& line) {
    SendJob job{
        .source = line.operands[0], .key = {}, .limits = {}, .sending = {}, .other_options = {}};
    const bool has_lines = line.has("lines");
    if (!has_lines && (line.has("skip") || line.has("first-until") || line.has("batch-size"))) {
        return wrong_usage(line, "--skip, --first-until and --batch-size are for --lines");
    }
    TRY_ASSIGN(job.skip, number_option(line, "skip"));
    TRY_ASSIGN(job.first_until, number_option(line, "first-until"));
    if (line.has("first-until") && job.first_until <= job.skip) {
        return wrong_usage(line, fmt::format("--first-until {} is a line behind those of --skip",
                                             job.first_until));
    }
    job.key = line.value("key").value_or(random_key());
    if (!is_key(job.key)) {
        return wrong_usage(line, "--key is 1 to 200 visible ASCII characters without quotes");
    }
    if (const auto text = line.value("batch-size")) {
        const auto bytes = parse_byte_size(*text);
        if (!bytes.ok() || bytes.value() < kBatchMin || bytes.value() > kBatchMax) {
            return wrong_usage(
                line, fmt::format("--batch-size is {} to {}, as 512KB, not \"{}\"",
                                  format_byte_size(kBatchMin), format_byte_size(kBatchMax), *text));
        }
        job.limits.bytes = bytes.value();
    }
    if (const auto text = line.value("retry-for")) {
        const auto time = parse_duration(*text);
        if (!time.ok() || time.value() < Milliseconds{0}) {
            return wrong_usage(line,
                               fmt::format("--retry-for is a time, as 5m, not \"{}\"", *text));
        }
        job.sending.retry_for = time.value();
    }
    // Not the token: it would be in the history of the shell.
    for (const auto* const option : {"api", "data-dir", "ingest", "retry-for"}) {
        if (const auto value = line.value(option)) {
            job.other_options += fmt::format(" --{} {}", option, shell_word(*value));
        }
    }
    if (line.has("flush")) job.other_options += " --flush";
    job.sending.content_type = line.value("type").value_or(kEventType);
    if (has_lines) job.sending.content_type = kLinesType;
    return job;
}

// Where the source takes events, as seen from here.
Result<ServerUrl> ingest_url_of(ApiClient& api, const config::ClientLine& line,
                                const Json& source) {
    TRY_ASSIGN(const auto of_source, event_url(source));
    TRY_ASSIGN(auto url, ServerUrl::parse(of_source));
    const auto other = line.value("ingest").value_or(api.ingest_url());
    url.trusted = api.trusted();
    if (other.empty()) return url;
    auto server = ServerUrl::parse(other);
    if (!server.ok()) return wrong_usage(line, "--ingest: " + server.error().client_text());
    // A service behind a prefix has it in its URLs, and not where it is reached directly.
    const auto stream = url.path.find("/stream/");
    const auto path = stream == std::string::npos ? url.path : url.path.substr(stream);
    return ServerUrl{.origin = server.value().origin,
                     .path = server.value().path + path,
                     .trusted = url.trusted};
}

Result<bool> leaves_out_bad_records(ApiClient& api, const std::string& source) {
    TRY_ASSIGN(const auto answer, api.get(source_path(source) + "/settings", "settings"));
    for (const auto& setting : member(answer, {"settings"})) {
        if (text_at(setting, {"key"}) == "source.http.badRecords") {
            return text_at(setting, {"value"}) == "skip";
        }
    }
    return false;
}

std::string refused_text(std::uint64_t events) {
    return fmt::format("{} {} refused", counted(events, "event"), events == 1 ? "was" : "were");
}

Error with_problems(std::string text, const Verdict& verdict) {
    for (const auto& problem : verdict.problems) {
        text +=
            fmt::format("\n  {}{}", problem.line > 0 ? fmt::format("line {}: ", problem.line) : "",
                        printable(problem.text));
    }
    return Error(Code::invalid, text);
}

Result<void> send_lines(const config::ClientLine& line, const SendJob& job, const SendInput& input,
                        EventSender& sender, Progress& progress, Output& out) {
    const auto started = Steady::now();
    Interrupts::take();
    LinesJob lines(job, input, sender, progress);
    TRY(lines.run());
    progress.clear();
    const std::chrono::duration<double> took = Steady::now() - started;
    if (line.has("json")) {
        TRY(out.print(to_line({{"lines", lines.lines()},
                               {"accepted", lines.accepted()},
                               {"refused", lines.refused()},
                               {"bytes", lines.bytes()},
                               {"seconds", took.count()},
                               {"receipt", lines.receipt()}})));
    } else {
        TRY(out.print(fmt::format(
            "{} sent, {} accepted, {} refused ({:.1f} s)\n", counted(lines.lines(), "line"),
            counted(lines.accepted(), "event"), grouped(lines.refused()), took.count())));
        if (!lines.receipt().empty()) {
            TRY(out.print(fmt::format("receipt of the last batch: {}\n", lines.receipt())));
        }
    }
    if (lines.refused() == 0) return {};
    return Error(Code::invalid, refused_text(lines.refused()));
}

Result<std::string> read_event(const SendInput& input) {
    std::string event;
    while (event.size() <= kEventMax) {
        const auto had = event.size();
        event.resize(had + (64 << 10));
        const auto got = ::read(input.descriptor(), event.data() + had, event.size() - had);
        const int cause = errno;
        event.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0) return event;
        if (got < 0 && cause != EINTR) {
            return Error(Code::unavailable,
                         fmt::format("cannot read {}: {}", input.path(), std::strerror(cause)));
        }
    }
    return Error(Code::too_large, fmt::format("{} is too large for one event; --lines sends a line "
                                              "as an event",
                                              input.path()));
}

Result<void> send_event(const config::ClientLine& line, const SendJob& job, const SendInput& input,
                        EventSender& sender, Output& out) {
    TRY_ASSIGN(const auto event, read_event(input));
    const auto answer = sender.post(event, job.key);
    if (!answer.ok()) {
        return Error(answer.error().code(),
                     fmt::format("{} Sent again with --key {} it is stored once.",
                                 as_sentence(answer.error().client_text()), job.key));
    }
    const auto& verdict = answer.value();
    if (verdict.is_key_reused()) {
        return Error(Code::conflict, fmt::format("the key {} had another event before, so this one "
                                                 "is not stored; give a new --key",
                                                 job.key));
    }
    if (verdict.is_refused()) return with_problems("the event is refused", verdict);
    if (line.has("json")) {
        TRY(out.print(to_line({{"accepted", verdict.accepted},
                               {"refused", verdict.refused},
                               {"receipt", verdict.receipt}})));
    } else {
        TRY(out.print(summary_of(verdict) + "\n"));
    }
    if (verdict.refused == 0) return {};
    return with_problems(refused_text(verdict.refused), verdict);
}

// Returns when all rows are in their tables.
Result<void> flush_sinks(ApiClient& api, const std::string& source) {
    TRY_ASSIGN(const auto sinks, api.list(source_path(source) + "/sinks", "sinks"));
    for (const auto& sink : sinks) {
        const auto id = text_at(sink, {"sinkId"});
        auto done = api.change("POST", sink_path(source, id) + "/flush");
        if (!done.ok()) return std::move(done).error().in(fmt::format("flush {}", id));
    }
    return {};
}

Result<void> send(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto job, read_job(line));
    TRY_ASSIGN(const auto input, SendInput::open(line.operand(1).value_or("-")));
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto source = api.get_source(job.source);
    if (!source.ok()) return with_what_there_is(api, source.error(), job.source);
    TRY_ASSIGN(const auto url, ingest_url_of(api, line, source.value()));
    TRY_ASSIGN(job.leaves_out_bad_ones, leaves_out_bad_records(api, job.source));

    Progress progress;
    EventSender sender(url, job.sending, progress);
    auto sent = line.has("lines") ? send_lines(line, job, input, sender, progress, out)
                                  : send_event(line, job, input, sender, out);
    progress.clear();
    // Of what was refused in part the rest is taken.
    const bool has_sent = sent.ok() || sent.error().code() == Code::invalid;
    if (!line.has("flush") || !has_sent) return sent;
    const auto shown = out.flush();
    const auto flushed = flush_sinks(api, job.source);
    TRY(sent);
    TRY(shown);
    return flushed;
}

}  // namespace

ClientCommand send_command() {
    return {
        .spec = {.words = "send",
                 .sentence = "Sends a file, or with - or without a file what comes by a pipe, to a "
                             "source.",
                 .operands = {"SOURCE", "[FILE]"},
                 .options = {{.name = "lines",
                              .placeholder = {},
                              .sentence = "Each line is an event. Without it all is one event."},
                             {.name = "flush",
                              .placeholder = {},
                              .sentence = "Brings the rows to their tables before it ends."},
                             {.name = "skip",
                              .placeholder = "N",
                              .sentence = "Leaves out the first N lines."},
                             {.name = "first-until",
                              .placeholder = "LINE",
                              .sentence = "The first batch ends with this line. An interrupted "
                                          "command prints it, so that what it has sent is stored "
                                          "once."},
                             {.name = "key",
                              .placeholder = "KEY",
                              .sentence = "What the idempotency keys begin with. Default: a new "
                                          "one; that of an interrupted command goes on with it."},
                             {.name = "batch-size",
                              .placeholder = "SIZE",
                              .sentence = "Of one request. Default 256KB."},
                             {.name = "retry-for",
                              .placeholder = "TIME",
                              .sentence = "How long one request is tried. Default 1m."},
                             {.name = "type",
                              .placeholder = "TYPE",
                              .sentence = "The content type of one event. Default "
                                          "application/json."},
                             {.name = "ingest",
                              .placeholder = "URL",
                              .sentence = "Where the service takes events. Default: as the URL of "
                                          "the source says."},
                             kJson},
                 .example = "millrace send shop orders.ndjson --lines\n"
                            "echo '{\"order\": {\"id\": 1}}' | millrace send shop --flush"},
        .run = send};
}

}  // namespace millrace::cli
