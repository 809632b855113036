#include "api/cli/lines_job.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/cli/interrupts.h"
#include "api/cli/text_table.h"
#include "core/base/byte_size.h"

namespace millrace::cli {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kProblemsShown = 5;  // of all batches together

std::uint64_t last_line(const LineBatch& batch) {
    return batch.first_line + batch.lines - 1;
}

// Of an option; nothing for line 0, which is none.
std::string until_text(std::uint64_t line) {
    return line > 0 ? fmt::format("{}", line) : std::string();
}

}  // namespace

LinesJob::LinesJob(const SendJob& job, const SendInput& input, EventSender& sender,
                   Progress& progress)
    : job_(job),
      input_(input),
      sender_(sender),
      progress_(progress),
      batches_(input.descriptor(), job.limits),
      input_bytes_(input.bytes()) {}

Result<void> LinesJob::run() {
    TRY_ASSIGN(const auto skipped, batches_.skip(job_.skip));
    if (skipped < job_.skip && !Interrupts::happened()) {
        return Error(Code::invalid, fmt::format("--skip {}: {} has only {} lines", job_.skip,
                                                input_.path(), skipped));
    }
    acknowledged_ = job_.skip;
    if (job_.first_until > 0) TRY(send_first());
    while (true) {
        TRY_ASSIGN(const auto batch, batches_.next());
        if (Interrupts::happened()) return stopped("interrupted", 0, false);
        if (!batch) return {};
        TRY(send(*batch));
    }
}

Result<void> LinesJob::send_first() {
    TRY_ASSIGN(const auto batch, batches_.next_until(job_.first_until));
    if (Interrupts::happened()) return stopped("interrupted", 0, false);
    if (batch.first_line + batch.lines <= job_.first_until) {
        return Error(Code::invalid, fmt::format("--first-until {}: {} has only {} lines; nothing "
                                                "was sent",
                                                job_.first_until, input_.path(),
                                                batch.first_line + batch.lines - 1));
    }
    return send(batch);
}

Result<void> LinesJob::send(const LineBatch& batch) {
    const auto answer = sender_.post(batch.text, fmt::format("{}-{}", job_.key, batch.first_line),
                                     [this] { batches_.read_ahead(); });
    if (!answer.ok()) {
        return stopped(answer.error().client_text(), last_line(batch),
                       answer.error().code() == Code::unknown_outcome);
    }
    const auto& verdict = answer.value();
    if (verdict.is_key_reused()) return key_reused(batch);
    refused_ += verdict.refused;
    if (verdict.is_refused()) tell(verdict, batch);
    // Of a request that is refused as a whole nothing is counted.
    const bool is_about_records = verdict.refused > 0;
    if (verdict.is_refused() && !(job_.leaves_out_bad_ones && is_about_records)) {
        return refusal(verdict, batch);
    }
    accepted_ += verdict.accepted;
    acknowledged_ += batch.lines;
    bytes_ += batch.text.size();
    if (!verdict.receipt.empty()) receipt_ = verdict.receipt;
    if (!verdict.has_sinks && !has_told_of_sinks_) {
        progress_.say("millrace: nothing is stored: the source has no enabled sink");
        has_told_of_sinks_ = true;
    }
    progress_.show(progress());
    return {};
}

void LinesJob::tell(const Verdict& verdict, const LineBatch& batch) {
    for (const auto& [line, text] : verdict.problems) {
        if (told_++ == kProblemsShown) progress_.say("millrace: and more");
        if (told_ > kProblemsShown) return;
        const auto place = line > 0
                               ? fmt::format("line {}", batch.first_line + line - 1)
                               : fmt::format("lines {} to {}", batch.first_line, last_line(batch));
        progress_.say(fmt::format("millrace: {}: {}", place, printable(text)));
    }
}

std::string LinesJob::progress() const {
    const auto seconds =
        std::max(0.001, std::chrono::duration<double>(Steady::now() - started_).count());
    auto text =
        fmt::format("{} lines, {:.0f}/s", grouped(lines()), static_cast<double>(lines()) / seconds);
    if (input_bytes_ > 0) {
        text = fmt::format(
            "{:3.0f} %  {}",
            100.0 * static_cast<double>(batches_.bytes_read()) / static_cast<double>(input_bytes_),
            text);
    }
    return text;
}

// The same command, to go on behind the line.
std::string LinesJob::command(std::uint64_t skip, std::string_view first_until) const {
    auto text = fmt::format("millrace send {} {} --lines --skip {}", shell_word(job_.source),
                            shell_word(input_.path()), skip);
    if (!first_until.empty()) text += fmt::format(" --first-until {}", first_until);
    text += fmt::format(" --key {}", shell_word(job_.key));
    if (job_.limits.bytes != BatchLimits{}.bytes) {
        text += fmt::format(" --batch-size {}", format_byte_size(job_.limits.bytes));
    }
    return text + job_.other_options;
}

Error LinesJob::stopped(std::string_view why, std::uint64_t until, bool may_be_stored) const {
    if (is_first_open()) until = job_.first_until;
    return Error(Code::unavailable,
                 fmt::format("{}. {} lines are acknowledged{}; those behind them are {}. Go on "
                             "with:\n  {}",
                             why, grouped(acknowledged_),
                             job_.skip > 0 ? fmt::format(", {} of them now", grouped(lines())) : "",
                             may_be_stored || is_first_open()
                                 ? "perhaps stored in part: with this command they are so once"
                                 : "not sent",
                             command(acknowledged_, until_text(until))));
}

// No text leads behind lines that no sink has.
Error LinesJob::refusal(const Verdict& verdict, const LineBatch& batch) const {
    const auto last = last_line(batch);
    auto text = fmt::format("lines {} to {} are refused. {} lines are acknowledged. ",
                            batch.first_line, last, grouped(acknowledged_));
    if (verdict.refused == 0 && verdict.stored_nothing) {
        const bool may_be_stored = verdict.may_be_stored || is_first_open();
        text += fmt::format("Once the cause is mended go on with:\n  {}",
                            command(acknowledged_, until_text(may_be_stored ? last : 0)));
        return Error(Code::invalid, text);
    }
    if (verdict.stored_nothing) {
        text += fmt::format("Correct them and go on with:\n  {}\n",
                            command(acknowledged_, until_text(0)));
    } else {
        text += fmt::format("Other sinks have their rows, so go on behind them:\n  {}\n",
                            command(last, until_text(0)));
    }
    text += fmt::format(
        "Lines that are good are taken without the bad ones with:\n"
        "  millrace settings set {} source.http.badRecords=skip",
        shell_word(job_.source));
    return Error(Code::invalid, text);
}

Error LinesJob::key_reused(const LineBatch& batch) const {
    return Error(
        Code::conflict,
        fmt::format(
            "the key {}-{} had other lines before than {} to {}, so these are not stored. {} lines "
            "are acknowledged.\n"
            "If it is the same input, end the first batch where it ended then; the command that "
            "stopped has printed LINE:\n  {}\n"
            "If it is another input, or was changed, give a new --key; what was stored under the "
            "old one is then stored a second time.",
            job_.key, batch.first_line, batch.first_line, last_line(batch), grouped(acknowledged_),
            command(acknowledged_, "LINE")));
}

std::string shell_word(const std::string& word) {
    const bool is_plain = !word.empty() && std::ranges::all_of(word, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_./:@%+,=").find(c) != std::string_view::npos;
    });
    if (is_plain) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
    return text + "'";
}

}  // namespace millrace::cli
