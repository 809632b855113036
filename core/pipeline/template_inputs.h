#pragma once
// TemplateInputs: a request -> what an Evaluator needs to evaluate the templates of its source.
//
// Thread  one.

#include <cstddef>
#include <memory>
#include <optional>

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

    // The batch without its `done`: the request's records as Acceptor (form single) or
    // BatchAcceptor would take them.
    // Errors  invalid stream.in.invalidJson: no array where one is wanted
    //         too_large stream.in.payloadTooLarge: over kTemplateBytesMax
    Result<TemplateBatch> collect(const Record& request, RecordForm form, const SourceRoute& route);

private:
    std::unique_ptr<mapping::Scratch, void (*)(mapping::Scratch*)> scratch_;
    mapping::RecordReader reader_;
};

}  // namespace millrace::pipeline
