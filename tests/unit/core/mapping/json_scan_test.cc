#include "core/mapping/json_scan.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <optional>
#include <random>
#include <regex>
#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

PathTrie trie_of(const std::vector<std::string>& texts) {
    std::vector<Path> paths;
    for (const auto& text : texts) paths.push_back(parse_path(text).value());
    return PathTrie::build(paths).value();
}

// A scanner with its text.
class Scan {
public:
    explicit Scan(const std::vector<std::string>& paths) : trie_(trie_of(paths)) {}

    bool run(std::string_view body) {
        text_.assign(body);
        return scanner_.scan(text_, trie_);
    }
    // The text at a path; nothing if it is missing.
    std::optional<std::string> at(PathTrie::Slot slot) const {
        const auto& value = scanner_.value(slot);
        return value.found() ? std::optional(std::string(value.text())) : std::nullopt;
    }
    bool spaced(PathTrie::Slot slot) const { return scanner_.value(slot).spaced; }
    std::string problem() const { return scanner_.problem(); }

private:
    PathTrie trie_;
    PaddedText text_;
    JsonScanner scanner_;
};

std::string nested(std::size_t depth, char open, char close) {
    return std::string(depth, open) + std::string(depth, close);
}

TEST(JsonScanTest, FindsTheTextThatWasSent) {
    struct Row {
        std::string path;
        std::string body;
        std::optional<std::string> expected;
    };
    const std::vector<Row> table = {
        {"a", R"({"a":1.50})", "1.50"},
        {"a", R"({"a":12345678901234567890123})", "12345678901234567890123"},
        {"a", R"({"a":-0.0E+05})", "-0.0E+05"},
        {"a", R"({"a":"x\u0041\/\n"})", R"("x\u0041\/\n")"},
        {"a", R"({"a":null})", "null"},
        {"a", R"( { "a" : [ 1 , {} ] } )", "[ 1 , {} ]"},
        {"a", R"({"b":1})", std::nullopt},
        {"a", R"({})", std::nullopt},
        {"a", R"([])", std::nullopt},
        {"a", R"("a")", std::nullopt},
        {"a.b", R"({"a":{"b":true}})", "true"},
        {"a.b", R"({"a":"b"})", std::nullopt},
        {"a.b", R"({"a":[{"b":1}]})", std::nullopt},
        // Of the same key the first counts, also when only the second would lead on.
        {"a", R"({"a":1,"a":2})", "1"},
        {"a.b", R"({"a":{"c":1},"a":{"b":2}})", std::nullopt},
        {"a.b", R"({"a":{"b":1,"b":2},"a":{"b":3}})", "1"},
        {"a.b", R"({"a":null,"a":{"b":3}})", std::nullopt},
        // Keys are compared by meaning.
        {"a", R"({"\u0061":1,"a":2})", "1"},
        {"a", R"({"a":1,"\u0061":2})", "1"},
        {"a/b", R"({"a\/b":1})", "1"},
        {"\xc3\xa9", R"({"\u00e9":1})", "1"},
        {"a", R"({"A":1})", std::nullopt},
        {"a", R"({"ab":1,"":2})", std::nullopt},
        {"a_key_of_more_than_sixteen_bytes", R"({"a_key_of_more_than_sixteen_bytex":1})",
         std::nullopt},
        {"a_key_of_more_than_sixteen_bytes", R"({"a_key_of_more_than_sixteen_bytes":1})", "1"},
        // Arrays.
        {"[0].id", R"([{"id":7}])", "7"},
        {"a[1]", R"({"a":[1,[2],3]})", "[2]"},
        {"a[5]", R"({"a":[1,2,3]})", std::nullopt},
        {"a[0][1]", R"({"a":[[1,2]]})", "2"},
        {"a[0]", R"({"a":{"0":1}})", std::nullopt},
        {"a.0", R"({"a":{"0":1}})", "1"},
        {"a.0", R"({"a":[1]})", "1"},
        {"a.01", R"({"a":[1,2]})", "2"},
        {".", R"([1, 2])", "[1, 2]"},
        {".", R"("x")", "\"x\""},
        {".", "-1", "-1"},
    };
    for (const auto& row : table) {
        SCOPED_TRACE(row.path + " in " + row.body);
        Scan scan({row.path});
        ASSERT_TRUE(scan.run(row.body)) << scan.problem();
        EXPECT_EQ(scan.at(0), row.expected);
    }
}

