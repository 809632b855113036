#pragma once
// What the service and a template worker say to each other.
//
// Format    frames: [payload bytes u32][kind u8][payload], integers little endian, a text is its
//           length as u32 and its bytes. Both ends are the same build, so there is no version.
//             service -> worker  setup once, then batches, one at a time
//             worker -> service  checked or ready once; for a batch results, one or more frames
//                                with items in order, until all are answered, one is marked
//                                `ended`, or died comes; after one that names no item, or without
//                                one, the worker ends: how much of the batch was read, and of the
//                                results written, is not known
// Errors    reading what is not such a frame: corrupt. A worker runs code of users: nothing it says
//           is trusted further than that.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/evaluator.h"
#include "templates/evaluation_limits.h"

namespace millrace::templates {

enum class FrameKind : std::uint8_t { setup, checked, ready, batch, results, died };

struct Frame {
    FrameKind kind = FrameKind::setup;
    std::string payload;
};

inline constexpr std::size_t kFrameHeadBytes = 5;

// The bytes of a frame.
std::string encode_frame(FrameKind kind, std::string_view payload);

struct FrameHead {
    FrameKind kind;
    std::uint32_t payload_bytes;
};
Result<FrameHead> decode_frame_head(std::string_view bytes);

struct Setup {
    bool only_check = false;  // say what is wrong with the templates, and end
    int niceness = 0;
    EvaluationLimits limits;
    TemplateTexts templates;
};
std::string encode(const Setup& setup);
Result<Setup> decode_setup(std::string_view payload);

// Of `checked`: one for each template.
using Problems = std::vector<std::optional<std::string>>;
std::string encode(const Problems& problems);
Result<Problems> decode_problems(std::string_view payload);

// One template on one record, by their indices.
struct Item {
    std::uint32_t record_index = 0;
    std::uint32_t template_index = 0;
};

// `records` and `items` may be parts of larger lists: the item's record_index counts in `records`.
struct Batch {
    std::vector<TemplateRecord> records;
    std::vector<Item> items;
};
std::string encode_batch(std::span<const TemplateRecord* const> records,
                         std::span<const Item> items);
Result<Batch> decode_batch(std::string_view payload);

enum class Outcome : std::uint8_t {
    value,      // text: compact JSON
    failed,     // text: the cause
    no_body,    // it needs a body that is neither JSON nor a form
    too_large,  //
};

struct ItemResult {
    Outcome outcome = Outcome::value;
    std::string text;
};

struct Results {
    std::vector<ItemResult> items;
    bool ended = false;  // the rest of the batch is not evaluated: an error, or its time is over
};
std::string encode(const Results& results);
Result<Results> decode_results(std::string_view payload);

// How an evaluating process ended before its batch did.
enum class Death : std::uint8_t {
    time,
    memory,
    stack,
    crash,
    outside,  // the kernel or somebody else has ended it, for no fault of a template
};
struct Died {
    Death death = Death::crash;
    std::optional<std::uint32_t> item;  // the index of the one that it was evaluating
};
std::string encode(const Died& died);
Result<Died> decode_died(std::string_view payload);

}  // namespace millrace::templates
