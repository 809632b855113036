#include "templates/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <new>
#include <vector>

namespace millrace::templates {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr std::size_t kSignalStackBytes = 64 << 10;

void require(bool done) {
    if (!done) exit_worker(WorkerExit::refused);
}

void on_signal(int signal, void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;  // NOLINT(cppcoreguidelines-pro-type-union-access)
    action.sa_flags = flags;
    require(::sigaction(signal, &action, nullptr) == 0);
}

// The first number of /proc/self/statm: the pages that are mapped.
std::uint64_t mapped_bytes() {
    auto* const file = std::fopen("/proc/self/statm", "r");
    require(file != nullptr);
    unsigned long pages = 0;
    require(std::fscanf(file, "%lu", &pages) == 1);
    std::fclose(file);
    return std::uint64_t{pages} * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void prefer_for_oom_killer() {
    const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;  // a wish
    [[maybe_unused]] const auto written = ::write(file, "1000", 4);
    ::close(file);
}

constexpr std::array kAllowedCalls = {
    SYS_read,      SYS_write,  SYS_recvfrom,   SYS_sendto,       SYS_poll,      SYS_mmap,
    SYS_munmap,    SYS_mremap, SYS_mprotect,   SYS_madvise,      SYS_brk,       SYS_futex,
    SYS_setitimer, SYS_exit,   SYS_exit_group, SYS_rt_sigreturn, SYS_getrandom, SYS_clock_gettime};

}  // namespace

const bool kIsConfined = !kSanitized;

void exit_worker(WorkerExit how) {
    ::_exit(static_cast<int>(how));
}

void die_with_parent() {
    require(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
}

void detach_from_service(int first_closed, int niceness) {
    die_with_parent();
    require(::syscall(SYS_close_range, first_closed, ~0U, 0) == 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    require(::setrlimit(RLIMIT_CORE, &none) == 0);
    prefer_for_oom_killer();
    ::tzset();  // times are printed later, without reading files
    require(::setpriority(PRIO_PROCESS, 0, niceness) == 0);
}

void limit_memory(std::uint64_t more_bytes) {
    if (kSanitized) return;
    std::set_new_handler([] { exit_worker(WorkerExit::memory); });
    const auto bytes = mapped_bytes() + more_bytes;
    const rlimit limit{.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    require(::setrlimit(RLIMIT_AS, &limit) == 0);
}

void catch_full_stack() {
    static std::array<char, kSignalStackBytes> stack;
    const stack_t alternative{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
    require(::sigaltstack(&alternative, nullptr) == 0);
    on_signal(
        SIGSEGV, [](int) { exit_worker(WorkerExit::stack); }, SA_ONSTACK);
}

void catch_time() {
    on_signal(
        SIGPROF, [](int) { exit_worker(WorkerExit::time); }, 0);
}

void limit_time(Milliseconds time) {
    itimerval timer{};
    timer.it_value.tv_sec = time.count() / 1000;
    timer.it_value.tv_usec = time.count() % 1000 * 1000;
    require(::setitimer(ITIMER_PROF, &timer, nullptr) == 0);
}

void filter_system_calls() {
    if (kSanitized) return;
#if defined(__x86_64__)
    constexpr auto kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    constexpr auto kArchitecture = AUDIT_ARCH_AARCH64;
#endif
    std::vector<sock_filter> filter = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (const auto call : kAllowedCalls) {
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
        filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                             .filter = filter.data()};
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    require(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

}  // namespace millrace::templates