TEST(JsonScanTest, FindsAllPathsInOnePass) {
    Scan scan({"a", "a.b", "a.b", "a.c[1]", "a.c.1", "x", "d"});
    ASSERT_TRUE(scan.run(R"({"a":{"b":1,"c":[2,3]},"d":4})"));
    EXPECT_EQ(scan.at(0), R"({"b":1,"c":[2,3]})");
    EXPECT_EQ(scan.at(1), "1");
    EXPECT_EQ(scan.at(2), "1");
    EXPECT_EQ(scan.at(3), "3");
    EXPECT_EQ(scan.at(4), "3");
    EXPECT_EQ(scan.at(5), std::nullopt);
    EXPECT_EQ(scan.at(6), "4");
    ASSERT_TRUE(scan.run(R"({"x":0})")) << "the next body must begin empty";
    EXPECT_EQ(scan.at(0), std::nullopt);
    EXPECT_EQ(scan.at(5), "0");
}

TEST(JsonScanTest, KnowsWhichValuesHaveWhiteSpaceInside) {
    Scan scan({"a", "b", "c"});
    ASSERT_TRUE(scan.run("{ \"a\" : [1,\"x y\"] ,\n\"b\":[1, 2],\"c\":{\"d\":[ ]}}"));
    EXPECT_FALSE(scan.spaced(0));
    EXPECT_TRUE(scan.spaced(1));
    EXPECT_TRUE(scan.spaced(2));
}

// Goal    broken JSON is refused wherever it is, with the place and what should be there.
// Method  each text with no path wanted, with a path before the fault and with the fault's own
//         path: what is wanted and what is skipped are read by different code.
TEST(JsonScanTest, SaysWhereAndWhyATextIsNotJson) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", "at byte 0: expected a value, found the end of the body"},
        {"  ", "at byte 2: expected a value, found the end of the body"},
        {R"({"a":1,"b":tru,"c":[1,2})", R"(at byte 14: expected "true", found ",")"},
        {R"({"a":1 "b":2})", R"(at byte 7: expected "," or "}", found a quote)"},
        {R"({"a":01x})", "at byte 6: a number may not begin with a zero before other digits"},
        {R"({"a":0x1})", R"(at byte 6: expected "," or "}", found "x")"},
        {R"({"a":1,})", R"(at byte 7: expected a key in quotes, found "}")"},
        {R"({,})", R"(at byte 1: expected a key in quotes, found ",")"},
        {R"({a:1})", R"(at byte 1: expected a key in quotes, found "a")"},
        {R"({"a" 1})", R"(at byte 5: expected ":" after a key, found "1")"},
        {R"({"a":})", R"(at byte 5: expected a value, found "}")"},
        {R"({"a":[1,]})", R"(at byte 8: expected a value, found "]")"},
        {R"({"a":[,1]})", R"(at byte 6: expected a value, found ",")"},
        {R"({"a":[1 2]})", R"(at byte 8: expected "," or "]", found "2")"},
        {R"({"a":[1})", R"(at byte 7: expected "," or "]", found "}")"},
        {R"({"a":{"b":1]})", R"(at byte 11: expected "," or "}", found "]")"},
        {R"({"a":1}})", R"(at byte 7: expected the end of the body, found "}")"},
        {R"({"a":1} {"a":1})", R"(at byte 8: expected the end of the body, found "{")"},
        {R"({"a":+1})", R"(at byte 5: expected a value, found "+")"},
        {R"({"a":-})", R"(at byte 6: expected a digit, found "}")"},
        {R"({"a":.5})", R"(at byte 5: expected a value, found ".")"},
        {R"({"a":1.})", R"(at byte 7: expected a digit, found "}")"},
        {R"({"a":1e})", R"(at byte 7: expected a digit, found "}")"},
        {R"({"a":1e+})", R"(at byte 8: expected a digit, found "}")"},
        {R"({"a":NaN})", R"(at byte 5: expected a value, found "N")"},
        {R"({"a":nul})", R"(at byte 8: expected "null", found "}")"},
        {R"({"a":fals)", R"(at byte 9: expected "false", found the end of the body)"},
        {R"({"a":True})", R"(at byte 5: expected a value, found "T")"},
        {R"({"a":'x'})", R"(at byte 5: expected a value, found "'")"},
        {R"({"a":"x)",
         "at byte 7: expected the closing quote of a string, found the end of the body"},
        {R"({"a":"\x"})",
         R"(at byte 7: expected one of " \ / b f n r t u after a backslash, found "x")"},
        {R"({"a":"\u12g4"})",
         R"(at byte 10: expected four hexadecimal digits after \u, found "g")"},
        {R"({"a":"\u12"})",
         R"(at byte 10: expected four hexadecimal digits after \u, found a quote)"},
        {"{\"a\":\"x\ny\"}",
         "at byte 7: expected an escape instead of a control character in a string, found byte "
         "0x0a"},
        {std::string("{\"a\":\"x\0\"}", 10),
         "at byte 7: expected an escape instead of a control character in a string, found byte "
         "0x00"},
        {std::string("{\"a\":1}\0", 8), "at byte 7: expected the end of the body, found byte 0x00"},
        {std::string("{\"a\":\0}", 7), "at byte 5: expected a value, found byte 0x00"},
        {"{\"a\":\v1}", "at byte 5: expected a value, found byte 0x0b"},
        {"{\"a\":\xc2\xa0"
         "1}",
         "at byte 5: expected a value, found byte 0xc2"},
        {"\xef\xbb\xbf{\"a\":1}",
         "at byte 0: a byte order mark (BOM) is not allowed, send UTF-8 without it"},
        {"{\"a\":\"\xff\"}", "at byte 6: the body is not valid UTF-8"},
        {"{\"a\":1,\"b\":\"\xed\xa0\x80\"}", "at byte 12: the body is not valid UTF-8"},
        {"\xfe\xff\0{", "at byte 0: the body is not valid UTF-8"},
    };
    const std::vector<std::vector<std::string>> wanted = {
        {}, {"z"}, {"a"}, {"a.b", "a[0]", "a[7]"}};
    for (const auto& [body, expected] : table) {
        for (const auto& paths : wanted) {
            SCOPED_TRACE(testing::PrintToString(body) + " for " + testing::PrintToString(paths));
            Scan scan(paths);
            ASSERT_FALSE(scan.run(body));
            EXPECT_EQ(scan.problem(), expected);
        }
    }
}

