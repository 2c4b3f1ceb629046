// Holds the coder, the independent coder of these tests and the vectors in Protocols/Vectors against each other.
// With FENLIU_WRITE_VECTORS=1 the files are written anew: only for a change that Protocols/Messages.md records.

import Domain
import Foundation
import Testing

@testable import Wire

struct Vector: Sendable {
    let name: String
    let type: String
    let hex: String
    let value: Tree
}

enum VectorFile {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Protocols/Vectors")
    static let rewrites = ProcessInfo.processInfo.environment["FENLIU_WRITE_VECTORS"] == "1"

    static func read(_ file: String) throws -> [Vector] {
        let data = try Data(contentsOf: folder.appendingPathComponent("\(file).json"))
        let entries = try (JSONSerialization.jsonObject(with: data) as? [[String: Any]]).orThrow("\(file) is no list")
        return try entries.map { entry in
            Vector(
                name: try (entry["name"] as? String).orThrow("name"),
                type: try (entry["type"] as? String).orThrow("type"),
                hex: try (entry["hex"] as? String).orThrow("hex"),
                value: try Tree(json: try entry["value"].orThrow("value")))
        }
    }

    static func write<M>(_ samples: [Sample<M>], _ file: String) throws {
        let entries = try samples.map { sample -> [String: Any] in
            let tree = try TreeEncoder.tree(of: sample.message)
            return ["name": sample.name, "type": "\(M.self)", "hex": tree.content.hex, "value": tree.json]
        }
        let data = try JSONSerialization.data(
            withJSONObject: entries, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        try (data + Data([10])).write(to: folder.appendingPathComponent("\(file).json"))
    }
}

@Suite struct VectorTests {
    func check<M>(_ samples: [Sample<M>], _ file: String) throws {
        if VectorFile.rewrites { try VectorFile.write(samples, file) }
        let vectors = try VectorFile.read(file)
        #expect(vectors.map(\.name) == samples.map(\.name))
        for (vector, sample) in zip(vectors, samples) {
            let bytes = try [UInt8](hex: vector.hex).orThrow("hex")
            #expect(vector.type == "\(M.self)")
            #expect(try BinaryEncoder().encode(sample.message) == bytes, "\(file) \(vector.name)")
            #expect(try BinaryEncoder(usesHandCoding: false).encode(sample.message) == bytes, "\(file) \(vector.name)")
            #expect(try BinaryDecoder().decode(M.self, from: bytes) == sample.message, "\(file) \(vector.name)")
            #expect(
                try BinaryDecoder(usesHandCoding: false).decode(M.self, from: bytes) == sample.message,
                "\(file) \(vector.name)")
            #expect(try TreeEncoder.tree(of: sample.message) == vector.value, "\(file) \(vector.name)")
            #expect(vector.value.content == bytes, "\(file) \(vector.name)")
            #expect(try vector.value.reading(bytes) == vector.value, "\(file) \(vector.name)")
        }
    }

    @Test func commandsAreTheirVectors() throws { try check(Samples.commands, "commands") }
    @Test func eventsAreTheirVectors() throws { try check(Samples.events, "events") }
    @Test func queriesAreTheirVectors() throws { try check(Samples.queries, "queries") }
    @Test func viewsAreTheirVectors() throws { try check(Samples.views, "views") }
    @Test func routerRequestsAreTheirVectors() throws { try check(Samples.routerRequests, "router-requests") }
    @Test func routerRepliesAreTheirVectors() throws { try check(Samples.routerReplies, "router-replies") }
    @Test func shardItemsAreTheirVectors() throws { try check(Samples.shardItems, "shard-items") }
    @Test func shopItemsAreTheirVectors() throws { try check(Samples.shopItems, "shop-items") }
    @Test func noticesAreTheirVectors() throws { try check(Samples.notices, "notices") }
    @Test func hellosAreTheirVectors() throws { try check(Samples.hellos, "hellos") }
    @Test func welcomesAreTheirVectors() throws { try check(Samples.welcomes, "welcomes") }
    @Test func rejectsAreTheirVectors() throws { try check(Samples.rejects, "rejects") }

    @Test func scorerRequestsAreTheirVectors() throws { try check(Samples.scorerRequests, "scorer-requests") }
    @Test func scorerRepliesAreTheirVectors() throws { try check(Samples.scorerReplies, "scorer-replies") }

    @Test func supervisorRequestsAreTheirVectors() throws {
        try check(Samples.supervisorRequests, "supervisor-requests")
    }

    @Test func supervisorRepliesAreTheirVectors() throws {
        try check(Samples.supervisorReplies, "supervisor-replies")
    }
}
