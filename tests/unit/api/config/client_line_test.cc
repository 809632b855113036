#include "api/config/client_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<ClientCommandSpec>& commands() {
    static const std::vector<ClientCommandSpec> commands = {
        {.words = "source create",
         .sentence = "Makes one.",
         .operands = {"SOURCE"},
         .options = {{.name = "name", .placeholder = "NAME", .sentence = "Its name."},
                     {.name = "json", .placeholder = {}, .sentence = "Prints JSON."}},
         .example = "millrace source create shop"},
        {.words = "source list", .sentence = "Lists.", .example = "millrace source list"},
        {.words = "set",
         .sentence = "Sets.",
         .operands = {"SOURCE", "[SINK]", "KEY=VALUE..."},
         .options =
             {{.name = "column", .placeholder = "C", .sentence = "A column.", .is_repeated = true}},
         .example = "millrace set a b=c"},
        {.words = "sink create",
         .sentence = "Makes one.",
         .options = {{.name = "table",
                      .placeholder = "TABLE",
                      .sentence = "Where rows go.",
                      .is_required = true}},
         .example = "millrace sink create --table t"},
        {.words = "apply",
         .sentence = "Applies.",
         .options = {{.name = "file",
                      .placeholder = "FILE",
                      .sentence = "What.",
                      .is_required = true,
                      .letter = "f"}},
         .example = "millrace apply -f x"},
        {.words = "completion",
         .sentence = "Completes.",
         .operands = {"SHELL"},
         .example = "millrace completion bash",
         .asks_service = false},
    };
    return commands;
}

std::optional<Result<ClientInvocation>> parse(const std::vector<std::string>& arguments,
                                              std::vector<const char*> environment = {}) {
    environment.push_back(nullptr);
    return parse_client_line(arguments, environment.data(), commands());
}

ClientLine line_of(const std::vector<std::string>& arguments,
                   const std::vector<const char*>& environment = {}) {
    auto parsed = parse(arguments, environment);
    EXPECT_TRUE(parsed && parsed->ok() && parsed->value().line);
    if (!parsed || !parsed->ok()) return {};
    return parsed->value().line.value_or(ClientLine{});
}

std::string mistake_of(const std::vector<std::string>& arguments) {
    const auto parsed = parse(arguments);
    return parsed && !parsed->ok() ? parsed->error().client_text() : "none";
}

TEST(ClientLineTest, OptionsStandAnywhereBehindTheFirstWord) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"source", "create", "shop", "--name", "Web shop", "--json"},
             {"source", "create", "--json", "--name=Web shop", "shop"},
             {"source", "--api", "http://x", "create", "shop", "--name=Web shop", "--json"},
             {"--token", "t", "source", "create", "shop", "--name=Web shop", "--json"},
             {"source", "create", "--name=Web shop", "--json", "--", "shop"},
         }) {
        SCOPED_TRACE(testing::PrintToString(arguments));
        const auto line = line_of(arguments);
        EXPECT_EQ(line.words, "source create");
        EXPECT_THAT(line.operands, ElementsAre("shop"));
        EXPECT_EQ(line.value("name"), "Web shop");
        EXPECT_TRUE(line.has("json"));
    }
}

TEST(ClientLineTest, TheLastValueCountsAndRepeatedOnesAllDo) {
    const auto line = line_of({"set", "a", "x=1", "--column", "p", "--column=q"});
    EXPECT_THAT(line.values("column"), ElementsAre("p", "q"));
    EXPECT_EQ(line.value("column"), "q");
    EXPECT_FALSE(line.value("name"));
}

TEST(ClientLineTest, ADashIsAnOperandAndBehindTwoAllAre) {
    EXPECT_THAT(line_of({"set", "a", "-", "x=1"}).operands, ElementsAre("a", "-", "x=1"));
    EXPECT_THAT(line_of({"set", "a", "x=1"}).operands, ElementsAre("a", "x=1"));
    EXPECT_THAT(line_of({"set", "a", "--", "--column"}).operands, ElementsAre("a", "--column"));
}

TEST(ClientLineTest, ALetterIsItsOption) {
    EXPECT_EQ(line_of({"apply", "-f", "x.yaml"}).value("file"), "x.yaml");
    EXPECT_EQ(line_of({"apply", "-f=x.yaml"}).value("file"), "x.yaml");
    EXPECT_EQ(line_of({"apply", "--file", "-"}).value("file"), "-");
    EXPECT_THAT(mistake_of({"apply", "-g", "x"}), HasSubstr("unknown option -g"));
    EXPECT_THAT(mistake_of({"apply", "-f"}), HasSubstr("--file needs a value: FILE"));
    EXPECT_THAT(mistake_of({"apply", "--f", "x"}), HasSubstr("unknown option --f"));
    EXPECT_EQ(usage_of(commands()[4]), "millrace apply -f FILE [options]");
    EXPECT_THAT(client_help(commands()[4]), HasSubstr("  -f, --file FILE"));
}

TEST(ClientLineTest, MistakesAreNamedWithTheRemedy) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{"source", "create"}, "source create: needs SOURCE"},
        {{"source", "create", "a", "b"}, "source create: unexpected argument b"},
        {{"source", "create", "a", "--nam", "b"}, "unknown option --nam; did you mean --name?"},
        {{"source", "create", "a", "--tokn=b"}, "unknown option --tokn; did you mean --token?"},
        {{"source", "create", "a", "-n"}, "unknown option -n"},
        {{"source", "create", "a", "--name"}, "--name needs a value: NAME"},
        {{"source", "create", "a", "--json=1"}, "--json takes no value"},
        {{"source", "lst"}, "source lst is not a command; did you mean list?"},
        {{"source"}, "source needs one of create, list"},
        {{"sink", "create"}, "needs --table TABLE"},
        {{"set", "a"}, "needs KEY=VALUE..."},
        {{"completion", "bash", "--api", "x"}, "unknown option --api"},
    };
    for (const auto& [arguments, mistake] : cases) {
        EXPECT_THAT(mistake_of(arguments), HasSubstr(mistake));
        EXPECT_THAT(mistake_of(arguments), HasSubstr("Usage:"));
    }
}