TEST(JsonScanTest, LimitsTheDepth) {
    for (const auto& path : {"x", "[0][0][0]", "a.a"}) {
        SCOPED_TRACE(path);
        Scan scan({path});
        EXPECT_TRUE(scan.run(nested(1000, '[', ']')));
        for (const std::size_t depth : {1001U, 10'000U, 1'000'000U}) {
            EXPECT_FALSE(scan.run(nested(depth, '[', ']')));
            EXPECT_EQ(scan.problem(), "at byte 1000: nested deeper than 1000 levels");
            EXPECT_FALSE(scan.run(std::string(depth, '[')));
        }
        std::string objects;
        for (int i = 0; i < 10'000; ++i) objects += R"({"a":)";
        EXPECT_FALSE(scan.run(objects));
        EXPECT_EQ(scan.problem(), "at byte 5000: nested deeper than 1000 levels");
        EXPECT_TRUE(scan.run("[1]")) << "the depth must begin at 0 again";
    }
}

TEST(JsonScanTest, RefusesEveryPrefixOfAText) {
    const std::string body =
        R"({"a":[1.5e-3,{"b":"x\u00e9\"y"}],"c":{"d":null,"e":[true,false,[]]},"f":{},"a":"\\"})";
    for (const auto& paths : {std::vector<std::string>{}, {"a[1].b", "c.e[2]"}, {"."}}) {
        Scan scan(paths);
        ASSERT_TRUE(scan.run(body)) << scan.problem();
        for (std::size_t bytes = 0; bytes < body.size(); ++bytes) {
            EXPECT_FALSE(scan.run(std::string_view(body).substr(0, bytes))) << bytes;
        }
    }
}

// Makes JSON texts that are often valid and, mutated, often nearly so.
class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::string document() {
        out_.clear();
        value(0);
        for (auto mutations = below(3) == 0 ? 1 + below(3) : 0; mutations > 0; --mutations)
            mutate();
        return out_;
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void space() {
        static const std::string kSpaces[] = {"", "", "", "", " ", "\n", "\t ", "\r\n"};
        out_ += kSpaces[below(8)];
    }

    void value(int depth) {
        space();
        const auto kind = below(depth > 5 ? 4 : 9);
        if (kind < 2) {
            static const std::string kScalars[] = {
                "null", "true",   "false",   "0",  "-1",
                "1.50", "1e5",    "-0.0E-2", "42", "9007199254740993",
                "1E+2", "123456", "[]",      "{}", "\"\""};
            out_ += kScalars[below(15)];
        } else if (kind < 4) {
            string();
        } else if (kind < 7) {
            container('{', '}', depth);
        } else {
            container('[', ']', depth);
        }
        space();
    }

    void container(char open, char close, int depth) {
        out_ += open;
        space();
        for (auto count = below(5); count > 0; --count) {
            if (open == '{') {
                space();
                key();
                space();
                out_ += ':';
            }
            value(depth + 1);
            if (count > 1) out_ += ',';
        }
        out_ += close;
    }

    void key() {
        static const std::string kKeys[] = {
            "a", "a", "b", "b", "c", "0", "1", "\\u0061", "\\u0062", "long_key_of_many_bytes"};
        out_ += '"' + kKeys[below(10)] + '"';
    }

