// A case without a vector fails here: the field numbers of each union are asked of its coding keys.

import Testing

@testable import Domain
@testable import Wire

@Suite struct CoverageTests {
    /// Numbers of the fields that a union knows.
    func numbers<Key: CodingKey>(_: Key.Type, besides: Set<Int> = []) -> Set<Int> {
        Set((1...1_000).filter { Key(intValue: $0) != nil }).subtracting(besides)
    }

    /// First field of each vector of a file.
    func covered(_ file: String) throws -> Set<Int> {
        Set(
            try VectorFile.read(file).compactMap { vector in
                if case .message(let fields) = vector.value { fields.first?.number } else { nil }
            })
    }

    @Test func everyCommandHasAVector() throws {
        #expect(try covered("commands") == numbers(Command.CodingKeys.self))
    }

    @Test func everyEventHasAVector() throws {
        #expect(try covered("events") == numbers(Event.CodingKeys.self))
    }

    @Test func everyViewHasAVector() throws {
        #expect(try covered("views") == numbers(View.CodingKeys.self, besides: [100, 101]))
    }

    @Test func everyRouterMessageHasAVector() throws {
        #expect(try covered("router-requests") == numbers(RouterRequest.CodingKeys.self))
        #expect(try covered("router-replies") == numbers(RouterReply.CodingKeys.self))
    }

    @Test func everySupervisorMessageHasAVector() throws {
        #expect(try covered("supervisor-requests") == numbers(SupervisorRequest.CodingKeys.self))
        #expect(try covered("notices") == numbers(Notice.CodingKeys.self))
        #expect(try covered("supervisor-replies") == numbers(SupervisorReply.CodingKeys.self))
    }

    @Test func everyScorerMessageHasAVector() throws {
        #expect(try covered("scorer-requests") == numbers(ScorerRequest.CodingKeys.self))
        #expect(try covered("scorer-replies") == numbers(ScorerReply.CodingKeys.self))
    }

    @Test func everyQueryHasAVector() throws {
        let page = try TreeEncoder.tree(of: Page())
        let filter = try TreeEncoder.tree(of: SessionFilter())
        let known = (1...100).filter { kind in
            let tree = Tree.message([
                .init(number: 1, name: "kind", value: .signed(Int64(kind))),
                .init(number: 2, name: "name", value: .text("x")),
                .init(number: 3, name: "number", value: .unsigned(1)),
                .init(number: 4, name: "page", value: page),
                .init(number: 5, name: "filter", value: filter),
            ])
            return (try? BinaryDecoder().decode(Query.self, from: tree.content)) != nil
        }
        let kinds = try VectorFile.read("queries").compactMap { vector -> Int? in
            guard case .message(let fields) = vector.value, case .signed(let kind)? = fields.first?.value else {
                return nil
            }
            return Int(kind)
        }
        #expect(Set(kinds) == Set(known))
        #expect(known.count == 12)
    }
}
