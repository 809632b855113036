#include "templates/template_job.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/byte_size.h"
#include "core/base/error_names.h"

namespace millrace::templates {
namespace {

constexpr std::uint64_t kValueBytesMax = 64 << 20;

}  // namespace

Error templates_busy() {
    return Error(Code::overloaded, "Too many events wait for templates, please retry later.")
        .named(error_names::kInTemplatesBusy);
}

Error templates_unavailable() {
    return Error(Code::overloaded,
                 "No process can be started for templates now, please retry later.")
        .named(error_names::kInTemplatesUnavailable);
}

Error too_large(std::string text) {
    return Error(Code::too_large, std::move(text)).named(error_names::kInPayloadTooLarge);
}

TemplateJob::TemplateJob(TemplateBatch batch)
    : apart{.killed = std::vector<std::uint32_t>(batch.templates->size())},
      batch_(std::move(batch)),
      values_(batch_.records.size() * batch_.templates->size(), std::string()),
      left_(values_.size()) {}

void TemplateJob::answer(const Item& item, Result<std::string> value) {
    if (value.ok() && value_bytes_.fetch_add(value.value().size()) > kValueBytesMax) {
        value = too_large(fmt::format("the values of the request's templates are larger than {}",
                                      format_byte_size(kValueBytesMax)));
    }
    values_[item.record_index * batch_.templates->size() + item.template_index] = std::move(value);
    if (left_.fetch_sub(1) == 1) batch_.done(std::move(values_));
}

}  // namespace millrace::templates