TEST(ClientLineTest, OtherWordsAreForOthers) {
    EXPECT_FALSE(parse({"serve"}));
    EXPECT_FALSE(parse({"--help"}));
    EXPECT_FALSE(parse({"volume", "list"}));
    EXPECT_FALSE(parse({}));
}

TEST(ClientLineTest, AFlagWinsOverAVariable) {
    const std::vector<const char*> environment = {"MILLRACE_API=http://v", "MILLRACE_TOKEN=tv",
                                                  "MILLRACE_DATA_DIR=/v", "MILLRACE_X=1"};
    const auto by_variables = line_of({"source", "list"}, environment).place;
    EXPECT_EQ(by_variables.api, "http://v");
    EXPECT_EQ(by_variables.token, "tv");
    EXPECT_EQ(by_variables.data_dir, "/v");
    EXPECT_TRUE(by_variables.is_api_from_variable);
    const auto by_flags =
        line_of({"source", "list", "--api=http://f", "--token", "tf"}, environment).place;
    EXPECT_EQ(by_flags.api, "http://f");
    EXPECT_EQ(by_flags.token, "tf");
    EXPECT_FALSE(by_flags.is_api_from_variable);
    // The folder that was named is meant, and not what a variable names.
    EXPECT_EQ(line_of({"source", "list", "--data-dir=/f"}, environment).place.api, "");
    EXPECT_EQ(line_of({"source", "list"}).place.data_dir, "./data");
}

TEST(ClientLineTest, AnEmptyPlaceIsNoPlace) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{"source", "list", "--token", ""}, "--token is empty"},
        {{"source", "list", "--token="}, "--token is empty"},
        {{"source", "list", "--api="}, "--api is empty"},
        {{"source", "list", "--data-dir", ""}, "--data-dir is empty"},
    };
    for (const auto& [arguments, wanted] : cases) {
        const auto parsed = parse(arguments);
        ASSERT_TRUE(parsed && !parsed->ok()) << wanted;
        EXPECT_THAT(parsed->error().client_text(), HasSubstr(wanted));
    }
    const std::vector<const char*> environment = {"MILLRACE_TOKEN=", "MILLRACE_API="};
    const auto by_variable = parse({"source", "list"}, environment);
    ASSERT_TRUE(by_variable && !by_variable->ok());
    EXPECT_THAT(by_variable->error().client_text(), HasSubstr("MILLRACE_TOKEN is empty"));
    EXPECT_EQ(line_of({"source", "list", "--token=t"}, environment).place.token, "t");
}

TEST(ClientLineTest, HelpIsOfTheCommandOrOfItsGroup) {
    const auto help_of = [](const std::vector<std::string>& arguments) {
        const auto parsed = parse(arguments);
        return parsed && parsed->ok() ? parsed->value().help : "none";
    };
    EXPECT_THAT(help_of({"source", "create", "--help"}),
                StartsWith("Makes one.\n\nUsage: millrace source create SOURCE [options]\n"));
    EXPECT_THAT(help_of({"source", "create", "-h"}),
                HasSubstr("Example:\n  millrace source create shop\n"));
    EXPECT_THAT(help_of({"source", "create", "--help"}), HasSubstr("--token TOKEN"));
    EXPECT_THAT(help_of({"source", "--help"}), HasSubstr("millrace source list"));
    EXPECT_THAT(help_of({"source", "--help"}),
                HasSubstr("Example:\n  millrace source create shop\n"));
    EXPECT_THAT(help_of({"completion", "--help"}), testing::Not(HasSubstr("--token")));
}

// Goal    where a variable of a script is not set, the source is not changed in place of the sink.
TEST(ClientLineTest, AnEmptyOperandIsNoneThatIsLeftOut) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{"source", "create", ""}, "millrace: source create: SOURCE is empty\n"},
        {{"set", "a", "", "x=1"}, "millrace: set: SINK is empty\n"},
        {{"set", "", "x=1"}, "millrace: set: SOURCE is empty\n"},
        {{"set", "a", "b", "x=1", ""}, "millrace: set: KEY=VALUE is empty\n"},
    };
    for (const auto& [arguments, wanted] : cases) {
        const auto parsed = parse(arguments);
        ASSERT_TRUE(parsed);
        ASSERT_FALSE(parsed->ok()) << wanted;
        EXPECT_THAT(parsed->error().client_text(), StartsWith(wanted));
    }
}

TEST(ClientLineTest, WhatIsNoUtf8IsRefusedButForPaths) {
    const auto name = parse({"source", "create", "shop", "--name", "caf\xE9"});
    ASSERT_TRUE(name && !name->ok());
    EXPECT_THAT(name->error().client_text(),
                StartsWith("millrace: source create: --name is no UTF-8: it has the byte 0xE9 "
                           "behind \"caf\"\n"));
    const auto operand = parse({"set", "a", "x=\xFF"});
    ASSERT_TRUE(operand && !operand->ok());
    EXPECT_THAT(operand->error().client_text(), HasSubstr("is no UTF-8"));
    EXPECT_EQ(line_of({"apply", "-f", "caf\xE9.yaml"}).value("file"), "caf\xE9.yaml");
    EXPECT_EQ(line_of({"source", "create", "shop", "--name", "caf\xC3\xA9"}).value("name"),
              "caf\xC3\xA9");
}

}  // namespace
}  // namespace millrace::config
