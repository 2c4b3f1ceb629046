// The description against the server: the same routes on both sides, and the same text as the file.

import Foundation
import Testing

@testable import IngressService

@Suite struct OpenAPITests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let file = root.appendingPathComponent("Protocols/openapi.yaml")

    private func document() throws -> String { try String(contentsOf: Self.file, encoding: .utf8) }

    /// `GET /path` of each operation, with the names of its query parameters. Reads the file by its indentation:
    /// paths by two spaces, methods by four.
    private func operations() throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        var path = ""
        var operation = ""
        var inPaths = false
        for line in try document().split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if !line.isEmpty, !line.hasPrefix(" ") { inPaths = line == "paths:" }
            guard inPaths else { continue }
            if line.hasPrefix("  /"), line.hasSuffix(":") {
                path = String(line.dropFirst(2).dropLast())
            } else if let method = RouteMethod.allCases.first(where: { line == "    \($0.rawValue.lowercased()):" }) {
                operation = "\(method.rawValue) \(path)"
                found[operation] = []
            } else if line.contains("in: query"), let name = line.firstMatch(of: /name: ([A-Za-z]+)/) {
                found[operation]?.insert(String(name.output.1))
            } else if line.hasSuffix("parameters/Limit\" }") {
                found[operation]?.insert("limit")
            } else if line.hasSuffix("parameters/Cursor\" }") {
                found[operation]?.insert("cursor")
            }
        }
        return found
    }

    @Test func everyRouteIsDescribedAndEveryDescriptionHasItsRoute() throws {
        let described = try operations()
        let served = Dictionary(
            Routes.all.map { ("\($0.method.rawValue) \($0.pattern)", Set($0.parameters)) },
            uniquingKeysWith: { a, _ in a })
        #expect(served.count == Routes.all.count)
        #expect(Set(described.keys) == Set(served.keys))
        for (operation, parameters) in served { #expect(described[operation] == parameters, "\(operation)") }
    }

    @Test func theServedDescriptionIsTheFile() async throws {
        let text = try document()
        let reply = try await EdgeBench().send(.get, "/openapi.yaml")
        #expect(reply.status == 200)
        #expect(reply.text == text)
    }

    @Test func everyCodeOfARefusalIsDescribed() throws {
        let text = try document()
        for (refusal, _) in ProblemTests.refusals where !refusal.code.hasPrefix("unknown") {
            #expect(text.contains(refusal.code), "\(refusal.code)")
        }
    }
}
