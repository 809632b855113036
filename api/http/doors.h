#pragma once
// Doors: several doors behind one listener. A request goes to the first one that serves it; the
// last one has all the rest, and speaks for what is no request.
//
// Lifetime  the doors must outlive it.
// Thread    its loop's.

#include <vector>

#include "api/http/door.h"

namespace millrace::http {

class Doors final : public Door {
public:
    explicit Doors(std::vector<Door*> doors);

    bool serves(const RequestView& /*request*/) const override { return true; }
    ExchangePtr begin(const RequestView& request, ResponseWriter& writer) override;
    Answer refusal(const Error& error) override;
    std::optional<Answer> refuse_head(std::string_view request_line, const Error& error) override;
    void tick(SteadyTime now) override;
    void abandon() override;
    void failed(const std::exception& exception) noexcept override;

private:
    const std::vector<Door*> doors_;
};

}  // namespace millrace::http
