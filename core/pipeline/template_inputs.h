#pragma once
// TemplateInputs: a request -> what an Evaluator needs to evaluate the templates of its source.
//
// Thread  one.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/base/result.h"
#include "core/mapping/record.h"
#include "core/mapping/record_reader.h"
#include "core/mapping/source_mapper.h"
#include "core/model/settings.h"
#include "core/pipeline/source_route.h"
#include "core/ports/evaluator.h"
#include "core/ports/rng.h"

namespace millrace::pipeline {

// What one request may take while its templates are evaluated.
inline constexpr std::size_t kTemplateBytesMax = 64 << 20;

// What a batch takes, about, until its values have come.
std::size_t bytes_of(const TemplateBatch& batch);

class TemplateInputs {
public:
    // `rng` must outlive this.
    explicit TemplateInputs(Rng& rng) : scratch_(mapping::make_scratch(rng)) {}

    // Begins with the request's records, as Acceptor (form single) or BatchAcceptor would take
    // them. What the arguments see must stay valid until take().
    // Errors  invalid stream.in.invalidJson: no array where one is wanted
    Result<void> begin(const Record& request, RecordForm form, const SourceRoute& route);

    // The request is at another place now, the same bytes.
    void move_to(const Record& request);

    // Collects about `work` bytes of records. True when none is left. After an error the request
    // has ended.
    // Errors  too_large stream.in.payloadTooLarge: over kTemplateBytesMax
    Result<bool> go_on(std::uint64_t work);

    // What was collected so far takes, about.
    std::size_t bytes() const { return bytes_ + reader_.bytes(); }

    // The batch without its `done`, when go_on() has said that all records are in it.
    TemplateBatch take() { return std::move(batch_); }

    // All at once.
    // Errors  those of begin() and go_on()
    Result<TemplateBatch> collect(const Record& request, RecordForm form, const SourceRoute& route);

private:
    void set_request(const Record& request);

    std::unique_ptr<mapping::Scratch, void (*)(mapping::Scratch*)> scratch_;
    mapping::RecordReader reader_;
    const SourceRoute* route_ = nullptr;
    RecordForm form_ = RecordForm::single;
    Record record_;  // the request, with the body of one record
    std::shared_ptr<const TemplateRequest> shared_;
    TemplateBatch batch_;
    std::size_t bytes_ = 0;
};

}  // namespace millrace::pipeline