    void string() {
        static const std::string kPieces[] = {"x",
                                              "hello world, this is longer than a block",
                                              "\\n",
                                              "\\\"",
                                              "\\\\",
                                              "\\u00e9",
                                              "\\ud83d\\ude00",
                                              "\xc3\xa9",
                                              "\xf0\x9f\x98\x80",
                                              "\\/",
                                              "{[,:]}",
                                              " "};
        out_ += '"';
        for (auto count = below(4); count > 0; --count) out_ += kPieces[below(12)];
        out_ += '"';
    }

    void mutate() {
        static const std::string kBytes = "{}[]:,\"\\0189.eE+-truefalsn u/\t\n\x01\x7f\x80\xc3\xff";
        const auto at = below(out_.size() + 1);
        const auto byte = kBytes[below(kBytes.size())];
        switch (below(5)) {
            case 0:
                out_.insert(at, 1, byte);
                break;
            case 1:
                out_.erase(at, 1);
                break;
            case 2:
                out_.resize(at);
                break;
            case 3:
                out_.insert(at, out_.substr(below(out_.size() + 1), 1 + below(8)));
                break;
            default:
                if (at < out_.size()) out_[at] = byte;
        }
    }

    std::mt19937_64 random_;
    std::string out_;
};

// What simdjson 3.0 refuses although RFC 8259 allows it.
bool simdjson_is_stricter(simdjson::error_code error, const std::string& body) {
    static const std::regex kSurrogate(R"(\\u[dD][89a-fA-F])");
    static const std::regex kBigNumber(R"([0-9]{19}|[eE][+-]?[0-9]{3})");
    return (error == simdjson::STRING_ERROR && std::regex_search(body, kSurrogate)) ||
           (error == simdjson::NUMBER_ERROR && std::regex_search(body, kBigNumber));
}

// The element that `path` finds, by the rules of docs/mapping.md; simdjson takes the first of equal
// keys.
std::optional<simdjson::dom::element> walk(simdjson::dom::element at, const Path& path) {
    for (const auto& part : path) {
        simdjson::dom::object object;
        simdjson::dom::array array;
        simdjson::error_code error = simdjson::NO_SUCH_FIELD;
        if (at.get(object) == simdjson::SUCCESS && !part.index_only) {
            error = object.at_key(part.key).get(at);
        } else if (at.get(array) == simdjson::SUCCESS && part.index) {
            error = array.at(*part.index).get(at);
        }
        if (error != simdjson::SUCCESS) return std::nullopt;
    }
    return at;
}

// Goal    the scanner agrees with an independent parser on what is JSON and on what is where.
// Method  40,000 generated texts, a third of them mutated. Found texts are compared by meaning:
//         parsed and printed again by simdjson. Known differences are skipped and counted.
TEST(JsonScanTest, AgreesWithSimdjson) {
    constexpr std::uint64_t kSeed = 8259;
    const std::vector<std::string> texts = {
        "a",     "b",      "a.b", "a[0]", "a.0",   "[0]", "[1].a", "0",
        "b.a.b", "b[1].a", "c.0", "c[0]", "c.0.a", ".",   "a.b.c", "long_key_of_many_bytes"};
    std::vector<Path> paths;
    for (const auto& text : texts) paths.push_back(parse_path(text).value());
    Generator generator(kSeed);
    Scan scan(texts);
    simdjson::dom::parser oracle;
    simdjson::dom::parser reparser;
    int accepted = 0, refused = 0, skipped = 0, found = 0;
    for (int number = 0; number < 40'000; ++number) {
        const auto body = generator.document();
        SCOPED_TRACE(testing::Message() << "seed=" << kSeed << " document=" << number << " "
                                        << testing::PrintToString(body));
        simdjson::dom::element root;
        const auto error = oracle.parse(body).get(root);
        const bool ours = scan.run(body);
        if (ours && error != simdjson::SUCCESS && simdjson_is_stricter(error, body)) {
            ++skipped;
            continue;
        }
        ASSERT_EQ(ours, error == simdjson::SUCCESS)
            << (ours ? simdjson::error_message(error) : scan.problem());
        ++(ours ? accepted : refused);
        for (std::size_t slot = 0; ours && slot < texts.size(); ++slot) {
            const auto value = scan.at(static_cast<PathTrie::Slot>(slot));
            const auto expected = walk(root, paths[slot]);
            ASSERT_EQ(value.has_value(), expected.has_value()) << texts[slot];
            if (!value) continue;
            ++found;
            ASSERT_EQ(simdjson::minify(reparser.parse(*value).value()), simdjson::minify(*expected))
                << texts[slot];
        }
    }
    EXPECT_GT(accepted, 20'000);
    EXPECT_GT(refused, 5'000);
    EXPECT_GT(found, 20'000);
    EXPECT_LT(skipped, 400);
    RecordProperty("skipped", skipped);
}

}  // namespace
}  // namespace millrace::mapping
