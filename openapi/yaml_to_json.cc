// yaml_to_json IN OUT: writes a YAML file as JSON, keys in their order; part of the build.
//
// Plain scalars are typed by the core schema of YAML 1.2 (null, true, false, numbers); quoted ones
// are strings. A key that is there twice is refused, which YAML leaves to the reader.

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>
#include <string>

namespace {

using Json = nlohmann::ordered_json;

Json scalar(const YAML::Node& node) {
    const auto& text = node.Scalar();
    if (node.Tag() == "!") return text;  // quoted, or a block
    static const std::regex kInteger("[-+]?[0-9]+");
    static const std::regex kNumber("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?");
    if (text == "true") return true;
    if (text == "false") return false;
    if (std::regex_match(text, kInteger)) return static_cast<std::int64_t>(std::stoll(text));
    if (std::regex_match(text, kNumber)) return std::stod(text);
    return text;
}

Json converted(const YAML::Node& node) {
    switch (node.Type()) {
        case YAML::NodeType::Undefined:
        case YAML::NodeType::Null:
            return nullptr;
        case YAML::NodeType::Scalar:
            return scalar(node);
        case YAML::NodeType::Sequence: {
            auto array = Json::array();
            for (const auto& item : node) array.push_back(converted(item));
            return array;
        }
        case YAML::NodeType::Map: {
            auto object = Json::object();
            for (const auto& item : node) {
                const auto& key = item.first.Scalar();
                if (object.contains(key)) {
                    throw std::runtime_error("line " + std::to_string(item.first.Mark().line + 1) +
                                             ": key \"" + key + "\" is there twice");
                }
                object[key] = converted(item.second);
            }
            return object;
        }
    }
    return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "Usage: yaml_to_json IN OUT\n";
        return 2;
    }
    try {
        const auto json = converted(YAML::LoadFile(argv[1]));
        std::ofstream out(argv[2], std::ios::trunc);
        out << json.dump(2) << "\n";
        out.close();
        if (!out) throw std::runtime_error(std::string("cannot write ") + argv[2]);
    } catch (const std::exception& exception) {
        std::cerr << argv[1] << ": " << exception.what() << "\n";
        return 1;
    }
    return 0;
}
