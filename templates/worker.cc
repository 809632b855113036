#include "templates/worker.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/mapping/json_text.h"
#include "templates/channel.h"
#include "templates/event_functions.h"
#include "templates/program_text.h"
#include "templates/progress.h"
#include "templates/sandbox.h"
#include "templates/vm.h"
#include "templates/worker_wire.h"

namespace millrace::templates {
namespace {

constexpr Milliseconds kForever{1 << 30};
constexpr std::uint64_t kFrameBytesMax = 1U << 31;
constexpr std::uint64_t kParsingBytes = 256 << 20;  // more than the standard library needs
constexpr std::size_t kFlushBytes = 256 << 10;
constexpr std::size_t kCauseBytesMax = 1000;
// After so long in a batch it is another source's turn.
constexpr Milliseconds kTurnTime{50};
// The names of members are never freed by libjsonnet: after so many evaluations or bytes of events
// another process goes on.
constexpr std::uint64_t kItemsMax = 50'000;
constexpr std::uint64_t kEventBytesMax = 32 << 20;

// Not to be guessed by a template.
std::string random_suffix() {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof(number), 0) != sizeof(number)) {
        exit_worker(WorkerExit::refused);
    }
    return fmt::format(":{:016x}", number);
}

// What libjsonnet says before the stack.
std::string_view cause_of(const Vm::Failure& failure) {
    return std::string_view(failure.text).substr(0, failure.text.find("\n\t"));
}

std::optional<Death> death_of(int status) {
    if (WIFSIGNALED(status)) {
        // The kernel when memory ends, or an operator; a template cannot.
        return WTERMSIG(status) == SIGKILL ? Death::outside : Death::crash;
    }
    switch (static_cast<WorkerExit>(WEXITSTATUS(status))) {
        case WorkerExit::done:
            return std::nullopt;
        case WorkerExit::time:
            return Death::time;
        case WorkerExit::memory:
            return Death::memory;
        case WorkerExit::stack:
            return Death::stack;
        case WorkerExit::closed:
        case WorkerExit::refused:
            return Death::outside;
    }
    return Death::crash;
}

class Worker {
public:
    Worker(Channel& channel, const Progress& progress, Setup setup)
        : channel_(channel),
          progress_(progress),
          setup_(std::move(setup)),
          vm_(setup_.limits.stack_frames),
          suffix_(random_suffix()),
          event_(vm_, suffix_) {
        vm_.add_native("next" + suffix_, [this](const auto&) { return next(); });
        vm_.add_native("emit" + suffix_, [this](const auto& value) { return emit(value); });
    }

    void check() {
        Problems problems;
        for (const auto& text : setup_.templates) problems.push_back(find_problem(vm_, text));
        send(FrameKind::checked, encode(problems));
    }

    [[noreturn]] void evaluate() {
        vm_.on_native_error([this](const Error& error) { end_with(error.client_text()); });
        replace_wrong_templates([this](const auto& text) { return vm_.parse(text).has_value(); });
        auto failure = run_program();
        if (failure && failure->is_static) {
            replace_wrong_templates(
                [this](const auto& text) { return find_problem(vm_, text).has_value(); });
            failure = run_program();
        }
        if (!failure) exit_worker(WorkerExit::refused);
        end_with(cause_of(*failure));
    }

private:
    std::optional<Vm::Failure> run_program() {
        return vm_.evaluate(resident_program(setup_.templates, suffix_));
    }

    // Templates are checked when a sink is made; one that is wrong all the same takes only itself.
    template <typename IsWrong>
    void replace_wrong_templates(IsWrong is_wrong) {
        for (auto& text : setup_.templates) {
            if (is_wrong(text)) text = "error 'the template is invalid'";
        }
    }

    void send(FrameKind kind, const std::string& payload) {
        if (!channel_.send(kind, payload, kForever).ok()) exit_worker(WorkerExit::closed);
    }

    // Forks evaluating processes one after the other; returns in each of them.
    void keep() {
        send(FrameKind::ready, "");
        while (true) {
            const auto process = ::fork();
            if (process < 0) exit_worker(WorkerExit::refused);
            if (process == 0) break;
            int status = 0;
            ::waitpid(process, &status, 0);
            if (WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(WorkerExit::closed)) {
                exit_worker(WorkerExit::closed);
            }
            if (death_of(status)) tell_of_death(status);
        }
        is_keeper_ = false;
        die_with_parent();
        limit_memory(setup_.limits.memory_bytes);
        filter_system_calls();
    }

