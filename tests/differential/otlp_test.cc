#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include "core/otlp/flattener.h"
#include "otlp_subset.pb.h"
#include "tests/unit/core/otlp/found_check.h"

namespace millrace::otlp {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::uint32_t kRounds = 1000;

std::unique_ptr<Message> request_of(Signal signal) {
    switch (signal) {
        case Signal::logs:
            return std::make_unique<otlp_subset::LogsRequest>();
        case Signal::metrics:
            return std::make_unique<otlp_subset::MetricsRequest>();
        case Signal::traces:
            return std::make_unique<otlp_subset::TracesRequest>();
    }
    return nullptr;
}

// Fills messages with whatever their fields can be.
class Filler {
public:
    explicit Filler(std::uint32_t seed) : random_(seed) {}

    void fill(Message& message, int depth) {
        const auto& descriptor = *message.GetDescriptor();
        for (int i = 0; i < descriptor.field_count(); ++i) {
            const auto& field = *descriptor.field(i);
            if (!field.is_repeated()) {
                if (below(3) > 0) set(message, field, depth, false);
                continue;
            }
            for (auto items = below(3); items > 0; --items) set(message, field, depth, true);
        }
    }

    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(random_() % bound);
    }

private:
    std::uint64_t number() {
        const auto wide = std::uint64_t{random_()} << 32 | random_();
        return below(2) == 0 ? below(200) : wide >> below(64);
    }
    double real() {
        constexpr double kOdd[] = {
            0, 1e300, 5e-324, 0.1, 1e21, 123456789.125, std::numeric_limits<double>::infinity()};
        return kOdd[below(std::size(kOdd))];
    }
    std::string text() {
        constexpr std::string_view kParts[] = {"a", "\"", "\\", "\n", "\x01", "é", "€", "𝄞", " "};
        std::string all;
        for (auto parts = below(6); parts > 0; --parts) all += kParts[below(std::size(kParts))];
        return all;
    }
    std::string bytes_of(const std::string& name) {
        std::string bytes(name.find("trace_id") != std::string::npos  ? 16U
                          : name.find("span_id") != std::string::npos ? 8U
                                                                      : below(5),
                          '\0');
        for (auto& byte : bytes) byte = static_cast<char>(random_());
        return bytes;
    }

    void set(Message& message, const FieldDescriptor& field, int depth, bool add) {
        const auto& reflection = *message.GetReflection();
        const auto put = [&](auto setter, auto adder, auto value) {
            if (add) return (reflection.*adder)(&message, &field, value);
            (reflection.*setter)(&message, &field, value);
        };
        using R = google::protobuf::Reflection;
        switch (field.cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                return put(&R::SetInt32, &R::AddInt32, static_cast<std::int32_t>(number()));
            case FieldDescriptor::CPPTYPE_INT64:
                return put(&R::SetInt64, &R::AddInt64, static_cast<std::int64_t>(number()));
            case FieldDescriptor::CPPTYPE_UINT32:
                return put(&R::SetUInt32, &R::AddUInt32, static_cast<std::uint32_t>(number()));
            case FieldDescriptor::CPPTYPE_UINT64:
                return put(&R::SetUInt64, &R::AddUInt64, number());
            case FieldDescriptor::CPPTYPE_DOUBLE:
                return put(&R::SetDouble, &R::AddDouble, real());
            case FieldDescriptor::CPPTYPE_BOOL:
                return put(&R::SetBool, &R::AddBool, below(2) == 0);
            case FieldDescriptor::CPPTYPE_ENUM:
                return put(&R::SetEnumValue, &R::AddEnumValue, static_cast<int>(below(12)));
            case FieldDescriptor::CPPTYPE_STRING: {
                auto value =
                    field.type() == FieldDescriptor::TYPE_BYTES ? bytes_of(field.name()) : text();
                if (add) return reflection.AddString(&message, &field, std::move(value));
                return reflection.SetString(&message, &field, std::move(value));
            }
            case FieldDescriptor::CPPTYPE_MESSAGE:
                if (depth == 0) return;
                return fill(*(add ? reflection.AddMessage(&message, &field)
                                  : reflection.MutableMessage(&message, &field)),
                            depth - 1);
            case FieldDescriptor::CPPTYPE_FLOAT:
                break;
        }
    }

    std::mt19937 random_;
};

struct ByLibrary {
    std::string text;
    std::string problem;  // empty: none
};

