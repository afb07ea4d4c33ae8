// SPDX-License-Identifier: Apache-2.0
// Evaluators that die, hang or answer garbage cost one network. They are shell scripts here.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "codesign/accuracy/scoring.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "tests/codesign/program.hpp"

namespace dyad::codesign {
namespace {

using testing::run_dyad;
using testing::Scratch;

constexpr const char* hello = R"(echo '{"protocol": "dyad/accuracy/1", "name": "t"}'; )";
/// Answers 0.5 to the request whose number is `$n`.
constexpr const char* good_answer =
    R"(echo "{\"id\": $n, \"metrics\": {\"accuracy\": {\"value\": 0.5, \"spread\": 0.1, \"unit\": \"%\"}}}")";

AccuracyProgram shell(const std::string& script, int timeout = 5000) {
    return {{"/bin/sh", "-c", script}, std::chrono::milliseconds(timeout)};
}
/// Does `script` for each request.
std::string serve(const std::string& script) {
    return std::string(hello) + "n=0; while read line; do n=$((n + 1)); " + script + "; done";
}

arch_space::Network network(const std::string& width) {
    const auto text = "network: n\ninput: {x: [3]}\nlayers: [linear: {out: " + width + "}]\n";
    return arch_space::read_network(*core::parse_document(text, "n.yaml"));
}

}  // namespace

TEST_SUITE("codesign/accuracy_program") {
    TEST_CASE("an answer is read") {
        auto program = shell(serve(good_answer));
        for (int i = 0; i < 3; ++i) {
            const auto answer = program.ask({});
            CHECK(answer.error.empty());
            CHECK(answer.metrics.at("accuracy").value == 0.5);
            CHECK(answer.metrics.at("accuracy").spread == 0.1);
            CHECK(answer.metrics.at("accuracy").unit == "%");
        }
    }
    TEST_CASE("an evaluator's own error is passed on") {
        auto program = shell(serve(R"(echo "{\"id\": $n, \"error\": \"NaN loss\"}")"));
        CHECK(program.ask({}).error == "NaN loss");
    }
    TEST_CASE("a death, a silence and garbage are named, and the next network is scored by a new process") {
        const Scratch scratch;
        const auto once = [&](const std::string& bad) {  // the first process misbehaves, the second does not
            const auto flag = (scratch / "flag").string();
            std::filesystem::remove(flag);
            return "if [ -e " + flag + " ]; then " + serve(good_answer) + "; else touch " + flag + "; " + bad + "; fi";
        };
        const std::pair<std::string, std::string> cases[] = {
            {"kill -SEGV $$", "the evaluator crashed with signal 11 (Segmentation fault)"},
            {"exit 3", "the evaluator ended with status 3"},
            {"echo hello", "the evaluator does not speak dyad/accuracy/1: it began with 'hello'"},
            {serve("kill -KILL $$"), "the evaluator crashed with signal 9 (Killed)"},
            {serve("echo what"), "the evaluator answered garbage: 'what'"},
            {serve("echo '[]'"), "the evaluator answered garbage: '[]'"},
            {serve(R"(echo '{"id": 99, "metrics": {}}')"),
             "the evaluator answered another request than the one it was asked"},
            // numbers of requests depend on the number of workers, and reasons must not
            {serve(R"(echo "{\"id\": $n, \"metrics\": {\"accuracy\": {\"value\": NaN}}}")"),
             "the evaluator answered garbage: '{\"id\": ..., \"metrics\": {\"accuracy\": {\"value\": NaN}}}'"},
            {serve(R"(echo "{\"id\":")"), "the evaluator answered garbage: '{\"id\":'"},
        };
        for (const auto& [bad, message] : cases) {
            auto program = shell(once(bad));
            CHECK(program.ask({}).error == message);
            CHECK(program.ask({}).error.empty());
        }
        auto slow = shell(once(serve("sleep 30")), 200);
        CHECK(slow.ask({}).error == "the evaluator gave no answer within 0.2 s");
        CHECK(slow.ask({}).error.empty());
    }
    TEST_CASE("a figure that is no number costs the network") {
        auto program = shell(serve(R"(echo "{\"id\": $n, \"metrics\": {\"accuracy\": {\"value\": null}}}")"));
        CHECK(program.ask({}).error == "the evaluator's 'accuracy' is no finite number");
    }
    TEST_CASE("a line without end is stopped") {
        auto program = shell(std::string(hello) + "yes | tr -d '\\n'");
        CHECK(program.ask({}).error == "the evaluator answered garbage: a line without end");
    }
    TEST_CASE("a program that is not there is the user's mistake") {
        AccuracyProgram program({"/nowhere/evaluator"}, std::chrono::milliseconds(1000));
        CHECK_THROWS_WITH_AS((void)program.ask({}),
                             "cannot start the evaluator '/nowhere/evaluator': No such file or directory", core::Error);
    }
    TEST_CASE("a command is named as it was written") {
        CHECK(command_text({"/bin/sh", "-c", "exec evaluate --fast"}) == "evaluate --fast");
        CHECK(command_text({"/usr/bin/python3", "evaluate.py", "--fast"}) == "/usr/bin/python3 evaluate.py --fast");
        CHECK(command_text({"/bin/sh", "-c", "exit 3"}) == "/bin/sh -c exit 3");
    }
    TEST_CASE("networks that are alike are asked about once, and one that cannot be built is named") {
        Scoring scoring;
        scoring.command = {"/bin/sh", "-c",
                           serve(R"(echo "{\"id\": $n, \"metrics\": {\"accuracy\": {\"value\": $n}}}")")};
        const char* const widths[] = {"2", "3", "2", "0", "3"};
        const auto answers = score(scoring, 5, [&](std::size_t i) { return network(widths[i]); });
        CHECK(answers[0].metrics.at("accuracy").value == 1);
        CHECK(answers[1].metrics.at("accuracy").value == 2);
        CHECK(answers[2].metrics.at("accuracy").value == 1);
        CHECK(answers[3].error.find("layers[0].linear.out") != std::string::npos);
        CHECK(answers[4].metrics.at("accuracy").value == 2);
    }
    TEST_CASE("ranks by several scores are the weighted mean of each one's") {
        // ranks 0 1 2 and 2 0 1, of 2: (0 + 3 x 2, 1 + 0, 2 + 3 x 1) / 4 / 2
        const auto ranks = mean_ranks({{5, 6, 7}, {30, 10, 20}}, {1, 3});
        CHECK(ranks[0] == doctest::Approx(0.75));
        CHECK(ranks[1] == doctest::Approx(0.125));
        CHECK(ranks[2] == doctest::Approx(0.625));
    }
    TEST_CASE("the command line scores by a program of one's own and names what it lost") {
        const Scratch scratch;
        const auto script =
            testing::write(scratch, "evaluator.sh",
                           serve(R"(case $line in *'"out":2'*) echo no;; *) )" + std::string(good_answer) + ";; esac"));
        const auto text = [&](const char* name, const char* out) {
            return testing::write(scratch, name,
                                  std::string("network: n\ninput: {x: [3]}\nlayers: [linear: {out: ") + out + "}]\n");
        };
        const auto both = text("a.yaml", "2") + " " + text("b.yaml", "5");
        const auto ran =
            run_dyad("accuracy " + both + " --evaluator command --command 'sh " + script + "' --format csv");
        CHECK(ran.code == 0);
        CHECK(ran.out ==
              "network,accuracy,accuracy_spread,rank,error\na,,,,the evaluator answered garbage: 'no'\nb,0.5,0.1,,\n");
        const auto none = run_dyad("accuracy " + (scratch / "a.yaml").string() + " --evaluator command --command 'sh " +
                                   script + "'");
        CHECK(none.code == 1);
        CHECK(none.err == "a: the evaluator answered garbage: 'no'\n");
    }
    TEST_CASE("members of a space are scored by libtorch, the same with any number of workers") {
        if (!DYAD_TORCH_BUILT) return;
        const std::string arguments = "accuracy fashion_mnist_small --members 4 --proxy synflow,macs --format csv -q";
        const auto one = run_dyad(arguments), two = run_dyad(arguments + " --workers 2");
        CHECK(one.err == "");
        CHECK(one.code == 0);
        CHECK(
            one.out.starts_with("network,synflow,synflow_spread,macs,macs_spread,rank,error\nfashion_mnist_small[0],"));
        CHECK(one.out == two.out);
    }
}

}  // namespace dyad::codesign