    void tell_of_death(int status) {
        const auto item = progress_.item();
        progress_.end();
        // A signal may have ended it in the middle of a frame, which nothing may follow then.
        if (!item && WIFSIGNALED(status)) exit_worker(WorkerExit::refused);
        send(FrameKind::died, encode(Died{.death = *death_of(status), .item = item}));
        if (!item) exit_worker(WorkerExit::refused);
    }

    Result<Value*> next() {
        if (is_keeper_) keep();
        while (at_ == batch_.items.size()) read_batch();
        const auto& item = batch_.items[at_];
        if (item.record_index >= batch_.records.size()) exit_worker(WorkerExit::refused);
        progress_.begin(static_cast<std::uint32_t>(at_));
        limit_time(setup_.limits.time);
        event_.begin(batch_.records[item.record_index]);
        return vm_.values().number(item.template_index);
    }

    void read_batch() {
        if (!results_.items.empty()) flush();
        if (items_done_ > kItemsMax || event_bytes_ > kEventBytesMax) exit_worker(WorkerExit::done);
        auto frame = channel_.receive(kFrameBytesMax, kForever);
        if (!frame.ok()) exit_worker(WorkerExit::closed);
        auto batch = decode_batch(frame.value().payload);
        if (!batch.ok()) exit_worker(WorkerExit::refused);
        event_bytes_ += frame.value().payload.size();
        batch_ = std::move(batch).value();
        at_ = 0;
        turn_ends_ = std::chrono::steady_clock::now() + kTurnTime;
    }

    // `value` is the array of the template's value, as Jsonnet prints it.
    Result<Value*> emit(const std::optional<std::string_view>& value) {
        auto json = event_.numbers().restored(value->substr(1, value->size() - 2),
                                              setup_.limits.output_bytes);
        if (json) {
            add({.outcome = Outcome::value, .text = std::move(*json)});
        } else {
            add({.outcome = Outcome::too_large, .text = {}});
        }
        if (at_ < batch_.items.size() && std::chrono::steady_clock::now() > turn_ends_) {
            results_.ended = true;
            at_ = batch_.items.size();
        }
        if (results_.ended || result_bytes_ > kFlushBytes) flush();
        return vm_.values().boolean(true);
    }

    // The item that is evaluated has failed, and the process with it.
    [[noreturn]] void end_with(std::string_view cause) {
        if (is_keeper_) exit_worker(WorkerExit::refused);
        if (event_.needed_a_body()) {
            add({.outcome = Outcome::no_body, .text = {}});
        } else {
            std::string text;
            mapping::append_utf8(text, cause.substr(0, kCauseBytesMax));
            add({.outcome = Outcome::failed, .text = std::move(text)});
        }
        results_.ended = at_ < batch_.items.size();
        flush();
        exit_worker(WorkerExit::done);
    }

    void add(ItemResult result) {
        ++at_;
        ++items_done_;
        result_bytes_ += result.text.size();
        results_.items.push_back(std::move(result));
    }

    // Answers the items that are done.
    void flush() {
        limit_time(Milliseconds{0});
        progress_.end();
        send(FrameKind::results, encode(results_));
        results_ = {};
        result_bytes_ = 0;
    }

    Channel& channel_;
    const Progress& progress_;
    Setup setup_;
    Vm vm_;
    const std::string suffix_;
    EventFunctions event_;
    bool is_keeper_ = true;

    Batch batch_;
    std::size_t at_ = 0;  // the item that is evaluated
    SteadyTime turn_ends_;
    Results results_;
    std::size_t result_bytes_ = 0;
    std::uint64_t items_done_ = 0;
    std::uint64_t event_bytes_ = 0;
};

}  // namespace

int run_worker() {
    Channel channel(kChannelDescriptor);
    auto progress = Progress::attach(kProgressDescriptor);
    const auto frame = channel.receive(kFrameBytesMax, kForever);
    if (!progress.ok() || !frame.ok()) return static_cast<int>(WorkerExit::refused);
    auto setup = decode_setup(frame.value().payload);
    if (!setup.ok()) return static_cast<int>(WorkerExit::refused);
    detach_from_service(kChannelDescriptor + 1, setup.value().niceness);
    catch_full_stack();
    catch_time();
    limit_memory(setup.value().limits.memory_bytes + kParsingBytes);
    const bool only_check = setup.value().only_check;
    Worker worker(channel, progress.value(), std::move(setup).value());
    if (only_check) {
        worker.check();
    } else {
        worker.evaluate();
    }
    exit_worker(WorkerExit::done);
}

}  // namespace millrace::templates
