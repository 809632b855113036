#pragma once
// SourceMapper: the compiled mappings of all sinks of a source: record -> one CSV row per sink.
//
// Lifetime  immutable once compiled; shared by all loops.
// Thread    any, with one Scratch per thread.
// See       docs/mapping.md (rendering rules), docs/formats/slice.md (the row)

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/found_records.h"
#include "core/mapping/header_list.h"
#include "core/mapping/record.h"
#include "core/model/column.h"
#include "core/model/value_rules.h"
#include "core/ports/evaluator.h"
#include "core/ports/rng.h"

namespace millrace::mapping {

struct MappingLimits {
    std::uint64_t row_bytes_max = 1536 << 10;
};

// What a body of type text/plain is to paths and templates.
enum class PlainText {
    unsupported,
    json,  // if it is JSON
};

class Scratch;  // buffers that mapping reuses from record to record

class SourceMapper {
public:
    // One column list per sink, and the rules of its target, or none of any. `secrets`: what
    // `headers` columns and templates see of the request.
    // Errors  invalid: an unusable path, template or default, with the column's name
    static Result<SourceMapper> compile(const std::vector<std::vector<Column>>& sinks,
                                        MappingLimits limits,
                                        SecretHeaders secrets = SecretHeaders::left_out,
                                        PlainText plain_text = PlainText::unsupported,
                                        const std::vector<ValueRules>& rules = {});

    SourceMapper(SourceMapper&&) noexcept;
    SourceMapper& operator=(SourceMapper&&) noexcept;
    ~SourceMapper();

    // The templates that are not compiled, each once: an Evaluator is to evaluate them before the
    // record is mapped.
    const std::shared_ptr<const TemplateTexts>& templates() const;

    // What the sinks want of a body.
    const PathTrie& paths() const;

    // Looks at the record once for all sinks: validates a JSON body that some sink needs and finds
    // the values of all paths. `record` and `values`, one for each of templates(), must stay valid
    // until the last append_row(). A body of which `found` tells the values of paths() is JSON
    // without white space, and is not read.
    void begin(const Record& record, Scratch& scratch,
               std::span<const Result<std::string>> values = {},
               const FoundValues& found = {}) const;

    // Another record of the same request, as begin(): only its body differs from the last one's.
    void next(std::string_view body, Scratch& scratch,
              std::span<const Result<std::string>> values = {},
              const FoundValues& found = {}) const;

    // What templates see of the last record, and of its request.
    TemplateRecord template_record(Scratch& scratch,
                                   std::shared_ptr<const TemplateRequest> request) const;
    std::shared_ptr<const TemplateRequest> template_request(Scratch& scratch) const;

    // Appends the row of sink `sink` (its index in compile()) to `out`; after an error it is as
    // before.
    // Errors  invalid    stream.in.invalidJson, .pathNotFound, .unsupportedMediaType, .invalidForm,
    //                    .templateFailed, .invalidValue, with the column in the text
    //         too_large  stream.in.payloadTooLarge: the row is over the limit; names the column
    Result<void> append_row(std::size_t sink, Scratch& scratch, std::string& out) const;

    // Appends the row that deletes the one with the key of the last record, as append_row(). Of a
    // message without a value paths see the key of the message; if that is no object or array, it
    // is the value itself. No default stands for a part of the key.
    // Errors  invalid    those of append_row(); stream.in.invalidValue: the sink has no primary
    //                    key, or a column of it is not known of such a record
    Result<void> append_delete(std::size_t sink, Scratch& scratch, std::string& out) const;

    // What a reject keeps of the last record besides its other fields (see origin.h).
    std::string origin(Scratch& scratch) const;

    // Whether the row that the last append_row() made has no value of the body: the sink has paths,
    // and each of them fell back to its default.
    static bool is_all_defaults(const Scratch& scratch);

    // The name of the column that the last append_row() failed at.
    static std::string_view failed_column(const Scratch& scratch);

private:
    struct Compiled;
    explicit SourceMapper(std::unique_ptr<const Compiled> compiled);

    std::unique_ptr<const Compiled> compiled_;
};

// Makes a Scratch; `rng` (for uuid columns) must outlive it.
std::unique_ptr<Scratch, void (*)(Scratch*)> make_scratch(Rng& rng);

}  // namespace millrace::mapping
