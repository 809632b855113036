// Feeds a fuzzer with its corpus and with mutations of it: the same ones for the same seed.
//
//     fuzz_path CORPUS ROUNDS [SEED]     all inputs of the folder, then ROUNDS mutations
//     fuzz_path FILE                     one input
//
// Before each mutation the input is written to fuzz_<name>.input beside the program, so that what
// crashed is there.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kInputBytesMax = 4096;

// Pieces that the grammars are made of.
const std::vector<std::string> kPieces = {
    "\"",       "\\",      "[",         "]",          "{",    "}",        ".",   ",",   ":",
    "&",        "=",       "%",         "+",          ";",    "0",        "1e5", "-",   "null",
    "true",     "\\u00e9", "\n",        "[0]",        "[]",   "['",       "[\"", "\"]", "Body(",
    "Header(",  "Now(",    "Ip()",      ")",          "'",    "default=", "//",  "/*",  "%ff",
    "\xc3\xa9", "\xff",    "999999999", "1000000000", "std.", "local",    "a.b"};

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void run(const std::string& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

class Mutator {
public:
    Mutator(std::vector<std::string> corpus, std::uint64_t seed)
        : corpus_(std::move(corpus)), random_(seed) {}

    std::string next() {
        auto text = corpus_[below(corpus_.size())];
        for (auto changes = 1 + below(6); changes > 0; --changes) change(text);
        if (text.size() > kInputBytesMax) text.resize(kInputBytesMax);
        return text;
    }

private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

    void change(std::string& text) {
        const auto at = below(text.size() + 1);
        const auto span = below(std::min<std::size_t>(text.size() - at, 32) + 1);
        switch (below(6)) {
            case 0:
                text.insert(at, kPieces[below(kPieces.size())]);
                break;
            case 1:
                text.erase(at, span);
                break;
            case 2:
                if (at < text.size()) text[at] = static_cast<char>(below(256));
                break;
            case 3:
                for (auto copies = 1 + below(8); copies > 0; --copies) {
                    text.insert(at, std::string(text, at, span));
                }
                break;
            case 4:
                text.replace(at, span, kPieces[below(kPieces.size())]);
                break;
            default: {
                const auto& other = corpus_[below(corpus_.size())];
                text = text.substr(0, at) + other.substr(below(other.size() + 1));
                break;
            }
        }
    }

    const std::vector<std::string> corpus_;
    std::mt19937_64 random_;
};

int fuzz(const fs::path& folder, std::uint64_t rounds, std::uint64_t seed, const fs::path& last) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<std::string> corpus;
    for (const auto& file : files) {
        std::printf("%s\n", file.c_str());
        std::fflush(stdout);
        corpus.push_back(read(file));
        run(corpus.back());
    }
    if (corpus.empty()) {
        std::fprintf(stderr, "no input in %s\n", folder.c_str());
        return 1;
    }
    std::printf("seed %llu; an input that crashes is in %s\n",
                static_cast<unsigned long long>(seed), last.c_str());
    std::fflush(stdout);
    Mutator mutator(std::move(corpus), seed);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        const auto input = mutator.next();
        std::ofstream(last, std::ios::binary | std::ios::trunc) << input;
        run(input);
    }
    fs::remove(last);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 1 && fs::is_regular_file(arguments[0])) {
        run(read(arguments[0]));
        return 0;
    }
    if (arguments.size() < 2) {
        std::fprintf(stderr, "Usage: %s CORPUS ROUNDS [SEED], or %s FILE\n", argv[0], argv[0]);
        return 2;
    }
    const auto seed = arguments.size() > 2 ? std::stoull(arguments[2]) : 1;
    return fuzz(arguments[0], std::stoull(arguments[1]), seed, std::string(argv[0]) + ".input");
}
