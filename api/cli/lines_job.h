#pragma once
// LinesJob: sends the lines of one input, batch for batch, and knows how far it is.
//
// The key of a batch is that of the job with the number of its first line. A batch that was sent
// and not acknowledged may be stored, and its key is good for its lines alone. Whoever goes on has
// to send just those under it, however the input has grown and a pipe is cut this time: so the
// command that goes on says where that batch ends.
//
// One batch is under way at a time, and the next one is read meanwhile. Several at once would be
// faster, and wrong: the last row of a key counts, so lines must be stored in their order; and what
// is behind a refused batch must not be stored, or nobody could correct its lines and go on.
//
// Thread  one.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/cli/event_sender.h"
#include "api/cli/line_batches.h"
#include "api/cli/send_input.h"
#include "api/cli/terminal.h"
#include "core/base/result.h"

namespace millrace::cli {

struct SendJob {
    std::string source;
    std::uint64_t skip = 0;         // lines
    std::uint64_t first_until = 0;  // the last line of the first batch; 0: as its size is
    std::string key;
    BatchLimits limits;
    EventSender::Options sending;
    std::string other_options;         // of the command that goes on, each with a space before it
    bool leaves_out_bad_ones = false;  // the source does, so that a refusal is no end
};

class LinesJob {
public:
    // All must outlive it.
    LinesJob(const SendJob& job, const SendInput& input, EventSender& sender, Progress& progress);

    // Errors  invalid: a batch was refused; unavailable: interrupted, or nobody took a batch. The
    //         text says what was acknowledged, and how to go on.
    Result<void> run();

    std::uint64_t lines() const { return acknowledged_ - job_.skip; }  // that were acknowledged
    std::uint64_t accepted() const { return accepted_; }               // records
    std::uint64_t refused() const { return refused_; }
    std::uint64_t bytes() const { return bytes_; }
    const std::string& receipt() const { return receipt_; }  // of the last batch

private:
    Result<void> send_first();
    Result<void> send(const LineBatch& batch);
    void tell(const Verdict& verdict, const LineBatch& batch);
    std::string progress() const;
    std::string command(std::uint64_t skip, std::string_view first_until) const;
    // `until` is the last line of the batch that was tried; 0: none was.
    Error stopped(std::string_view why, std::uint64_t until, bool may_be_stored) const;
    Error refusal(const Verdict& verdict, const LineBatch& batch) const;
    Error key_reused(const LineBatch& batch) const;
    // Whether an earlier command has sent the batch that is next.
    bool is_first_open() const { return acknowledged_ < job_.first_until; }

    const SendJob& job_;
    const SendInput& input_;
    EventSender& sender_;
    Progress& progress_;
    LineBatches batches_;
    const std::uint64_t input_bytes_;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::uint64_t acknowledged_ = 0;  // lines of the input, those that were skipped included
    std::uint64_t accepted_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t bytes_ = 0;
    std::size_t told_ = 0;
    bool has_told_of_sinks_ = false;
    std::string receipt_;
};

// So that a shell reads it as one word.
std::string shell_word(const std::string& word);

}  // namespace millrace::cli
