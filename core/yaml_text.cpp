// SPDX-License-Identifier: Apache-2.0
#include "core/yaml_text.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/error.hpp"

namespace dyad::core {
namespace {

[[noreturn]] void fail_at(const std::string& file, int line, int column, const std::string& what) {
    Errors errors;
    errors.add({file, line, column}, "", what);
    errors.throw_if_any();
    throw std::logic_error("an error was recorded");
}

/// Length of the UTF-8 sequence that starts `bytes`, or 0 when it is none (RFC 3629).
std::size_t utf8_length(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF5 ? 0 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (length == 0 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    const bool outside = (lead == 0xED && byte(1) >= 0xA0) || (lead == 0xF4 && byte(1) >= 0x90);
    return overlong || outside ? 0 : length;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

void check_is_text(std::string_view text, const std::string& file) {
    int line = 1;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_length(text.substr(i, 4));
        if (length == 0 || is_control(text[i]))
            fail_at(file, line, static_cast<int>(i - start) + 1,
                    fmt::format("this is no UTF-8 text (byte 0x{:02x})", static_cast<unsigned char>(text[i])));
        if (text[i] == '\n') {
            ++line;
            start = i + 1;
        }
        i += length;
    }
}

/// Builds the tree from the parser's events; keeps a stack of the containers that are open.
class TreeBuilder : public YAML::EventHandler {
public:
    TreeBuilder(const std::string& file, std::size_t max_depth, std::size_t max_nodes)
        : file_(file), max_depth_(max_depth), max_nodes_(max_nodes) {}
    [[nodiscard]] RawNode::Pointer root() const { return root_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (root_) fail(mark, "a second document starts here, expected one document");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(mark, anchor, make(mark, RawNode::Kind::null, "?"));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) fail(mark, "alias cycle: this alias stands inside the node that it names");
        attach(mark, found->second);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        auto node = make(mark, RawNode::Kind::scalar, tag);
        node->text = value;
        node->quoted = tag == "!";
        add(mark, anchor, std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, anchor, make(mark, RawNode::Kind::list, tag));
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, anchor, make(mark, RawNode::Kind::map, tag));
    }
    void OnMapEnd() override { close(); }

private:
    using Building = std::shared_ptr<RawNode>;
    struct Frame {
        Building node;
        YAML::anchor_t anchor;
        RawNode::Pointer key;
    };

    [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
        fail_at(file_, mark.line + 1, mark.column + 1, what);
    }
    [[noreturn]] void fail_depth(const YAML::Mark& mark) const {
        fail(mark, fmt::format("nested more than {} levels deep", max_depth_));
    }
    Building make(const YAML::Mark& mark, RawNode::Kind kind, const std::string& tag) {
        if (++nodes_ > max_nodes_) fail(mark, fmt::format("the document has more than {} nodes", max_nodes_));
        auto node = std::make_shared<RawNode>();
        node->kind = kind;
        node->tag = tag == "?" || tag == "!" ? "" : tag;
        node->line = mark.line + 1;
        node->column = mark.column + 1;
        return node;
    }
    void open(const YAML::Mark& mark, YAML::anchor_t anchor, Building node) {
        if (stack_.size() >= max_depth_) fail_depth(mark);
        stack_.push_back({std::move(node), anchor, nullptr});
    }
    void close() {
        Frame frame = std::move(stack_.back());
        stack_.pop_back();
        add({}, frame.anchor, std::move(frame.node));
    }
    void add(const YAML::Mark& mark, YAML::anchor_t anchor, Building node) {
        if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
        attach(mark, std::move(node));
    }
    void attach(const YAML::Mark& mark, RawNode::Pointer node) {
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame& parent = stack_.back();
        parent.node->height = std::max(parent.node->height, node->height + 1);
        if (parent.node->height > max_depth_) fail_depth(mark);
        if (parent.node->kind == RawNode::Kind::list)
            parent.node->items.push_back(std::move(node));
        else if (parent.key == nullptr)
            parent.key = std::move(node);
        else
            parent.node->entries.emplace_back(std::exchange(parent.key, nullptr), std::move(node));
    }

    std::string file_;
    std::size_t max_depth_, max_nodes_;
    std::size_t nodes_ = 0;
    std::vector<Frame> stack_;
    std::map<YAML::anchor_t, RawNode::Pointer> anchors_;
    RawNode::Pointer root_;
};

}  // namespace

RawNode::Pointer parse_yaml_text(std::string_view text, const std::string& file, std::size_t max_depth,
                                 std::size_t max_nodes) {
    check_is_text(text, file);
    std::istringstream stream{std::string(text)};
    TreeBuilder builder(file, max_depth, max_nodes);
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) continue;
    } catch (const YAML::Exception& error) {
        fail_at(file, error.mark.line + 1, error.mark.column + 1, "YAML: " + error.msg);
    }
    return builder.root() ? builder.root() : std::make_shared<const RawNode>();
}

}  // namespace dyad::core
