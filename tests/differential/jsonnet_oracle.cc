#include "tests/differential/jsonnet_oracle.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "core/base/time_pattern.h"
#include "core/mapping/header_list.h"
#include "core/mapping/json_text.h"
#include "core/mapping/path.h"

extern "C" {
#include <libjsonnet.h>
}

namespace millrace::differential {
namespace {

using Json = nlohmann::ordered_json;
using Value = JsonnetJsonValue;

constexpr const char* kFunctions = R"(
local native = std.native;
local Ip() = native('ip')(0);
local Now(format='%Y-%m-%dT%H:%M:%S.%fZ') = native('now')(format);
local BodyStr() = native('bodyStr')(0);
local HeaderStr() = native('headerStr')(0);
local Body(path='', default=error 'path "' + path + '" not found in the body') =
  local found = native('body')(path);
  if std.length(found) == 0 then default else found[0];
local Header(header='', default=error 'header "' + native('canonical')(header) + '" not found') =
  local found = native('header')(header);
  if std.length(found) == 0 then default else found[0];
local loop(index) =
  if native('emit')(std.toString([templates[index]()])) then loop(native('next')(0)) tailstrict
  else 0;
loop(native('next')(0))
)";

class Run {
public:
    Run(const std::vector<OracleEvent>& events, const std::vector<OraclePair>& pairs)
        : events_(events), pairs_(pairs) {
        for (const auto& event : events) bodies_.push_back(Json::parse(event.body));
    }

    // Answers all pairs.
    void evaluate(const std::string& program) {
        vm_.reset(jsonnet_make());
        add<&Run::next>("next");
        add<&Run::emit>("emit");
        add<&Run::ip>("ip");
        add<&Run::now>("now");
        add<&Run::body_str>("bodyStr");
        add<&Run::header_str>("headerStr");
        add<&Run::body>("body");
        add<&Run::header>("header");
        add<&Run::canonical>("canonical");
        int failed = 0;
        char* const out = jsonnet_evaluate_snippet(vm_.get(), "t", program.c_str(), &failed);
        const std::string text = out;
        jsonnet_realloc(vm_.get(), out, 0);
        if (answers_to_ != nullptr) end_child(failed != 0, text);
        if (is_done()) return;
        ADD_FAILURE() << text;
        answers_.resize(pairs_.size());
    }

    bool is_done() const { return answers_.size() == pairs_.size(); }
    std::vector<OracleAnswer> take() && { return std::move(answers_); }

private:
    struct Destroy {
        void operator()(JsonnetVm* vm) const { jsonnet_destroy(vm); }
    };

    template <Value* (Run::*Function)(const Value* argument)>
    void add(const char* name) {
        static const std::array<const char*, 2> kParameters{"x", nullptr};
        const auto call = [](void* context, const Value* const* arguments, int* ok) -> Value* {
            auto& run = *static_cast<Run*>(context);
            auto* const value = (run.*Function)(arguments[0]);
            *ok = run.is_over_ ? 0 : 1;
            return value;
        };
        jsonnet_native_callback(vm_.get(), name, call, this, kParameters.data());
    }

    const OracleEvent& event() const { return events_[pairs_[answers_.size()].event_index]; }
    std::string text(const Value* value) { return jsonnet_json_extract_string(vm_.get(), value); }
    Value* string(const std::string& text) {
        return jsonnet_json_make_string(vm_.get(), text.c_str());
    }
    Value* array() { return jsonnet_json_make_array(vm_.get()); }

    // An error ends an evaluation, and to begin another costs 50 ms and more: from where the
    // program asks for its first event, a child process goes on to the next error, then another
    // one.
    void answer_in_children() {
        while (!is_done()) {
            std::array<int, 2> ends{};
            ASSERT_EQ(pipe(ends.data()), 0);
            const auto child = fork();
            ASSERT_GE(child, 0);
            if (child == 0) {
                close(ends[0]);
                answers_to_ = fdopen(ends[1], "w");
                return;
            }
            close(ends[1]);
            const auto before = answers_.size();
            read_answers(ends[0]);
            int status = 0;
            waitpid(child, &status, 0);
            ASSERT_EQ(status, 0);
            ASSERT_GT(answers_.size(), before);
        }
    }

    void read_answers(int from) {
        auto* const answers = fdopen(from, "r");
        char* line = nullptr;
        std::size_t room = 0;
        for (ssize_t bytes = 0; (bytes = getdelim(&line, &room, '\0', answers)) > 0;) {
            std::string text(line + 1, static_cast<std::size_t>(bytes) - 2);
            if (line[0] == 'v') {
                answers_.push_back({.value = std::move(text), .error = {}});
            } else {
                answers_.push_back({.value = {}, .error = std::move(text)});
            }
        }
        free(line);
        fclose(answers);
    }