// The records by way of libprotobuf: its message, its JSON, and that flattened.
ByLibrary by_library(Signal signal, const std::string& wire) {
    const auto message = request_of(signal);
    if (!message->ParseFromString(wire)) return {.problem = "libprotobuf refuses the request"};
    std::string json;
    const auto printed = google::protobuf::util::MessageToJsonString(*message, &json);
    if (!printed.ok()) return {.problem = "libprotobuf cannot print it as JSON"};
    Flattener flattener(64 << 20);
    const auto done = flattener.flatten(signal, Encoding::json, json);
    if (!done.ok()) return {.problem = done.error().client_text()};
    return {.text = std::string(flattener.text())};
}

class OtlpDifferentialTest : public testing::TestWithParam<Signal> {};

// Goal    our reader finds in a request what libprotobuf finds in it.
// Method  made-up messages of all fields, serialized by libprotobuf; flattened by us, and printed
//         as JSON by libprotobuf and flattened from there.
TEST_P(OtlpDifferentialTest, WholeRequestsAreTheSame) {
    const auto signal = GetParam();
    std::uint64_t records = 0;
    for (std::uint32_t seed = 0; seed < kRounds; ++seed) {
        SCOPED_TRACE(seed);
        Filler filler(seed);
        const auto message = request_of(signal);
        filler.fill(*message, 9);
        const auto wire = message->SerializeAsString();
        Flattener flattener(64 << 20);
        const auto done = flattener.flatten(signal, Encoding::protobuf, wire);
        ASSERT_TRUE(done.ok()) << done.error().client_text();
        const auto library = by_library(signal, wire);
        ASSERT_EQ(library.problem, "");
        ASSERT_EQ(flattener.text(), library.text);
        records += flattener.records();
    }
    EXPECT_GT(records, kRounds / 2);
}

// Goal    in records of whatever fields the flattener finds what a scanner finds.
TEST_P(OtlpDifferentialTest, ValuesAreFoundAsScanned) {
    const auto signal = GetParam();
    std::size_t values = 0;
    for (std::uint32_t seed = 0; seed < kRounds / 4; ++seed) {
        SCOPED_TRACE(seed);
        Filler filler(seed);
        const auto message = request_of(signal);
        filler.fill(*message, 9);
        values += expect_found_as_scanned(signal, Encoding::protobuf, message->SerializeAsString());
    }
    EXPECT_GT(values, kRounds);
}

// Goal    a damaged request never means one thing to us and another to libprotobuf.
// Method  bytes of such requests are changed, cut and doubled. Where both take the request it is
//         the same. Left out is what the way by JSON cannot show: texts that are not UTF-8, which
//         we mend, and ids of other lengths.
TEST_P(OtlpDifferentialTest, DamagedRequestsThatBothTakeAreTheSame) {
    const google::protobuf::LogSilencer silence;
    const auto signal = GetParam();
    int taken = 0;
    for (std::uint32_t seed = 0; seed < kRounds; ++seed) {
        SCOPED_TRACE(seed);
        Filler filler(seed);
        const auto message = request_of(signal);
        filler.fill(*message, 9);
        auto wire = message->SerializeAsString();
        if (wire.empty()) continue;
        for (auto changes = 1 + filler.below(3); changes > 0; --changes) {
            const auto at = filler.below(static_cast<std::uint32_t>(wire.size()));
            switch (filler.below(4)) {
                case 0:
                    wire[at] = static_cast<char>(filler.below(256));
                    break;
                case 1:
                    wire[at] = static_cast<char>(wire[at] ^ (1 << filler.below(8)));
                    break;
                case 2:
                    wire.resize(at + 1);
                    break;
                default:
                    wire.insert(at, wire.substr(at, filler.below(20)));
                    break;
            }
        }
        Flattener flattener(64 << 20);
        if (!flattener.flatten(signal, Encoding::protobuf, wire).ok()) continue;
        const std::string ours(flattener.text());
        if (ours.find("\xef\xbf\xbd") != std::string::npos) continue;  // mended
        const auto library = by_library(signal, wire);
        if (!library.problem.empty()) continue;
        ASSERT_EQ(ours, library.text);
        ++taken;
    }
    EXPECT_GT(taken, 20);
}

INSTANTIATE_TEST_SUITE_P(Signals, OtlpDifferentialTest, testing::ValuesIn(kSignals),
                         [](const auto& of) { return std::string(to_string(of.param)); });

}  // namespace
}  // namespace millrace::otlp