    void tell(char kind, const std::string& text) {
        answers_.emplace_back();
        fprintf(answers_to_, "%c%s", kind, text.c_str());
        fputc('\0', answers_to_);
    }

    [[noreturn]] void end_child(bool failed, const std::string& text) {
        constexpr std::string_view kRuntime = "RUNTIME ERROR: ";
        if (failed) tell('e', text.substr(0, text.find("\n\t")).substr(kRuntime.size()));
        fclose(answers_to_);
        _exit(0);
    }

    Value* next(const Value*) {
        if (answers_to_ == nullptr) answer_in_children();
        if (answers_to_ == nullptr) {
            is_over_ = true;
            return string("");
        }
        const auto index = pairs_[answers_.size()].template_index;
        return jsonnet_json_make_number(vm_.get(), static_cast<double>(index));
    }

    Value* emit(const Value* value) {
        std::string compact;
        mapping::append_compact(compact, text(value));
        tell('v', compact.substr(1, compact.size() - 2));
        return jsonnet_json_make_bool(vm_.get(), is_done() ? 0 : 1);
    }

    Value* ip(const Value*) { return string(event().ip); }

    Value* now(const Value* pattern) {
        std::string out;
        append_time(out, event().arrived_at, text(pattern));
        return string(out);
    }

    Value* body_str(const Value*) { return string(event().body); }

    Value* header_str(const Value*) {
        std::string lines;
        for (const auto& [name, value] : event().headers) lines += name + ": " + value + "\n";
        return string(lines);
    }

    Value* body(const Value* path) {
        const auto* at = &bodies_[pairs_[answers_.size()].event_index];
        const auto written = text(path);
        const auto parts = written.empty() ? mapping::Path{} : mapping::parse_path(written).value();
        for (const auto& part : parts) {
            const auto* const from = at;
            at = nullptr;
            if (from->is_object() && !part.index_only && from->contains(part.key)) {
                at = &from->at(part.key);
            } else if (from->is_array() && part.index && *part.index < from->size()) {
                at = &from->at(*part.index);
            }
            if (at == nullptr) return array();
        }
        auto* const found = array();
        jsonnet_json_array_append(vm_.get(), found, convert(*at));
        return found;
    }

    Value* header(const Value* name) {
        auto* const found = array();
        const auto wanted = canonical_name(text(name));
        auto* const all = jsonnet_json_make_object(vm_.get());
        for (const auto& [key, value] : event().headers) {
            if (key == wanted) jsonnet_json_array_append(vm_.get(), found, string(value));
            jsonnet_json_object_append(vm_.get(), all, key.c_str(), string(value));
        }
        if (wanted.empty()) {
            jsonnet_json_array_append(vm_.get(), found, all);
        } else {
            jsonnet_json_destroy(vm_.get(), all);
        }
        return found;
    }

    Value* canonical(const Value* name) { return string(canonical_name(text(name))); }

    static std::string canonical_name(const std::string& name) {
        std::string out;
        mapping::append_canonical_header(out, name);
        return out;
    }

    Value* convert(const Json& json) {
        if (json.is_null()) return jsonnet_json_make_null(vm_.get());
        if (json.is_boolean()) return jsonnet_json_make_bool(vm_.get(), json.get<bool>() ? 1 : 0);
        if (json.is_number()) return jsonnet_json_make_number(vm_.get(), json.get<double>());
        if (json.is_string()) return string(json.get<std::string>());
        if (json.is_array()) {
            auto* const items = array();
            for (const auto& item : json)
                jsonnet_json_array_append(vm_.get(), items, convert(item));
            return items;
        }
        auto* const object = jsonnet_json_make_object(vm_.get());
        for (const auto& [key, value] : json.items()) {
            jsonnet_json_object_append(vm_.get(), object, key.c_str(), convert(value));
        }
        return object;
    }

    const std::vector<OracleEvent>& events_;
    const std::vector<OraclePair>& pairs_;
    std::vector<Json> bodies_;
    std::unique_ptr<JsonnetVm, Destroy> vm_;
    std::vector<OracleAnswer> answers_;
    FILE* answers_to_ = nullptr;  // in a child: what its parent reads
    bool is_over_ = false;        // all pairs are answered: the evaluation is to end
};

}  // namespace

std::vector<OracleAnswer> ask_jsonnet(const std::vector<std::string>& templates,
                                      const std::vector<OracleEvent>& events,
                                      const std::vector<OraclePair>& pairs) {
    // `templates` is defined behind the functions that it uses and before `loop`, which uses it.
    std::string list = "local templates = [";
    for (const auto& text : templates) list += "function() (\n" + text + "\n),\n";
    list += "];\n";
    std::string program = kFunctions;
    program.insert(program.find("local loop"), list);

    Run run(events, pairs);
    run.evaluate(program);
    return std::move(run).take();
}

}  // namespace millrace::differential
